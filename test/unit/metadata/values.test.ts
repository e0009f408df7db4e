import { describe, expect, test } from 'vitest';
import { EVENT_BYTES_MAX, EVENTS_MAX } from '../../../src/metadata/event-log.ts';
import { LEASES_MAX } from '../../../src/metadata/leases.ts';
import { type KeyedValue, VALUE_OVERHEAD_BYTES } from '../../../src/metadata/stored-value.ts';
import { RAFT_BYTES_MAX, RAFT_VALUE_BYTES_MAX } from '../../../src/metadata/value-commands.ts';
import { bytes, Log, restored, textOf } from './cluster.ts';

const refused = (code: string) => ({ ok: false, code });

function withBucket(): { log: Log; bucket: number } {
  const log = new Log();
  return { log, bucket: log.raftBucket() };
}

const keysOf = (values: readonly KeyedValue[]) => values.map(({ key }) => textOf(key));

describe('put_value and delete_value', () => {
  test('a value has the index of its entry as revision', () => {
    const { log, bucket } = withBucket();
    const meta = [['a', 'ü']] as const;
    const reply = log.put(bucket, 'k', 'v', { meta });
    const revision = log.state.index;
    expect(reply).toMatchObject({ ok: true, revision, existed: false });
    const stored = log.state.values.get(bucket, bytes('k'));
    expect(stored).toMatchObject({ revision, contentType: 'text/plain', meta, lease: undefined });
    expect(textOf(stored?.value)).toBe('v');
    expect(log.put(bucket, 'k', 'w')).toMatchObject({ existed: true, revision: revision + 1 });
    expect(log.delete(bucket, 'k')).toMatchObject({ ok: true, existed: true });
    expect(log.delete(bucket, 'k')).toMatchObject({ ok: true, existed: false });
    expect(log.state.values).toMatchObject({ count: 0, bytes: 0, revision: revision + 2 });
  });

  test('the state keeps no view into the entry', () => {
    const { log, bucket } = withBucket();
    log.put(bucket, 'k', 'v');
    const stored = log.state.values.get(bucket, bytes('k'));
    expect(stored?.value.buffer.byteLength).toBe(1);
  });

  test('conditions', () => {
    const { log, bucket } = withBucket();
    const put = (condition: Parameters<typeof log.put>[3]) => log.put(bucket, 'k', 'v', condition);
    const failed = refused('condition_failed');
    expect(put({ condition: { ifMatch: 'any' } })).toEqual({
      ...failed,
      detail: 'the key has no value',
      facts: {},
    });
    expect(put({ condition: { ifMatch: [1] } })).toMatchObject(failed);
    expect(put({ condition: { ifNoneMatch: 'any' } })).toMatchObject({ ok: true });
    const revision = log.state.index;
    expect(put({ condition: { ifNoneMatch: 'any' } })).toMatchObject({
      ...failed,
      facts: { revision },
    });
    expect(put({ condition: { ifNoneMatch: [1, revision] } })).toMatchObject(failed);
    expect(put({ condition: { ifMatch: [1, revision - 1] } })).toMatchObject(failed);
    expect(put({ condition: { ifNoneMatch: [1] } })).toMatchObject({ ok: true });
    const second = log.state.index;
    expect(put({ condition: { ifMatch: [revision] } })).toMatchObject(failed);
    expect(put({ condition: { ifMatch: [revision, second] } })).toMatchObject({ ok: true });
    expect(put({ condition: { ifMatch: 'any' } })).toMatchObject({ ok: true });
    expect(log.delete(bucket, 'k', { condition: { ifMatch: [second] } })).toMatchObject(failed);
    const last = { ifMatch: [log.state.index - 1] };
    expect(log.delete(bucket, 'k', { condition: last })).toMatchObject({ existed: true });
    expect(log.delete(bucket, 'k', { condition: { ifMatch: 'any' } })).toMatchObject(failed);
  });

  test('what cannot be stored is refused and changes nothing', () => {
    const { log, bucket } = withBucket();
    log.run({ type: 'put_bucket', name: 'plain', settings: {}, createOnly: true });
    const plain = log.state.bucket('plain')?.number as number;
    const tooLarge = new Uint8Array(RAFT_VALUE_BYTES_MAX + 1);
    expect(log.put(99, 'k', 'v')).toMatchObject(refused('no_such_bucket'));
    expect(log.put(plain, 'k', 'v')).toMatchObject(refused('no_such_bucket'));
    expect(log.delete(99, 'k')).toMatchObject(refused('no_such_bucket'));
    expect(log.put(bucket, '', 'v')).toMatchObject(refused('bad_key'));
    expect(log.put(bucket, 'k', '', { value: tooLarge })).toMatchObject(refused('value_too_large'));
    expect(log.put(bucket, 'k', 'v', { lease: 1 })).toMatchObject(refused('no_such_lease'));
    expect(log.state.values.count).toBe(0);
    expect(log.state.values.eventsAfter(log.state.values.revision, bucket)).toEqual([]);
    const largest = { value: tooLarge.subarray(1) };
    expect(log.put(bucket, 'k', '', largest)).toMatchObject({ ok: true });
  });

  test('all raft buckets together have a bound', () => {
    const { log, bucket } = withBucket();
    const value = new Uint8Array(RAFT_VALUE_BYTES_MAX);
    const perValue = 4 + value.length + VALUE_OVERHEAD_BYTES + 'text/plain'.length;
    const fit = Math.floor(RAFT_BYTES_MAX / perValue);
    for (let at = 0; at < fit; at++) log.put(bucket, String(1_000 + at), '', { value });
    expect(log.state.values.bytes).toBe(fit * perValue);
    expect(log.put(bucket, 'more', '', { value })).toMatchObject(refused('raft_store_full'));
    expect(log.put(bucket, '1000', '', { value })).toMatchObject({ ok: true, existed: true });
    log.delete(bucket, '1001');
    expect(log.put(bucket, 'more', '', { value })).toMatchObject({ ok: true });
    expect(restored(log.state).values.bytes).toBe(log.state.values.bytes);
  });

  test('a listing goes by key, within a prefix, from a key on', () => {
    const { log, bucket } = withBucket();
    const other = log.raftBucket('other');
    for (const key of ['b', 'a/2', 'a/1', 'a', 'ÿ', 'a/10']) log.put(bucket, key, key);
    log.put(other, 'a/0', '');
    const list = (prefix: string, after?: string, limit = 100) => {
      const last = after === undefined ? undefined : bytes(after);
      return keysOf(log.state.values.list(bucket, bytes(prefix), last, limit));
    };
    expect(list('')).toEqual(['a', 'a/1', 'a/10', 'a/2', 'b', 'ÿ']);
    expect(list('a/')).toEqual(['a/1', 'a/10', 'a/2']);
    expect(list('a/', 'a/1')).toEqual(['a/10', 'a/2']);
    expect(list('a/', 'a/11')).toEqual(['a/2']);
    expect(list('a', 'a')).toEqual(['a/1', 'a/10', 'a/2']);
    expect(list('a/', 'a')).toEqual(['a/1', 'a/10', 'a/2']);
    expect(list('a/', 'b')).toEqual([]);
    expect(list('', undefined, 2)).toEqual(['a', 'a/1']);
    expect(list('', undefined, 0)).toEqual([]);
  });
});

