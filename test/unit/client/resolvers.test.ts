import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sibling } from '../../../src/client/found.ts';
import { lww, union } from '../../../src/client/resolvers.ts';

function sibling<Value>(value: Value, second: number, dot: string): Sibling<Value> {
  const wallTime = new Date(second * 1_000).toISOString();
  return { value, wallTime, dot, meta: {}, contentType: '', expiresAt: undefined };
}

describe('the last write', () => {
  it('is the latest, and by its dot where two are of one time', () => {
    const siblings = [sibling('b', 2, '2:1'), sibling('a', 1, '1:1'), sibling('c', 2, '3:1')];
    expect(lww<string>()(siblings)).toBe('c');
  });
});

describe('a union', () => {
  it('has all elements once, and the later of two that are the same', () => {
    const one = sibling(
      [
        { id: 1, n: 1 },
        { id: 2, n: 1 },
      ],
      1,
      '1:1',
    );
    const other = sibling([{ id: 2, n: 2 }], 2, '2:1');
    const byId = union<{ id: number; n: number }[]>(({ id }) => id);
    expect(byId([other, one])).toEqual([
      { id: 1, n: 1 },
      { id: 2, n: 2 },
    ]);
    expect(union<{ id: number; n: number }[]>()([one, other])).toHaveLength(3);
  });

  it('of sets is a set', () => {
    const merged = union<Set<string>>()([
      sibling(new Set(['a']), 1, '1:1'),
      sibling(new Set(['b', 'a']), 2, '2:1'),
    ]);
    expect(merged).toEqual(new Set(['a', 'b']));
  });
});

it('resolvers give the same whatever the order of the siblings', () => {
  const lists = fc.uniqueArray(
    fc.record({
      items: fc.array(fc.constantFrom('a', 'b', 'c', 'd')),
      second: fc.integer({ min: 0, max: 3 }),
      dot: fc.integer({ min: 0, max: 999 }),
    }),
    { selector: ({ dot }) => dot, minLength: 2, maxLength: 5 },
  );
  fc.assert(
    fc.property(lists, fc.infiniteStream(fc.nat()), (drawn, order) => {
      const siblings = drawn.map(({ items, second, dot }) => sibling(items, second, `${dot}:1`));
      const shuffled = siblings
        .map((one) => [order.next().value as number, one] as const)
        .sort(([a], [b]) => a - b)
        .map(([, one]) => one);
      for (const resolve of [lww<string[]>(), union<string[]>()]) {
        expect(resolve(shuffled)).toEqual(resolve(siblings));
      }
    }),
  );
});
