/** A second request beside one that is late: who wins, and what becomes of the other. */

import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RawAnswer } from '../../../src/client/answers.ts';
import { hedgedRead } from '../../../src/client/hedged-read.ts';
import { Latencies } from '../../../src/client/latencies.ts';
import type { Peer } from '../../../src/client/peer.ts';
import type { RunningCall } from '../../../src/client/running-call.ts';

/** A request that ends when the test says so. */
class FakeCall {
  readonly answer: Promise<RawAnswer>;
  end!: (status: number) => void;
  fail!: (error: Error) => void;

  constructor() {
    this.answer = new Promise((resolve, reject) => {
      this.end = (status) => resolve({ status, headers: {}, body: Buffer.alloc(0) });
      this.fail = reject;
    });
  }
}

const [first, second] = ['first', 'second'].map((name) => {
  return { name, latencies: new Latencies() } as unknown as Peer;
}) as [Peer, Peer];
const LATE_AFTER_MS = first.latencies.lateAfterMs;

let calls: Map<Peer, FakeCall>;

beforeEach(() => {
  calls = new Map();
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

function start(peer: Peer): RunningCall {
  const call = new FakeCall();
  calls.set(peer, call);
  return call as unknown as RunningCall;
}

const read = (another: Peer | undefined = second) => hedgedRead(first, start, () => another);

describe('a read that is hedged', () => {
  it('asks nobody else while the first is in time', async () => {
    const reading = read();
    await vi.advanceTimersByTimeAsync(LATE_AFTER_MS - 1);
    calls.get(first)?.end(200);
    expect(await reading).toMatchObject({ peer: first, answer: { status: 200 } });
    await vi.advanceTimersByTimeAsync(LATE_AFTER_MS);
    expect([...calls.keys()]).toEqual([first]);
  });

  it.each([
    [first, second],
    [second, first],
  ])('has the answer of whoever is first, and heeds the other no more', async (winner, loser) => {
    const reading = read();
    await vi.advanceTimersByTimeAsync(LATE_AFTER_MS);
    calls.get(winner)?.end(404);
    expect(await reading).toMatchObject({ peer: winner, answer: { status: 404 } });
    calls.get(loser)?.fail(new Error('too late'));
    await vi.advanceTimersByTimeAsync(LATE_AFTER_MS);
    expect(calls.size).toBe(2);
  });

  it('waits for the other where one breaks or is unable', async () => {
    const reading = read();
    await vi.advanceTimersByTimeAsync(LATE_AFTER_MS);
    calls.get(second)?.end(503);
    await vi.advanceTimersByTimeAsync(0);
    calls.get(first)?.end(200);
    expect(await reading).toMatchObject({ peer: first, answer: { status: 200 } });
    const again = read();
    await vi.advanceTimersByTimeAsync(LATE_AFTER_MS);
    calls.get(first)?.fail(new Error('broken'));
    await vi.advanceTimersByTimeAsync(0);
    calls.get(second)?.end(200);
    expect(await again).toMatchObject({ peer: second });
  });

  it('ends with the last failure, and at once where nobody else was asked', async () => {
    const broken = read();
    calls.get(first)?.fail(new Error('early'));
    await expect(broken).rejects.toThrow('early');
    await vi.advanceTimersByTimeAsync(LATE_AFTER_MS);
    expect(calls.size).toBe(1);
    const both = read();
    await vi.advanceTimersByTimeAsync(LATE_AFTER_MS);
    calls.get(first)?.fail(new Error('one'));
    calls.get(second)?.end(503);
    expect(await both).toMatchObject({ peer: second, answer: { status: 503 } });
  });

  it('goes on alone where nobody else may be asked', async () => {
    const reading = hedgedRead(first, start, () => undefined);
    await vi.advanceTimersByTimeAsync(LATE_AFTER_MS * 10);
    calls.get(first)?.end(200);
    expect(await reading).toMatchObject({ peer: first });
    expect(calls.size).toBe(1);
  });
});