describe('leases', () => {
  const expire = (log: Log, id: number, renewedAt = id) =>
    log.run({ type: 'expire_leases', leases: [{ id, renewedAt }] });

  test('grant, renew, revoke', () => {
    const { log, bucket } = withBucket();
    const id = log.lease();
    expect(log.state.leases.get(id)).toEqual({ id, ttlMs: 5_000, renewedAt: id });
    log.put(bucket, 'b', '1', { lease: id });
    log.put(bucket, 'a', '2', { lease: id });
    log.put(bucket, 'c', '3');
    expect(log.run({ type: 'renew_lease', id })).toMatchObject({ ok: true });
    const { index } = log.state;
    expect(log.state.leases.get(id)?.renewedAt).toBe(index);
    expect(log.run({ type: 'revoke_lease', id })).toMatchObject({ ok: true });
    expect(keysOf(log.state.values.list(bucket, bytes(''), undefined, 9))).toEqual(['c']);
    expect(log.state.values.eventsAfter(index, bucket)).toMatchObject(
      ['a', 'b'].map((key) => ({ type: 'delete', revision: index + 1, key: bytes(key) })),
    );
    expect(log.run({ type: 'renew_lease', id })).toMatchObject(refused('no_such_lease'));
    expect(log.run({ type: 'revoke_lease', id })).toMatchObject(refused('no_such_lease'));
    expect(log.put(bucket, 'a', '2', { lease: id })).toMatchObject(refused('no_such_lease'));
  });

  test('a put without the lease, under another one, or a delete detaches the key', () => {
    const { log, bucket } = withBucket();
    const id = log.lease();
    const second = log.lease();
    for (const key of ['a', 'b', 'c', 'd']) log.put(bucket, key, '', { lease: id });
    log.put(bucket, 'a', 'free');
    log.put(bucket, 'b', 'other', { lease: second });
    log.delete(bucket, 'c');
    log.put(bucket, 'c', 'again');
    expect(log.state.values.attached(id)).toBe(1);
    for (const either of [new Log(restored(log.state)), log]) {
      either.run({ type: 'revoke_lease', id });
      const { values } = either.state;
      expect(keysOf(values.list(bucket, bytes(''), undefined, 9))).toEqual(['a', 'b', 'c']);
      expect(values.attached(second)).toBe(1);
    }
  });

  test('a renewal that the log ordered first wins over an expiry', () => {
    const { log, bucket } = withBucket();
    const id = log.lease();
    log.put(bucket, 'lock', 'me', { lease: id });
    log.run({ type: 'renew_lease', id });
    const renewedAt = log.state.index;
    expect(expire(log, id)).toMatchObject({ ok: true });
    expect(log.state.leases.get(id)).toBeDefined();
    expect(log.state.values.count).toBe(1);
    expect(expire(log, id, renewedAt)).toMatchObject({ ok: true });
    expect(log.state.leases.get(id)).toBeUndefined();
    expect(log.state.values.count).toBe(0);
  });

  test('an expiry that the log ordered first wins over a renewal', () => {
    const { log } = withBucket();
    const id = log.lease();
    expire(log, id);
    expect(log.run({ type: 'renew_lease', id })).toMatchObject(refused('no_such_lease'));
    expect(expire(log, id)).toMatchObject({ ok: true });
  });

  test.each([999, 86_400_001, 1_000.5, -1])('a lease cannot last %d ms', (ttlMs) => {
    const reply = new Log().run({ type: 'grant_lease', ttlMs });
    expect(reply).toMatchObject(refused('bad_parameter'));
  });

  test('there is a bound on leases', () => {
    const log = new Log();
    const ids = Array.from({ length: LEASES_MAX }, () => log.lease());
    const grant = { type: 'grant_lease', ttlMs: 1_000 } as const;
    expect(log.run(grant)).toMatchObject(refused('too_many_leases'));
    log.run({ type: 'revoke_lease', id: ids[5] as number });
    expect(log.run(grant)).toMatchObject({ ok: true });
  });
});

