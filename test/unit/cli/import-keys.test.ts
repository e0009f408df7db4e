/** What is there already decides what an import writes. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { ExportedValue } from '../../../src/cli/exchange-line.ts';
import { importKeys, type KeyOutcome } from '../../../src/cli/import-keys.ts';
import type { SiblingDocument } from '../../../src/client/answers.ts';
import type { BatchResult } from '../../../src/client/batch-result.ts';
import type { BucketDocument } from '../../../src/client/cluster-documents.ts';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';

const TEXT = { contentType: 'text/plain' };
const dynamo: BucketDocument = { name: 'carts', mode: 'dynamo', conflict: 'siblings' };
const lww: BucketDocument = { name: 'cache', mode: 'dynamo', conflict: 'lww' };
const paxos: BucketDocument = { name: 'locks', mode: 'paxos' };

type Operation = Readonly<Record<string, unknown>>;

/** What the key has, and what becomes of the nth put. */
let present: SiblingDocument[];
let version: string | undefined;
let onPut: (n: number) => BatchResult | undefined;
let puts: Operation[];
/** Before anything is answered; may throw. */
let onCall: (operations: readonly Operation[]) => void;
/** What ended the import before its time. */
let endedBy: unknown;

beforeEach(() => {
  present = [];
  version = undefined;
  onPut = () => undefined;
  puts = [];
  onCall = () => {};
});

const client = {
  batch: async (operations: readonly unknown[]): Promise<readonly BatchResult[]> => {
    onCall(operations as readonly Operation[]);
    return (operations as readonly Operation[]).map((operation) => {
      if (operation.op === 'get') {
        const seen = { context: 'seen', ...(version !== undefined && { version }) };
        return present.length === 0 ? { status: 404 } : { status: 200, ...seen, siblings: present };
      }
      puts.push(operation);
      const refusal = onPut(puts.length - 1);
      if (refusal !== undefined) return refusal;
      const { valueBase64, contentType, context } = operation;
      if (context !== undefined) present = present.filter(({ dot }) => dot === 'new');
      present.push({
        valueBase64: String(valueBase64),
        contentType: String(contentType),
        dot: 'new',
      });
      return { status: 204 };
    });
  },
};

function values(...texts: readonly string[]): ExportedValue[] {
  return texts.map((value) => ({ value, ...TEXT }));
}

async function imported(
  of: readonly ExportedValue[],
  bucket = dynamo,
  overwrite = false,
  patienceMs = 1_000,
): Promise<KeyOutcome> {
  const line = { bucket: 'any', key: 'k', values: of };
  const options = { client, overwrite, patienceMs };
  const { outcomes, failure } = await importKeys(options, [{ number: 1, line, bucket }]);
  endedBy = failure;
  return outcomes[0] as KeyOutcome;
}

const written = () =>
  puts.map(({ valueBase64 }) => Buffer.from(String(valueBase64), 'base64').toString());

