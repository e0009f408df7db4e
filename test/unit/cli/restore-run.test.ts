/** Keys of a backup on their way into a cluster, by runs that may be cut short anywhere. */

import { beforeEach, describe, expect, it } from 'vitest';
import { EXIT, exitCodeOf } from '../../../src/cli/exit.ts';
import type { RestoreProgress } from '../../../src/cli/restore-progress.ts';
import { restoreKeys } from '../../../src/cli/restore-run.ts';
import type { RestorableKey } from '../../../src/cli/restore-source.ts';
import type { GroupStatus } from '../../../src/client/cluster-documents.ts';
import type { CopiedBucket } from '../../../src/kernel/backup-copy.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import type { RestoreBatch, RestoreOutcome } from '../../../src/kernel/restore-batch.ts';

const later: RestoreOutcome = {
  ...{ outcome: 'refused', code: 'too_few_replicas', detail: 'n2 is away', retry: true },
};

let index: number;
let sent: RestoreBatch[];
let saved: RestoreProgress[];
let answer: (batch: RestoreBatch, call: number) => readonly RestoreOutcome[];

beforeEach(() => {
  index = 100;
  sent = [];
  saved = [];
  answer = ({ keys }) => keys.map(() => ({ outcome: 'restored' }));
});

function bucket(name: string, number: number): CopiedBucket {
  const levels = { mode: 'dynamo', n: 3, r: 'quorum', w: 'quorum' } as const;
  return { name, number, ...levels, conflict: 'siblings', ttlMs: null };
}

const carts = bucket('carts', 1);
const users = bucket('users', 2);

function key(name: string, of = carts, content: string | undefined = 'c'): RestorableKey {
  const keyBase64 = Buffer.from(name).toString('base64');
  const place = { step: 0, partition: 0, bucketNumber: of.number, keyBase64 };
  return {
    bucket: of,
    place,
    key: utf8(name),
    content: content === undefined ? content : utf8(content),
  };
}

function deleted(name: string): RestorableKey {
  return { ...key(name), content: undefined };
}

function begun(): RestoreProgress {
  const tally = { keys: 0, restored: 0, present: 0, deleted: 0, expired: 0, doubtful: [] };
  const place = { done: null, sent: null, finishedAt: null };
  const buckets = [
    { name: 'carts', number: 71 },
    { name: 'users', number: 72 },
  ];
  return { format: 2, backupId: 'b', clusterId: 'c', buckets, ...place, tally };
}

function run(keys: readonly RestorableKey[], from = begun(), patienceMs = 2_000) {
  const client = { groupStatus: async () => ({ appliedIndex: ++index }) as GroupStatus };
  const node = {
    restore: async (batch: RestoreBatch) => {
      sent.push(batch);
      return answer(batch, sent.length - 1);
    },
  };
  const file = { write: (one: RestoreProgress) => saved.push(structuredClone(one)) };
  return restoreKeys({ node, client, file, patienceMs }, keys, from);
}

const sentKeys = () =>
  sent.map(({ asOf, keys }) => [asOf, ...keys.map((one) => Buffer.from(one.key).toString())]);

