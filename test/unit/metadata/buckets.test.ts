import { describe, expect, test } from 'vitest';
import { BUCKETS_MAX, type BucketSettings } from '../../../src/metadata/buckets.ts';
import { FOUNDING_INDEX } from '../../../src/metadata/founding.ts';
import { founded, Log, restored } from './cluster.ts';

function put(log: Log, name: string, settings: BucketSettings = {}, createOnly = false) {
  return log.run({ type: 'put_bucket', name, settings, createOnly });
}

describe('put_bucket', () => {
  test('makes a bucket with the defaults', () => {
    const log = new Log();
    const levels = { n: 3, r: 'quorum', w: 'quorum', mode: 'dynamo' };
    const policies = { conflict: 'siblings', ttlMs: undefined };
    const bucket = { name: 'b', number: 1, ...levels, ...policies, createdAt: 2 };
    expect(put(log, 'b')).toEqual({ ok: true, type: 'put_bucket', bucket, created: true });
    expect(log.state.bucket('b')).toEqual(bucket);
    expect(log.state.bucketNumbered(1)).toBe(log.state.bucket('b'));
    expect(log.state.nextBucketNumber).toBe(2);
    expect(log.state.epoch).toBe(log.state.index);
  });

  test('levels may change; what is not said stays', () => {
    const log = new Log();
    put(log, 'b', { n: 2, r: 1, w: 'all' });
    expect(put(log, 'b', { r: 2 })).toMatchObject({
      created: false,
      bucket: { number: 1, n: 2, r: 2, w: 'all' },
    });
    const { epoch } = log.state;
    expect(epoch).toBe(log.state.index);
    expect(put(log, 'b', { r: 2, n: 2, mode: 'dynamo' })).toMatchObject({ created: false });
    expect(log.state.epoch).toBe(epoch);
    expect(restored(log.state).bucket('b')).toEqual(log.state.bucket('b'));
  });

  test('conflict policy and ttl may change, and the ttl be taken away', () => {
    const log = new Log();
    expect(put(log, 'b', { conflict: 'lww', ttlMs: 30_000 })).toMatchObject({
      bucket: { conflict: 'lww', ttlMs: 30_000 },
    });
    expect(restored(log.state).bucket('b')).toEqual(log.state.bucket('b'));
    expect(put(log, 'b', { r: 2 })).toMatchObject({ bucket: { conflict: 'lww', ttlMs: 30_000 } });
    const { epoch } = log.state;
    put(log, 'b', { conflict: 'lww', ttlMs: 30_000 });
    expect(log.state.epoch).toBe(epoch);
    put(log, 'b', { conflict: 'siblings', ttlMs: 'none' });
    expect(log.state.epoch).toBe(log.state.index);
    expect(log.state.bucket('b')).toMatchObject({ conflict: 'siblings', ttlMs: undefined });
    expect(restored(log.state).bucket('b')).toEqual(log.state.bucket('b'));
  });

  test('createOnly leaves a bucket that exists as it is', () => {
    const log = new Log();
    put(log, 'b', { r: 1 });
    expect(put(log, 'b', { r: 2, n: 1 }, true)).toMatchObject({ created: false, bucket: { r: 1 } });
    expect(put(log, 'c', { r: 2 }, true)).toMatchObject({ created: true, bucket: { r: 2 } });
  });

  test('n and mode never change', () => {
    const log = new Log();
    put(log, 'b', { n: 2 });
    const n = put(log, 'b', { n: 3, r: 1 });
    expect(n).toMatchObject({ ok: false, code: 'bucket_immutable', facts: { parameter: 'n' } });
    expect(n).toMatchObject({ detail: expect.stringMatching(/n=2.*n=3/) });
    const mode = put(log, 'b', { mode: 'raft' });
    expect(mode).toMatchObject({ ok: false, code: 'bucket_immutable' });
    expect(mode).toMatchObject({ detail: expect.stringMatching(/mode=dynamo.*mode=raft/) });
    expect(log.state.bucket('b')).toMatchObject({ n: 2, r: 'quorum', mode: 'dynamo' });
  });

  test.each([
    { n: 0 },
    { n: 4 },
    { n: 1.5 },
    { n: -1 },
    { n: Number.NaN },
    { n: 2, r: 3 },
    { r: 0 },
    { w: 4 },
    { w: 'most' as 'all' },
    { mode: 'spanner' as 'raft' },
    { mode: 'paxos' as const, r: 1 },
    { mode: 'paxos' as const, w: 'all' as const },
    { mode: 'paxos' as const, conflict: 'lww' as const },
    { mode: 'raft' as const, n: 3 },
    { mode: 'raft' as const, r: 1 },
    { mode: 'raft' as const, w: 'all' as const },
    { mode: 'raft' as const, conflict: 'lww' as const },
    { mode: 'raft' as const, ttlMs: 30_000 },
    { conflict: 'merge' as 'lww' },
    { ttlMs: 999 },
    { ttlMs: 1_000.5 },
    { ttlMs: Number.POSITIVE_INFINITY },
    { ttlMs: 'forever' as 'none' },
  ])('settings that make no sense are refused: %j', (settings) => {
    const log = new Log();
    expect(put(log, 'b', settings)).toMatchObject({ ok: false, code: 'bad_bucket_settings' });
    expect(log.state.buckets().size).toBe(0);
    expect(log.state.nextBucketNumber).toBe(1);
    expect(log.state.epoch).toBe(FOUNDING_INDEX);
  });

  test('a level of a raft bucket that exists is refused too', () => {
    const log = new Log();
    log.raftBucket('b');
    expect(put(log, 'b', { r: 1 })).toMatchObject({ ok: false, code: 'bad_bucket_settings' });
    expect(put(log, 'b', { mode: 'raft' })).toMatchObject({ ok: true, created: false });
  });

  test('a level above n of a bucket that exists is refused', () => {
    const log = new Log();
    put(log, 'b', { n: 2 });
    expect(put(log, 'b', { w: 3 })).toMatchObject({ ok: false, code: 'bad_bucket_settings' });
  });

  test('a name that is none is refused', () => {
    expect(put(new Log(), '/')).toMatchObject({ ok: false, code: 'bad_bucket' });
  });

  test('there is a bound on buckets', () => {
    const buckets = Array.from({ length: BUCKETS_MAX }, (_, at) => ({ name: `b${at}` }));
    const log = new Log(founded({ buckets }));
    expect(put(log, 'more')).toMatchObject({ ok: false, code: 'too_many_buckets' });
    expect(put(log, 'b7', { r: 1 })).toMatchObject({ ok: true });
    log.run({ type: 'delete_bucket', name: 'b3' });
    expect(put(log, 'more')).toMatchObject({ ok: true, bucket: { number: BUCKETS_MAX + 1 } });
  });
});

