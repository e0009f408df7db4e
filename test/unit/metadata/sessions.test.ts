import { describe, expect, test } from 'vitest';
import { LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import { REPLIES_MAX, type SessionRequest, Sessions } from '../../../src/metadata/sessions.ts';
import { address, Log, restored } from './cluster.ts';

const LIFE = 77;
const expired = { ok: false, code: 'session_expired' };

/** A counter as state machine. */
class Counter {
  x = 0;
  readonly sessions = new Sessions<number>();

  constructor() {
    this.sessions.open(1, LIFE);
  }

  increment(sequence: number, more: Partial<SessionRequest> = {}) {
    const request = { nodeNo: 1, life: LIFE, sequence, answeredBelow: 0, ...more };
    return this.sessions.run(request, () => ++this.x);
  }
}

describe('x++', () => {
  test('the leader commits it and crashes before it answers; tried again it counts once', () => {
    const log = [0, 1, 1, 2];
    for (const replica of [new Counter(), new Counter()]) {
      expect(log.map((sequence) => replica.increment(sequence))).toEqual([1, 2, 2, 3]);
      expect(replica.x).toBe(3);
    }
  });

  test('without a session it would count twice', () => {
    const counter = new Counter();
    for (const _ of [1, 1]) counter.x++;
    expect(counter.x).toBe(2);
  });

  test('commands may come in any order', () => {
    const counter = new Counter();
    expect([5, 3, 5, 4, 3].map((sequence) => counter.increment(sequence))).toEqual([1, 2, 1, 3, 2]);
  });

  test('what was answered is forgotten and never runs again', () => {
    const counter = new Counter();
    counter.increment(0);
    counter.increment(1);
    expect(counter.increment(2, { answeredBelow: 2 })).toBe(3);
    expect(counter.increment(1)).toMatchObject(expired);
    expect(counter.increment(2, { answeredBelow: 1 })).toBe(3);
    expect(counter.increment(9, { answeredBelow: 1e15 })).toMatchObject(expired);
    expect(counter.x).toBe(3);
    expect(counter.sessions.capture()).toEqual([
      { nodeNo: 1, life: LIFE, answeredBelow: 1e15, replies: [] },
    ]);
  });

  test('a sequence that never ran and is below the mark does not run either', () => {
    const counter = new Counter();
    counter.increment(8, { answeredBelow: 7 });
    expect(counter.increment(6)).toMatchObject(expired);
    expect(counter.x).toBe(1);
  });

  test('another life, or a node without a session', () => {
    const counter = new Counter();
    counter.increment(0);
    expect(counter.increment(1, { life: 78 })).toMatchObject(expired);
    expect(counter.increment(1, { nodeNo: 2 })).toMatchObject(expired);
    counter.sessions.open(1, LIFE);
    expect(counter.increment(0)).toBe(1);
    counter.sessions.open(1, 78);
    expect(counter.increment(0)).toMatchObject(expired);
    expect(counter.increment(0, { life: 78 })).toBe(2);
  });

  test('a client that never says what it has loses the oldest replies', () => {
    const counter = new Counter();
    for (let sequence = 0; sequence <= REPLIES_MAX; sequence++) counter.increment(sequence);
    expect(counter.increment(0)).toMatchObject(expired);
    expect(counter.increment(1)).toBe(2);
    expect(counter.sessions.capture()[0]?.replies).toHaveLength(REPLIES_MAX);
    expect(counter.x).toBe(REPLIES_MAX + 1);
  });
});

describe('commands with a session', () => {
  const start = {
    type: 'register_start' as const,
    nodeNo: 1,
    directoryId: 'directory-1',
    bootNumber: 1,
    since: [],
    version: LATEST_VERSION,
    life: LIFE,
    address: address(1),
  };
  const grant = { type: 'grant_lease' as const, ttlMs: 5_000 };
  const session = (sequence: number, answeredBelow = 0, life = LIFE) => {
    return { nodeNo: 1, life, sequence, answeredBelow };
  };

  test('run once, also when a snapshot lies between', () => {
    const log = new Log();
    expect(log.run(grant, session(1))).toMatchObject(expired);
    log.run(start);
    const reply = log.run(grant, session(1));
    expect(reply).toMatchObject({ ok: true, id: log.state.index });
    expect(log.run(grant, session(1))).toEqual(reply);
    expect(log.run(start)).toMatchObject({ ok: true });
    for (const either of [new Log(restored(log.state)), log]) {
      expect(either.run(grant, session(1))).toEqual(reply);
      expect(either.state.leases.all().size).toBe(1);
    }
  });

  test('a refusal is kept like any reply', () => {
    const log = new Log();
    log.run(start);
    const bucket = log.raftBucket();
    const create = {
      type: 'put_value' as const,
      bucketNumber: bucket,
      key: Buffer.from('k'),
      value: Buffer.from('v'),
      contentType: '',
      meta: [],
      condition: { ifNoneMatch: 'any' as const },
    };
    log.put(bucket, 'k', 'v');
    const refusal = log.run(create, session(1));
    expect(refusal).toMatchObject({ code: 'condition_failed', facts: { revision: 4 } });
    log.delete(bucket, 'k');
    expect(log.run(create, session(1))).toEqual(refusal);
    const copy = new Log(restored(log.state));
    expect(copy.run(create, session(1))).toEqual(refusal);
    expect(copy.run(create, session(1, 2))).toMatchObject(expired);
    expect(copy.run(create, session(2, 2))).toMatchObject({ ok: true });
  });

  test('a new start ends the session of the one before', () => {
    const log = new Log();
    log.run(start);
    log.run(grant, session(1));
    log.run({ ...start, bootNumber: 2, life: 78 });
    expect(log.run(grant, session(2))).toMatchObject(expired);
    expect(log.run(grant, session(1, 0, 78))).toMatchObject({ ok: true });
    expect(log.state.leases.all().size).toBe(2);
  });
});
