import { describe, expect, test } from 'vitest';
import {
  type OperationKind,
  OperationStream,
  recordKey,
  YCSB,
} from '../../../../../bench/lab/ycsb/workloads.ts';
import { scrambled, Zipfian } from '../../../../../bench/lab/ycsb/zipfian.ts';
import { SeededRandom } from '../../../../../src/sim/seeded-random.ts';

const DRAWS = 100_000;

describe('the zipfian distribution', () => {
  test('has the frequencies of its law: rank i about 1/(i+1)^0.99', () => {
    const items = 1_000;
    const zipfian = new Zipfian(items, new SeededRandom(7));
    const counts = new Array<number>(items).fill(0);
    for (let i = 0; i < DRAWS; i++) {
      const rank = zipfian.next();
      counts[rank] = (counts[rank] ?? 0) + 1;
    }
    let zeta = 0;
    for (let i = 1; i <= items; i++) zeta += 1 / i ** 0.99;
    expect((counts[0] ?? 0) / DRAWS).toBeCloseTo(1 / zeta, 2);
    expect((counts[1] ?? 0) / DRAWS).toBeCloseTo(1 / 2 ** 0.99 / zeta, 2);
    const upper = counts.slice(0, 100).reduce((sum, count) => sum + count, 0) / DRAWS;
    let share = 0;
    for (let i = 1; i <= 100; i++) share += 1 / i ** 0.99 / zeta;
    expect(Math.abs(upper - share)).toBeLessThan(0.02);
  });

  test('draws every rank and none beyond, also after it has grown', () => {
    const zipfian = new Zipfian(3, new SeededRandom(1));
    zipfian.grow(5);
    const ranks = new Set(Array.from({ length: 10_000 }, () => zipfian.next()));
    expect([...ranks].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test('is scrambled by a bijection', () => {
    const images = new Set(Array.from({ length: DRAWS }, (_, i) => scrambled(i)));
    expect(images.size).toBe(DRAWS);
  });
});

describe('the operations of a workload', () => {
  test.each(Object.values(YCSB))('$name: $title', (workload) => {
    const stream = new OperationStream(workload, 1_000, new SeededRandom(3));
    const counts: Partial<Record<OperationKind, number>> = {};
    for (let i = 0; i < DRAWS / 10; i++) {
      const { kind } = stream.next();
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    expect(Object.keys(counts).sort()).toEqual(Object.keys(workload.mix).sort());
    for (const [kind, share] of Object.entries(workload.mix)) {
      const seen = (counts[kind as OperationKind] ?? 0) / (DRAWS / 10);
      expect(Math.abs(seen - share)).toBeLessThan(0.02);
    }
  });

  test('D: inserts take new keys, and the latest are read most', () => {
    const stream = new OperationStream(YCSB.D, 100, new SeededRandom(5));
    const loaded = new Set(Array.from({ length: 100 }, (_, i) => recordKey(i)));
    const inserted: string[] = [];
    let ofLatest = 0;
    let reads = 0;
    for (let i = 0; i < 5_000; i++) {
      const { kind, key } = stream.next();
      if (kind === 'insert') {
        expect(loaded.has(key) || inserted.includes(key)).toBe(false);
        inserted.push(key);
      } else {
        reads++;
        if (inserted.slice(-10).includes(key) || inserted.length === 0) ofLatest++;
      }
    }
    expect(ofLatest / reads).toBeGreaterThan(0.3);
  });
});