describe('delete_bucket', () => {
  test('the number is not given again', () => {
    const log = new Log();
    put(log, 'b');
    expect(log.run({ type: 'delete_bucket', name: 'b' })).toMatchObject({ ok: true, number: 1 });
    expect(log.state.epoch).toBe(log.state.index);
    expect(log.state.bucketNumbered(1)).toBeUndefined();
    const later = new Log(restored(log.state));
    expect(put(later, 'b')).toMatchObject({ bucket: { number: 2 } });
  });

  test('one that is not there is refused', () => {
    expect(new Log().run({ type: 'delete_bucket', name: 'b' })).toMatchObject({
      ok: false,
      code: 'no_such_bucket',
    });
  });

  test('values of a raft bucket go with it, and its watchers are told once', () => {
    const log = new Log();
    const gone = log.raftBucket('gone');
    const stays = log.raftBucket('stays');
    const lease = log.lease();
    log.put(gone, 'a', '1', { lease });
    log.put(gone, 'b', '2');
    log.put(stays, 'a', '3');
    const { index } = log.state;
    log.run({ type: 'delete_bucket', name: 'gone' });
    expect(log.state.values.count).toBe(1);
    expect(log.state.values.attached(lease)).toBe(0);
    expect(log.state.values.eventsAfter(index, gone, Buffer.from('zzz'))).toEqual([
      { type: 'bucket_deleted', revision: log.state.index, bucketNumber: gone },
    ]);
    expect(log.state.values.eventsAfter(index, stays)).toEqual([]);
    expect(log.put(gone, 'a', '4')).toMatchObject({ ok: false, code: 'no_such_bucket' });
  });
});
