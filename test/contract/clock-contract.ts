/** What every Clock must do. `advance` makes so much time pass, by waiting or by decree. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';

export interface ClockFixture {
  readonly clock: Clock;
  advance(ms: number): Promise<void>;
}

/** Timers of a real clock count in whole milliseconds. */
const GRAIN_MS = 1;

export function clockContract(name: string, make: () => ClockFixture): void {
  describe(`${name} is a Clock`, () => {
    let clock: Clock;
    let advance: (ms: number) => Promise<void>;

    beforeEach(() => {
      const fixture = make();
      clock = fixture.clock;
      advance = (ms) => fixture.advance(ms);
    });

    it('goes on, and never back', async () => {
      let last = clock.now();
      for (let step = 0; step < 5; step++) {
        await advance(2);
        const now = clock.now();
        expect(now - last).toBeGreaterThanOrEqual(2 - GRAIN_MS);
        last = now;
      }
    });

    it('tells the time of day in milliseconds since 1970', async () => {
      const before = clock.wallTime();
      await advance(10);
      expect(clock.wallTime() - before).toBeGreaterThanOrEqual(10 - GRAIN_MS);
      expect(before).toBeGreaterThan(Date.UTC(2000, 0));
    });

    it('fires a timer once, not before its time', async () => {
      const deadline = clock.now() + 10;
      const firedAt: number[] = [];
      clock.setTimer(10, () => firedAt.push(clock.now()));
      expect(firedAt).toEqual([]);
      await advance(30);
      await advance(30);
      expect(firedAt.length).toBe(1);
      expect(firedAt[0]).toBeGreaterThanOrEqual(deadline - GRAIN_MS);
    });

    it('fires timers by their times, those of one time in the order they were set', async () => {
      const order: string[] = [];
      clock.setTimer(30, () => order.push('last'));
      clock.setTimer(10, () => order.push('first'));
      clock.setTimer(10, () => order.push('second'));
      await advance(60);
      expect(order).toEqual(['first', 'second', 'last']);
    });

    it('fires in a turn of its own, even without delay', async () => {
      const order: string[] = [];
      clock.setTimer(0, () => {
        order.push('one');
        queueMicrotask(() => order.push('rest of one'));
      });
      clock.setTimer(0, () => order.push('two'));
      order.push('setting');
      await advance(20);
      expect(order).toEqual(['setting', 'one', 'rest of one', 'two']);
    });

    it('takes delays that are not whole', async () => {
      let fired = 0;
      clock.setTimer(0.4, () => fired++);
      clock.setTimer(1.6, () => fired++);
      await advance(20);
      expect(fired).toBe(2);
    });

    it('waits for very long delays instead of firing at once', async () => {
      let fired = false;
      const timer = clock.setTimer(60 * 24 * 60 * 60 * 1_000, () => {
        fired = true;
      });
      await advance(20);
      expect(fired).toBe(false);
      timer.cancel();
    });

    it('does not fire what was cancelled', async () => {
      let fired = false;
      const timer = clock.setTimer(10, () => {
        fired = true;
      });
      timer.cancel();
      timer.cancel();
      await advance(40);
      expect(fired).toBe(false);
    });

    it('lets a timer be cancelled by an earlier one, by itself and when it has fired', async () => {
      const fired: string[] = [];
      const later = clock.setTimer(20, () => fired.push('later'));
      const earlier = clock.setTimer(5, () => {
        fired.push('earlier');
        earlier.cancel();
        later.cancel();
      });
      await advance(50);
      earlier.cancel();
      expect(fired).toEqual(['earlier']);
    });

    it('lets a timer set the next one', async () => {
      let beats = 0;
      const beat = () => {
        beats++;
        if (beats < 3) clock.setTimer(2, beat);
      };
      clock.setTimer(2, beat);
      await advance(20);
      await advance(20);
      await advance(20);
      expect(beats).toBe(3);
    });
  });
}
