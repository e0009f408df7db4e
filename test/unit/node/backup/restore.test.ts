/** Keys of a backup on their way through one node. */

import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../../../src/kernel/bytes.ts';
import { QuorateError } from '../../../../src/kernel/errors.ts';
import type { RestoreBatch, RestoreMode } from '../../../../src/kernel/restore-batch.ts';
import { encodeContent } from '../../../../src/kernel/restored-content.ts';
import type { SalvageOutcome } from '../../../../src/kernel/salvage-batch.ts';
import { Restore, type RestorePorts } from '../../../../src/node/backup/restore.ts';
import { fixedView } from '../../../fixed-view.ts';

const fixed = fixedView({
  members: [{ id: 'n1' }],
  partitionCount: 8,
  replicationFactor: 1,
  buckets: ['carts', 'locks'],
});
const CARTS = 1;
const LOCKS = 2;
const NOW = 1_000_000;
const ID = new Uint8Array(16);

let held: number[];
/** When objects were offered: what was held, and how they were. */
let offered: { readonly held: readonly number[]; readonly mode: unknown; readonly reap: unknown }[];
let outcome: SalvageOutcome;
let changes: { readonly change: object; readonly id: unknown }[];
let onChange: () => object;
/** Numbers of buckets. */
let deleted: readonly number[];
let restore: Restore;

beforeEach(() => {
  deleted = [];
  held = [];
  offered = [];
  changes = [];
  outcome = { outcome: 'merged' };
  onChange = () => ({ outcome: 'applied' });
  const ports = {
    clock: { wallTime: () => NOW },
    view: {
      ...fixed,
      bucketNumbered: (number: number) => {
        const bucket = deleted.includes(number) ? undefined : fixed.bucketNumbered(number);
        return bucket && { ...bucket, mode: number === LOCKS ? 'paxos' : 'dynamo' };
      },
    },
    requests: { run: (_: string, __: number, work: (at: number) => unknown) => work(5) },
    readiness: { demand: () => {} },
    adoption: {
      hold: (partitions: Iterable<number>) => {
        held = [...partitions];
        return () => {
          held = [];
        };
      },
    },
    coordinator: {
      salvage: async (objects: readonly { partition: number; reap: number }[], mode: unknown) => {
        await Promise.resolve();
        offered.push({ held, mode, reap: objects.map(({ reap }) => reap) });
        return objects.map(() => outcome);
      },
    },
    registers: {
      change: async ({ change, id }: { change: object; id: unknown }) => {
        changes.push({ change, id });
        return onChange();
      },
    },
  };
  restore = new Restore(ports as unknown as RestorePorts);
});

function offer(more: Partial<RestoreBatch> = {}) {
  const keys = ['a', 'b', 'c'].map((key) => ({ key: utf8(key), content: utf8('object') }));
  const batch = { bucketNumber: CARTS, mode: 'dynamo' as RestoreMode, asOf: undefined };
  return restore.offer({ ...batch, requestId: ID, keys, ...more }, 1_000);
}

function lock(expiresAt: number | undefined) {
  const value = { value: utf8('v'), contentType: 'text/plain', meta: [], expiresAt };
  const keys = [{ key: utf8('k'), content: encodeContent(value) }];
  return offer({ bucketNumber: LOCKS, mode: 'paxos', keys });
}

describe('objects that are restored', () => {
  it('are held by this node for as long as they are on their way for the first time', async () => {
    expect(await offer()).toEqual(Array(3).fill({ outcome: 'restored' }));
    expect(offered).toMatchObject([{ mode: { held: true, dryRun: false } }]);
    expect(offered[0]?.held.length).toBe(3);
    expect(held).toEqual([]);
  });

  it('go under the index of their first time when they are offered again, and are not held', async () => {
    outcome = { outcome: 'reaped' };
    expect(await offer({ asOf: 77 })).toEqual(Array(3).fill({ outcome: 'doubtful' }));
    expect(offered).toEqual([
      { held: [], mode: { held: false, dryRun: false }, reap: [77, 77, 77] },
    ]);
  });

  it('are told of as what became of them', async () => {
    outcome = { outcome: 'present' };
    expect((await offer())[0]).toEqual({ outcome: 'present' });
    const refused = { outcome: 'refused', code: 'c', detail: 'd', retry: true } as const;
    outcome = refused;
    expect((await offer())[0]).toEqual(refused);
    outcome = { outcome: 'no_bucket' };
    expect((await offer())[0]).toMatchObject({ code: 'no_such_bucket', retry: false });
  });

  it('are refused where their bucket is not there, or is of another mode', async () => {
    deleted = [CARTS];
    await expect(offer()).rejects.toMatchObject({ code: 'no_such_bucket' });
    deleted = [];
    await expect(offer({ mode: 'raft' })).rejects.toMatchObject({ code: 'bucket_mode' });
  });
});

it('a bucket that this node has not heard of yet is not called deleted', async () => {
  await expect(offer({ bucketNumber: 3 })).rejects.toMatchObject({ code: 'out_of_time' });
});

describe('registers that are restored', () => {
  it('do not go into a bucket that was made anew meanwhile', async () => {
    onChange = () => {
      deleted = [LOCKS];
      return { outcome: 'applied' };
    };
    const value = { value: utf8('v'), contentType: 'text/plain', meta: [], expiresAt: undefined };
    const keys = Array.from({ length: 17 }, (_, i) => ({
      key: utf8(`k${i}`),
      content: encodeContent(value),
    }));
    const outcomes = await offer({ bucketNumber: LOCKS, mode: 'paxos', keys });
    expect(outcomes.at(-1)).toMatchObject({ code: 'no_such_bucket', retry: false });
    expect(changes.length).toBeLessThan(keys.length);
  });

  it('are put where there is nothing, once, with what is left of their time', async () => {
    expect(await lock(undefined)).toEqual([{ outcome: 'restored' }]);
    expect(await lock(NOW + 500)).toEqual([{ outcome: 'restored' }]);
    expect(await lock(NOW)).toEqual([{ outcome: 'expired' }]);
    expect(changes).toMatchObject([
      { change: { type: 'put', ttlMs: 'none', condition: { ifNoneMatch: 'any' } }, id: ID },
      { change: { ttlMs: 500 } },
    ]);
  });

  it('stay as they are where there is something', async () => {
    onChange = () => ({ outcome: 'condition_failed' });
    expect(await lock(undefined)).toEqual([{ outcome: 'present' }]);
  });

  it('are in doubt where their change may be forgotten, and asked again where it is not known', async () => {
    onChange = () => {
      throw new QuorateError('outcome_unknown', 'too old', { forgotten: true });
    };
    expect(await lock(undefined)).toEqual([{ outcome: 'doubtful' }]);
    onChange = () => {
      throw new QuorateError('outcome_unknown', 'no answer');
    };
    expect(await lock(undefined)).toMatchObject([{ code: 'outcome_unknown', retry: true }]);
  });

  it('are refused where they are malformed', async () => {
    const keys = [{ key: utf8('k'), content: Uint8Array.of(9) }];
    const [refused] = await offer({ bucketNumber: LOCKS, mode: 'paxos', keys });
    expect(refused).toMatchObject({ outcome: 'refused', code: 'bad_request', retry: false });
  });
});