describe('restoring', () => {
  it('offers each key once, as one that the cluster never had, a bucket at a time', async () => {
    const {
      tally,
      done,
      sent: open,
    } = await run([key('a'), deleted('b'), key('c'), key('d', users)]);
    expect(sentKeys()).toEqual([
      [undefined, 'a', 'c'],
      [undefined, 'd'],
    ]);
    expect(sent.map(({ bucketNumber }) => bucketNumber)).toEqual([71, 72]);
    expect(tally).toMatchObject({ keys: 3, restored: 3, deleted: 1, doubtful: [] });
    expect([done?.keyBase64, open]).toEqual([key('d').place.keyBase64, null]);
  });

  it('notes what it is about to send before it does', async () => {
    let notedBefore: RestoreProgress | undefined;
    answer = ({ keys }) => {
      notedBefore = saved.at(-1);
      return keys.map(() => ({ outcome: 'restored' }));
    };
    await run([key('a'), key('b')]);
    expect(notedBefore).toMatchObject({ done: null, sent: { to: key('b').place, asOf: 101 } });
  });

  it('offers what may have arrived under the index from before, never as new', async () => {
    answer = ({ keys }, call) => {
      if (call === 0) return keys.map((_, i) => (i === 0 ? { outcome: 'restored' } : later));
      if (call === 1) throw new TransportError('timeout', 'no answer');
      return keys.map(() => ({ outcome: 'present' }));
    };
    const { tally } = await run([key('a'), key('b')]);
    expect(sentKeys()).toEqual([
      [undefined, 'a', 'b'],
      [101, 'b'],
      [101, 'b'],
    ]);
    expect(new Set(sent.map(({ requestId }) => Buffer.from(requestId).toString('hex'))).size).toBe(
      1,
    );
    expect(tally).toMatchObject({ restored: 1, present: 1 });
  });

  it('goes on where it was cut short, and takes nothing that was sent for new', async () => {
    const keys = ['a', 'b', 'c', 'd'].map((name) => key(name));
    answer = () => {
      throw new Error('killed');
    };
    await expect(run(keys.slice(0, 2))).rejects.toThrow('killed');
    const left = saved.at(-1) as RestoreProgress;
    expect(left.done).toBeNull();
    const firstId = sent[0]?.requestId;
    sent = [];
    answer = (batch) => batch.keys.map(() => ({ outcome: 'restored' }));
    // More keys than before would go into the batch that was sent.
    const { tally } = await run(keys, left);
    expect(sentKeys()).toEqual([
      [101, 'a', 'b'],
      [undefined, 'c', 'd'],
    ]);
    expect(sent[0]?.requestId).toEqual(firstId);
    expect(tally).toMatchObject({ restored: 4 });
    sent = [];
    await run(keys, saved.at(-1));
    expect(sent).toEqual([]);
  });

  it('names what may have been deleted since, and does not write it', async () => {
    answer = ({ keys }) => keys.map((_, i) => ({ outcome: i === 0 ? 'doubtful' : 'expired' }));
    const { tally } = await run([key('a'), key('b')], begun(), 0);
    expect(tally).toMatchObject({ restored: 0, expired: 1, doubtful: ['carts/a (base64 YQ==)'] });
  });

  it('ends where a key is refused for good, and can be run again', async () => {
    const full = { ...later, code: 'raft_store_full', retry: false };
    answer = ({ keys }) => keys.map(() => full);
    await expect(run([key('a')])).rejects.toThrow(
      'carts/a is refused: n2 is away (raft_store_full)',
    );
    expect(saved.at(-1)).toMatchObject({ done: null, sent: { asOf: expect.any(Number) } });
  });

  it('ends where its bucket was deleted, by whichever answer it hears so', async () => {
    const gone = { ...later, code: 'no_such_bucket', retry: false };
    answer = ({ keys }) => keys.map(() => gone);
    const text = 'bucket carts was deleted since this restore made it';
    await expect(run([key('a')])).rejects.toThrow(text);
    answer = () => {
      throw new QuorateError('no_such_bucket', 'the bucket that it is for was deleted');
    };
    await expect(run([key('a'), key('b')])).rejects.toThrow(text);
  });

  it('names the key that is too large to travel', async () => {
    answer = () => {
      throw new QuorateError('value_too_large', 'the body has too many bytes');
    };
    await expect(run([key('a')])).rejects.toThrow(
      'carts/a is refused: the body has too many bytes (value_too_large)',
    );
  });

  it('is not called a failure where keys may have arrived', async () => {
    const failure = async (patienceMs: number) => {
      sent = [];
      const error = await run([key('a')], begun(), patienceMs).then(
        () => undefined,
        (caught: Error) => caught,
      );
      return [error?.message, exitCodeOf(error)];
    };
    answer = ({ keys }) => keys.map(() => later);
    expect(await failure(0)).toEqual([
      'carts/a may have been restored, or not: n2 is away (too_few_replicas); run this again when that is mended',
      EXIT.undecided,
    ]);
    const throwing = (...errors: readonly Error[]) => {
      answer = (_, call) => {
        throw errors[Math.min(call, errors.length - 1)];
      };
    };
    const timeout = new TransportError('timeout', 'no answer');
    const down = new TransportError('unreachable', 'down');
    const inDoubt = ': it may have been done, or not';
    throwing(timeout);
    expect(await failure(0)).toEqual([`no answer${inDoubt}`, EXIT.undecided]);
    throwing(down);
    expect(await failure(300)).toEqual(['down', EXIT.failed]);
    throwing(timeout, down);
    expect(await failure(300)).toEqual([`down${inDoubt}`, EXIT.undecided]);
  });
});