describe('a key that is imported', () => {
  it('gets all values of its line as siblings where it has none', async () => {
    expect(await imported(values('a', 'b'))).toBe('imported');
    expect(written()).toEqual(['a', 'b']);
    expect(puts.every((put) => put.context === undefined)).toBe(true);
  });

  it('is left alone where it has them all, and gets what is missing of them', async () => {
    present = values('a', 'b');
    expect(await imported(values('b', 'a'))).toBe('present');
    expect(await imported(values('a', 'b', 'c'))).toBe('imported');
    expect(written()).toEqual(['c']);
  });

  it('is left alone where it has another value, but to be overwritten', async () => {
    present = values('a', 'mine');
    expect(await imported(values('a', 'b'))).toBe('conflict');
    expect(puts).toEqual([]);
    expect(await imported(values('a', 'b'), dynamo, true)).toBe('imported');
    expect(written()).toEqual(['a', 'b']);
    expect(puts.map(({ context }) => context)).toEqual(['seen', 'seen']);
  });

  it('is another value where type or annotations differ', async () => {
    present = [{ value: 'a', contentType: 'text/html' }];
    expect(await imported(values('a'))).toBe('conflict');
    present = [{ value: 'a', ...TEXT, meta: { by: 'me' } }];
    expect(await imported(values('a'))).toBe('conflict');
    present = [{ valueBase64: 'YQ==', ...TEXT, meta: {} }];
    expect(await imported(values('a'))).toBe('present');
  });

  it('gets the latest value alone in a bucket where the last write wins', async () => {
    const of = [
      { value: 'late', wallTime: '2026-11-22T10:00:01.000Z' },
      { value: 'early', wallTime: '2026-11-22T10:00:00.000Z' },
    ];
    expect(await imported(of as ExportedValue[], lww)).toBe('imported');
    expect(written()).toEqual(['late']);
  });

  it('is put in a bucket with versions only where it was seen', async () => {
    expect(await imported(values('a'), paxos)).toBe('imported');
    expect(puts[0]).toMatchObject({ ifNoneMatch: '*' });
    version = '1.2.3.4';
    present = values('other');
    expect(await imported(values('a'), paxos)).toBe('conflict');
    await imported(values('a'), paxos, true);
    expect(puts[1]).toMatchObject({ ifMatch: '1.2.3.4' });
    const several = await imported(values('a', 'b'), paxos);
    expect(several).toEqual({
      outcome: 'refused',
      problem: expect.stringContaining('bucket locks keeps one'),
    });
  });

  it('is looked at again where a put is overtaken, or nobody knows what became of it', async () => {
    onPut = (n) => {
      if (n > 0) return undefined;
      present = values('a');
      const problem = { code: 'write_quorum_not_met', detail: 'd', definite: false, retry: false };
      return { status: 503, problem };
    };
    expect(await imported(values('a'))).toBe('imported');
    expect(written()).toEqual(['a']);
    present = [];
    onPut = () => {
      present = values('theirs');
      return { status: 412, problem: { code: 'condition_failed', detail: 'd', definite: true } };
    };
    expect(await imported(values('a'), paxos)).toBe('conflict');
  });

  it('is told of where it is refused for good', async () => {
    const problem = { code: 'value_too_large', detail: 'too large', definite: true, retry: false };
    onPut = () => ({ status: 413, problem });
    expect(await imported(values('a'))).toEqual({
      outcome: 'refused',
      problem: 'too large (value_too_large)',
    });
  });

  const lost = { code: 'write_quorum_not_met', detail: 'd', definite: false, retry: true };
  const unseen = { outcome: 'unknown', problem: 'what was put is not seen, and may show up yet' };

  it('is not put twice where siblings are kept: what is not seen for long is unknown', async () => {
    onPut = () => ({ status: 503, problem: lost });
    expect(await imported(values('a'), dynamo, false, 300)).toEqual(unseen);
    expect(written()).toEqual(['a']);
    expect(await imported(values('a'), dynamo, false, 0)).toMatchObject({ outcome: 'unknown' });
  });

  it('is imported where what was in doubt shows up, and gets its other values meanwhile', async () => {
    let looks = 0;
    onPut = (n) => (n === 0 ? { status: 503, problem: lost } : undefined);
    onCall = ([first]) => {
      if (first?.op === 'get' && ++looks === 3) present.push(...values('a'));
    };
    expect(await imported(values('a', 'b'))).toBe('imported');
    expect(written()).toEqual(['a', 'b']);
  });

  it('is neither left alone nor in conflict where it may have got a value', async () => {
    onPut = () => {
      present = values('theirs');
      return { status: 503, problem: lost };
    };
    expect(await imported(values('a'), dynamo, false, 300)).toEqual(unseen);
    onPut = () => {
      present = values('theirs', 'a');
      return { status: 503, problem: lost };
    };
    present = [];
    expect(await imported(values('a'), dynamo, false, 300)).toBe('imported');
  });

  it('is put again where the last write wins, and in a bucket with versions as it was', async () => {
    onPut = (n) => (n === 0 ? { status: 503, problem: lost } : undefined);
    expect(await imported(values('a'), lww)).toBe('imported');
    expect(written()).toEqual(['a', 'a']);
    present = [];
    puts = [];
    expect(await imported(values('a'), paxos)).toBe('imported');
    expect(puts.length).toBe(2);
    expect(puts[1]).toEqual(puts[0]);
    expect(puts[0]?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is looked at again where the repeated put tells that it was not done', async () => {
    const overtaken = { code: 'condition_failed', detail: 'd', definite: true };
    onPut = (n) => {
      if (n === 1) present = values('theirs');
      return { status: 503, problem: n === 0 ? lost : overtaken };
    };
    expect(await imported(values('a'), paxos)).toBe('conflict');
    expect(puts.length).toBe(2);
  });

  it('is never called refused where an earlier put may have been done', async () => {
    const full = { code: 'raft_store_full', detail: 'full', definite: true, retry: false };
    onPut = (n) => ({ status: 503, problem: n === 0 ? lost : full });
    for (const bucket of [paxos, lww]) {
      puts = [];
      const outcome = await imported(values('a'), bucket);
      expect(outcome).toEqual({ outcome: 'unknown', problem: 'full (raft_store_full)' });
    }
  });

  it('keeps what is left of its time, and is not imported when that is up', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    await imported([{ value: 'a', ...TEXT, expiresAt, ttlMs: 5 }]);
    expect(String(puts[0]?.ttl)).toMatch(/^(5\d{4}ms|\d+s|1m)$/);
    await imported([{ value: 'b', ...TEXT, ttlMs: 90_000 }]);
    const past = new Date(Date.now() - 1).toISOString();
    expect(await imported([{ value: 'c', ...TEXT, expiresAt: past }])).toBe('expired');
  });
});

