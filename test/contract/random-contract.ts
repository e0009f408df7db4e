/** What every Random must do. The bounds hold for a fair source but once in a billion runs. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { Random } from '../../src/ports/random.ts';

const DRAWS = 4_096;
const UINT48_BITS = 48;

export function randomContract(name: string, make: () => Random): void {
  describe(`${name} is a Random`, () => {
    let random: Random;

    beforeEach(() => {
      random = make();
    });

    it('draws fractions from 0 up to, never including, 1', () => {
      for (let draw = 0; draw < DRAWS; draw++) {
        const fraction = random.float();
        expect(fraction >= 0 && fraction < 1).toBe(true);
      }
    });

    it('draws fractions evenly', () => {
      const tenths = new Array<number>(10).fill(0);
      for (let draw = 0; draw < DRAWS; draw++) {
        const tenth = Math.floor(random.float() * 10);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      // Expected 410 each, with a standard deviation of 19.
      expect(Math.min(...tenths)).toBeGreaterThan(280);
      expect(Math.max(...tenths)).toBeLessThan(540);
    });

    it('draws whole numbers of 48 bits, every bit as often set as not', () => {
      const set = new Array<number>(UINT48_BITS).fill(0);
      for (let draw = 0; draw < DRAWS; draw++) {
        const number = random.uint48();
        expect(Number.isInteger(number) && number >= 0 && number < 2 ** UINT48_BITS).toBe(true);
        for (let bit = 0; bit < UINT48_BITS; bit++) {
          if (Math.floor(number / 2 ** bit) % 2 === 1) set[bit] = (set[bit] ?? 0) + 1;
        }
      }
      // Expected 2,048 each, with a standard deviation of 32.
      expect(Math.min(...set)).toBeGreaterThan(1_800);
      expect(Math.max(...set)).toBeLessThan(2_300);
    });

    it('does not repeat itself', () => {
      const numbers = new Set(Array.from({ length: DRAWS }, () => random.uint48()));
      expect(numbers.size).toBe(DRAWS);
    });
  });
}
