import { describe, expect, it } from 'vitest';
import {
  CALLS_IN_FLIGHT_MAX,
  type Call,
  CallsInFlight,
} from '../../../src/adapters/peer/calls-in-flight.ts';
import { TransportError } from '../../../src/kernel/errors.ts';
import type { Clock } from '../../../src/ports/clock.ts';

class ManualClock implements Clock {
  #now = 0;
  #timers: { at: number; fire: () => void }[] = [];
  timersSet = 0;

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  setTimer(delayMs: number, fire: () => void) {
    const timer = { at: this.#now + delayMs, fire };
    this.timersSet++;
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((each) => each !== timer);
      },
    };
  }

  get pending(): number {
    return this.#timers.length;
  }

  advanceTo(time: number): void {
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= time).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fire();
    }
    this.#now = time;
  }
}

function setUp() {
  const clock = new ManualClock();
  const expired: { readonly deadline: number; readonly at: number }[] = [];
  const calls = new CallsInFlight<Call>(clock, (call) =>
    expired.push({ deadline: call.deadline, at: clock.now() }),
  );
  const add = (deadline: number) => {
    const id = calls.nextId();
    calls.add(id, { deadline, resolve: () => {}, reject: () => {} });
    return id;
  };
  return { clock, expired, calls, add };
}

describe('CallsInFlight', () => {
  it('lets each call expire at its deadline, at most a few milliseconds late', () => {
    const { clock, expired, add } = setUp();
    const deadlines = Array.from({ length: 200 }, (_, n) => 100 + ((n * 71) % 200) / 2);
    for (const deadline of deadlines) add(deadline);
    clock.advanceTo(1_000);
    expect(expired.map((each) => each.deadline).sort()).toEqual(deadlines.sort());
    for (const { deadline, at } of expired) {
      expect(at).toBeGreaterThanOrEqual(deadline);
      expect(at - deadline).toBeLessThanOrEqual(4);
    }
    expect(clock.pending).toBe(0);
  });

  it('sets no timer of its own for a call that is answered', () => {
    const { clock, expired, calls, add } = setUp();
    for (let n = 0; n < 10_000; n++) {
      clock.advanceTo(n / 100);
      expect(calls.take(add(clock.now() + 2_000))).toBeDefined();
    }
    clock.advanceTo(10_000);
    expect(clock.timersSet).toBeLessThan(5);
    expect(expired).toEqual([]);
  });

  it('gives a call out once', () => {
    const { calls, add } = setUp();
    const id = add(50);
    expect(calls.take(id)?.deadline).toBe(50);
    expect(calls.take(id)).toBeUndefined();
    expect(calls.take(999)).toBeUndefined();
  });

  it('is full at its bound and rejects all at the end', () => {
    const { clock, calls } = setUp();
    const errors: Error[] = [];
    for (let n = 0; n < CALLS_IN_FLIGHT_MAX; n++) {
      expect(calls.full).toBe(false);
      const reject = (error: Error) => void errors.push(error);
      calls.add(calls.nextId(), { deadline: 100, resolve: () => {}, reject });
    }
    expect(calls.full).toBe(true);
    calls.rejectAll(() => new TransportError('disconnected', 'gone'));
    expect(errors).toHaveLength(CALLS_IN_FLIGHT_MAX);
    expect(calls.full).toBe(false);
    expect(clock.pending).toBe(0);
  });
});
