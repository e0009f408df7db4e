/** Adding to numbers and to the end of values, in one entry of the log. */

import { beforeEach, describe, expect, it } from 'vitest';
import { VALUE_OVERHEAD_BYTES } from '../../../src/metadata/stored-value.ts';
import { RAFT_BYTES_MAX, RAFT_VALUE_BYTES_MAX } from '../../../src/metadata/value-commands.ts';
import { bytes, Log, textOf } from './cluster.ts';

const HIGHEST = Number.MAX_SAFE_INTEGER;

let log: Log;
let bucket: number;

const found = () => log.state.values.get(bucket, bytes('k'));

beforeEach(() => {
  log = new Log();
  bucket = log.raftBucket();
});

describe('an increment', () => {
  it('of nothing begins at 0, and tells what it came to', () => {
    const first = log.increment(bucket, 'k', -5);
    expect(first).toEqual({
      ok: true,
      type: 'update_value',
      revision: log.state.index,
      result: -5,
    });
    expect(found()).toMatchObject({ contentType: 'text/plain', meta: [], lease: undefined });
    expect(textOf(found()?.value)).toBe('-5');
    expect(log.increment(bucket, 'k', 5)).toMatchObject({ result: 0 });
    expect(log.increment(bucket, 'k', 0)).toMatchObject({ result: 0 });
    expect(textOf(found()?.value)).toBe('0');
    expect(found()?.revision).toBe(log.state.index);
  });

  it('changes the number and nothing else of the value', () => {
    const lease = log.lease();
    log.put(bucket, 'k', '41', { meta: [['a', 'b']], lease });
    log.increment(bucket, 'k', 1);
    expect(found()).toMatchObject({ contentType: 'text/plain', meta: [['a', 'b']], lease });
    expect(textOf(found()?.value)).toBe('42');
    log.run({ type: 'revoke_lease', id: lease });
    expect(found()).toBeUndefined();
    expect(log.increment(bucket, 'k', 1)).toMatchObject({ result: 1 });
  });

  it.each(['', ' 1', '1 ', '+1', '01', '-0', '1.0', '1e3', 'x', '9007199254740992', '\xff'])(
    'of %j is refused: it is no number',
    (value) => {
      log.put(bucket, 'k', value);
      const { revision } = found() as { revision: number };
      const refused = { ok: false, code: 'not_a_number', facts: { revision } };
      expect(log.increment(bucket, 'k', 1)).toMatchObject(refused);
      expect(textOf(found()?.value)).toBe(value);
    },
  );

  it.each([
    [HIGHEST, 1],
    [-HIGHEST, -1],
    [HIGHEST, HIGHEST],
  ])('of %d by %d is refused: it could not be kept exactly', (value, by) => {
    log.put(bucket, 'k', String(value));
    expect(log.increment(bucket, 'k', by)).toMatchObject({ ok: false, code: 'out_of_range' });
    expect(log.increment(bucket, 'k', -by)).toMatchObject({ ok: true, result: value - by });
  });

  it('is seen by those who watch, as the put that it is', () => {
    const before = log.state.index;
    log.increment(bucket, 'k', 7);
    expect(log.state.values.eventsAfter(before, bucket)).toMatchObject([
      { type: 'put', revision: before + 1, key: bytes('k'), value: new Uint8Array(bytes('7')) },
    ]);
  });
});

describe('an append', () => {
  it('puts bytes behind those that are there', () => {
    expect(log.append(bucket, 'k', 'a,')).toMatchObject({ ok: true, result: undefined });
    expect(found()).toMatchObject({ contentType: 'text/csv', meta: [], lease: undefined });
    log.put(bucket, 'k', 'x', { meta: [['a', 'b']] });
    log.append(bucket, 'k', '\xff');
    log.append(bucket, 'k', '');
    expect(textOf(found()?.value)).toBe('x\xff');
    expect(found()).toMatchObject({ contentType: 'text/plain', meta: [['a', 'b']] });
  });

  it('makes no value larger than any may be', () => {
    log.put(bucket, 'k', 'x'.repeat(RAFT_VALUE_BYTES_MAX - 1));
    const refused = { ok: false, code: 'value_too_large' };
    expect(log.append(bucket, 'k', 'ab')).toMatchObject(refused);
    expect(log.append(bucket, 'k', 'a')).toMatchObject({ ok: true });
    expect(log.append(bucket, 'k', 'b')).toMatchObject(refused);
    expect(found()?.value).toHaveLength(RAFT_VALUE_BYTES_MAX);
  });

  it('counts for the bound on all raft buckets', () => {
    const value = new Uint8Array(RAFT_VALUE_BYTES_MAX);
    const perValue = 4 + value.length + VALUE_OVERHEAD_BYTES + 'text/plain'.length;
    const fit = Math.floor(RAFT_BYTES_MAX / perValue);
    for (let at = 0; at < fit; at++) log.put(bucket, String(1_000 + at), '', { value });
    log.put(bucket, 'k', 'x');
    const most = 'x'.repeat(RAFT_VALUE_BYTES_MAX - 1);
    const full = { ok: false, code: 'raft_store_full' };
    expect(log.append(bucket, 'k', most)).toMatchObject(full);
    expect(log.append(bucket, 'new', most)).toMatchObject(full);
    log.delete(bucket, '1000');
    expect(log.append(bucket, 'k', most)).toMatchObject({ ok: true });
    expect(log.state.values.bytes).toBe((fit - 1) * perValue + perValue - 3);
  });
});

describe('an update', () => {
  it('may have a condition', () => {
    const failed = { ok: false, code: 'condition_failed' };
    expect(log.increment(bucket, 'k', 1, { condition: { ifMatch: 'any' } })).toMatchObject(failed);
    expect(log.increment(bucket, 'k', 1, { condition: { ifNoneMatch: 'any' } })).toMatchObject({
      ok: true,
    });
    const { revision } = found() as { revision: number };
    const stale = { condition: { ifMatch: [revision - 1] } };
    const facts = { revision };
    expect(log.append(bucket, 'k', '1', stale)).toMatchObject({ ...failed, facts });
    const present = { condition: { ifMatch: [revision] } };
    expect(log.append(bucket, 'k', '1', present)).toMatchObject({ ok: true });
    expect(textOf(found()?.value)).toBe('11');
  });

  it('is for raft buckets, and keys that can be', () => {
    expect(log.increment(99, 'k', 1)).toMatchObject({ ok: false, code: 'no_such_bucket' });
    expect(log.increment(bucket, '', 1)).toMatchObject({ ok: false, code: 'bad_key' });
    expect(log.state.values.count).toBe(0);
  });
});
