import { expect, it } from 'vitest';
import { Awareness } from '../../../src/gossip/awareness.ts';

it('stays between 0 and its bound, and scales by itself and one', () => {
  const awareness = new Awareness(7);
  awareness.add(-1);
  expect(awareness.score).toBe(0);
  expect(awareness.scale(1_000)).toBe(1_000);
  awareness.add(3);
  expect(awareness.scale(1_000)).toBe(4_000);
  awareness.add(9);
  expect(awareness.score).toBe(7);
  expect(awareness.scale(1_000)).toBe(8_000);
  awareness.add(-1);
  expect(awareness.score).toBe(6);
});