describe('events', () => {
  const all = (log: Log, revision: number, bucket: number, prefix = '') => {
    const events = log.state.values.eventsAfter(revision, bucket, bytes(prefix));
    if (events === 'compacted') return events;
    return events.map((event) => [event.type, 'key' in event ? textOf(event.key) : undefined]);
  };

  test('are those of the bucket and prefix after the revision', () => {
    const { log, bucket } = withBucket();
    const other = log.raftBucket('other');
    log.put(bucket, 'a/1', '1');
    const { index } = log.state;
    log.put(bucket, 'b', '2');
    log.put(other, 'a/1', '3');
    log.delete(bucket, 'a/1');
    log.delete(bucket, 'a/1');
    log.put(bucket, 'a/1', '4', { condition: { ifMatch: 'any' } });
    expect(all(log, index, bucket)).toEqual([
      ['put', 'b'],
      ['delete', 'a/1'],
    ]);
    expect(all(log, index - 1, bucket, 'a/')).toEqual([
      ['put', 'a/1'],
      ['delete', 'a/1'],
    ]);
    expect(all(log, index + 3, bucket)).toEqual([]);
    const value = new Uint8Array(bytes('3'));
    expect(log.state.values.eventsAfter(index - 1, other)).toMatchObject([
      { type: 'put', revision: index + 2, value, contentType: 'text/plain' },
    ]);
  });

  test('too many are compacted, never left out in silence', () => {
    const { log, bucket } = withBucket();
    const start = log.state.index;
    for (let at = 0; at < EVENTS_MAX; at++) log.put(bucket, 'k', String(at));
    expect(all(log, start, bucket)).toHaveLength(EVENTS_MAX);
    log.put(bucket, 'k', 'one more');
    expect(all(log, start, bucket)).toBe('compacted');
    expect(all(log, start + 1, bucket)).toHaveLength(EVENTS_MAX);
  });

  test('so are too large ones', () => {
    const { log, bucket } = withBucket();
    const start = log.state.index;
    const value = new Uint8Array(RAFT_VALUE_BYTES_MAX);
    const kept = Math.floor(
      EVENT_BYTES_MAX / (value.length + VALUE_OVERHEAD_BYTES + 1 + 'text/plain'.length),
    );
    for (let at = 0; at <= kept; at++) log.put(bucket, 'k', '', { value });
    expect(all(log, start, bucket)).toBe('compacted');
    expect(all(log, start + 1, bucket)).toHaveLength(kept);
  });

  test('one entry whose changes are partly dropped is dropped whole', () => {
    const { log, bucket } = withBucket();
    const lease = log.lease();
    for (const key of ['a', 'b', 'c']) log.put(bucket, key, '', { lease });
    log.run({ type: 'revoke_lease', id: lease });
    const revoked = log.state.index;
    for (let at = 0; at < EVENTS_MAX - 2; at++) log.put(bucket, 'k', '');
    expect(all(log, revoked - 1, bucket)).toBe('compacted');
    expect(all(log, revoked, bucket)).toHaveLength(EVENTS_MAX - 2);
  });

  test('from a snapshot on they are kept from its last change on', () => {
    const { log, bucket } = withBucket();
    log.put(bucket, 'a', '1');
    const last = log.state.index;
    log.lease();
    const copy = new Log(restored(log.state));
    expect(all(copy, last - 1, bucket)).toBe('compacted');
    expect(all(copy, last, bucket)).toEqual([]);
    copy.put(bucket, 'b', '2');
    expect(all(copy, last, bucket)).toEqual([['put', 'b']]);
  });
});