describe('a node that gives no answer', () => {
  const silent = (when: (op: unknown) => boolean, error: TransportError) => {
    onCall = ([first]) => {
      if (first !== undefined && when(first.op)) throw error;
    };
  };
  const timeout = new TransportError('timeout', 'no answer');

  it('is asked again, and what it may have done is looked for', async () => {
    let calls = 0;
    onCall = ([first]) => {
      if (first?.op !== 'put' || calls++ > 0) return;
      present = values('a');
      throw timeout;
    };
    expect(await imported(values('a'))).toBe('imported');
    expect([written(), endedBy]).toEqual([[], undefined]);
  });

  it('for too long ends the import, which tells what may have been done', async () => {
    const down = new TransportError('unreachable', 'down');
    silent((op) => op === 'put', timeout);
    const unknown = { outcome: 'unknown', problem: 'no answer' };
    expect(await imported(values('a'), dynamo, false, 0)).toEqual(unknown);
    expect(endedBy).toBe(timeout);
    silent((op) => op === 'put', down);
    const untried = { outcome: 'untried', problem: 'down' };
    expect(await imported(values('a'), dynamo, false, 0)).toEqual(untried);
    expect(endedBy).toBe(down);
    silent((op) => op === 'get', timeout);
    expect(await imported(values('a'), dynamo, false, 0)).toMatchObject({ outcome: 'untried' });
    let calls = 0;
    onCall = () => {
      if (calls++ > 0) throw timeout;
    };
    expect(await imported(values('a'), dynamo, false, 300)).toEqual(unknown);
    expect(endedBy).toBe(timeout);
  });

  it('for good ends it at once', async () => {
    const forbidden = new QuorateError('forbidden', 'not allowed');
    onCall = () => {
      throw forbidden;
    };
    expect(await imported(values('a'))).toEqual({
      outcome: 'untried',
      problem: expect.any(String),
    });
    expect(endedBy).toBe(forbidden);
  });
});
