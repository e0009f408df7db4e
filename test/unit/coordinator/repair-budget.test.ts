import { beforeEach, describe, expect, it } from 'vitest';
import { RepairBudget } from '../../../src/coordinator/repair-budget.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';

const MIB = 1024 * 1024;

let metrics: SimMetrics;
let budget: RepairBudget;
let begun: number;
let finish: (() => void)[];

beforeEach(() => {
  metrics = new SimMetrics();
  budget = new RepairBudget(metrics);
  begun = 0;
  finish = [];
});

function repair(bytes: number): void {
  budget.run(bytes, () => {
    begun++;
    return new Promise((resolve) => {
      finish.push(resolve);
    });
  });
}

const skipped = () => metrics.value('read_repairs_skipped_total');

describe('read repairs in the background', () => {
  it('are skipped and counted when too many are under way, and go on when some have finished', async () => {
    for (let i = 0; i < 300; i++) repair(10);
    expect([begun, skipped()]).toEqual([256, 44]);
    finish.pop()?.();
    await Promise.resolve();
    repair(10);
    expect([begun, skipped()]).toEqual([257, 44]);
  });

  it('are skipped when they would hold too many bytes', () => {
    repair(20 * MIB);
    repair(20 * MIB);
    repair(10 * MIB);
    expect([begun, skipped()]).toEqual([2, 1]);
  });

  it('take one object of any size', () => {
    repair(100 * MIB);
    expect([begun, skipped()]).toEqual([1, 0]);
  });

  it('that fail make room as well', async () => {
    for (let i = 0; i < 300; i++) budget.run(10, () => Promise.reject(new Error('failed')));
    await new Promise((resolve) => setImmediate(resolve));
    repair(10);
    expect(begun).toBe(1);
  });
});
