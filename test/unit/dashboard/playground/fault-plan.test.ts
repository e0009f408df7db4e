/** Tables of faults: what they make of a cluster, and which ones make it so. */

import { describe, expect, it } from 'vitest';
import {
  cutInto,
  differing,
  healed,
  isAllWell,
  pairFaults,
  pairsOf,
  sidesOf,
  type Tables,
  WELL,
  withAll,
  withDisk,
  withNodeMoved,
  withPair,
} from '../../../../src/dashboard/playground/fault-plan.ts';
import { faultsText, listText, pairText } from '../../../../src/dashboard/playground/fault-text.ts';
import type { FaultTable } from '../../../../src/kernel/fault-table.ts';

const THREE = ['n1', 'n2', 'n3'];
const WHOLE = healed(THREE);

function tables(given: Record<string, FaultTable>): Tables {
  return new Map(Object.entries(given));
}

describe('the sides of a cluster', () => {
  it('are one where no link is cut both ways', () => {
    expect(sidesOf(THREE, WHOLE)).toEqual([THREE]);
    const oneWay = tables({ n1: { links: { '*': { cut: true } } } });
    expect(sidesOf(THREE, oneWay)).toEqual([THREE]);
    const bridge = cutInto(WHOLE, [['n1'], ['n2'], ['n3']]);
    const joined = withPair(withPair(bridge, THREE, ['n1', 'n2'], WELL), THREE, ['n2', 'n3'], WELL);
    expect(sidesOf(THREE, joined)).toEqual([THREE]);
  });

  it('are those that hear nothing of each other, the larger first', () => {
    expect(sidesOf(THREE, cutInto(WHOLE, [['n1'], ['n2', 'n3']]))).toEqual([['n2', 'n3'], ['n1']]);
    const all = { links: { '*': { cut: true } } };
    expect(sidesOf(THREE, tables({ n1: all, n2: all, n3: all }))).toEqual([['n1'], ['n2'], ['n3']]);
  });

  it('stay where they were looked at', () => {
    const cut = cutInto(WHOLE, [['n3'], ['n1', 'n2']]);
    expect(sidesOf(THREE, cut, ['n1', 'n2', 'n3'])).toEqual([['n1', 'n2'], ['n3']]);
    expect(sidesOf(THREE, cut, ['n3'])).toEqual([['n3'], ['n1', 'n2']]);
  });
});

describe('a node that changes sides', () => {
  it('leaves all others, joins them, or comes back', () => {
    expect(withNodeMoved([THREE], 'n2')).toEqual([['n1', 'n3'], ['n2']]);
    expect(withNodeMoved([['n1', 'n3'], ['n2']], 'n1')).toEqual([['n3'], ['n2', 'n1']]);
    expect(withNodeMoved([['n1', 'n3'], ['n2']], 'n2')).toEqual([['n1', 'n3', 'n2']]);
    expect(withNodeMoved([['n1'], ['n2'], ['n3']], 'n3')).toEqual([['n1', 'n3'], ['n2']]);
    expect(withNodeMoved([['n1']], 'n1')).toEqual([['n1']]);
  });
});

describe('the tables of a partition', () => {
  it('cut each link between the sides in both directions and mend the others', () => {
    const cut = cutInto(WHOLE, [['n1', 'n2'], ['n3']]);
    expect(Object.fromEntries(cut)).toEqual({
      n1: { links: { n3: { cut: true } } },
      n2: { links: { n3: { cut: true } } },
      n3: { links: { n1: { cut: true }, n2: { cut: true } } },
    });
    expect(cutInto(cut, [THREE])).toEqual(WHOLE);
  });

  it('leave what else there is', () => {
    const before = withDisk(withAll(WHOLE, THREE, { delayMs: 50, loss: 0.1 }), 'n1', {
      full: true,
    });
    const after = cutInto(before, [['n1', 'n2'], ['n3']]);
    expect(after.get('n1')).toEqual({
      links: {
        n2: { delay: { distribution: 'constant', ms: 50 }, loss: 0.1 },
        n3: { delay: { distribution: 'constant', ms: 50 }, loss: 0.1, cut: true },
      },
      disk: { full: true },
    });
    expect(cutInto(after, [THREE])).toEqual(before);
  });

  it('name each link where one fault was for all', () => {
    const all = tables({ n1: { links: { '*': { loss: 0.5 } } } });
    expect(cutInto(all, [['n1'], ['n2', 'n3']]).get('n1')).toEqual({
      links: { n2: { loss: 0.5, cut: true }, n3: { loss: 0.5, cut: true } },
    });
  });
});

describe('a link', () => {
  it.each([
    ['none', {}, {}],
    ['both', { n2: { cut: true } }, { n1: { cut: true } }],
    ['first', { n2: { cut: true } }, {}],
    ['second', {}, { n1: { cut: true } }],
  ] as const)('that is cut: %s', (cut, n1, n2) => {
    const made = withPair(WHOLE, THREE, ['n1', 'n2'], { ...WELL, cut });
    expect([made.get('n1')?.links, made.get('n2')?.links]).toEqual([n1, n2]);
    expect(pairFaults(made, 'n1', 'n2')).toEqual({ ...WELL, cut });
    const swapped = { none: 'none', both: 'both', first: 'second', second: 'first' }[cut];
    expect(pairFaults(made, 'n2', 'n1').cut).toBe(swapped);
  });

  it('that is slow and loses messages is so in both directions', () => {
    const faults = { cut: 'none', delayMs: 100, loss: 0.25 } as const;
    const made = withPair(WHOLE, THREE, ['n1', 'n3'], faults);
    expect(pairFaults(made, 'n1', 'n3')).toEqual(faults);
    expect(pairFaults(made, 'n3', 'n1')).toEqual(faults);
    expect(pairFaults(made, 'n1', 'n2')).toEqual(WELL);
    expect(differing(WHOLE, made)).toEqual(['n1', 'n3']);
    expect(withPair(made, THREE, ['n1', 'n3'], WELL)).toEqual(WHOLE);
  });

  it('tells what most messages wait, by any law', () => {
    const delays = [
      [{ distribution: 'uniform', minMs: 10, maxMs: 30 }, 20],
      [{ distribution: 'exponential', meanMs: 7 }, 7],
      [{ distribution: 'normal', meanMs: 8, deviationMs: 1 }, 8],
      [{ distribution: 'lognormal', medianMs: 9, sigma: 1 }, 9],
      [{ distribution: 'samples', samplesMs: [1, 5, 9] }, 5],
    ] as const;
    for (const [delay, ms] of delays) {
      expect(pairFaults(tables({ n1: { links: { n2: { delay } } } }), 'n1', 'n2').delayMs).toBe(ms);
    }
  });
});

it('all is well only where nothing is wrong', () => {
  expect(isAllWell(WHOLE)).toBe(true);
  expect(isAllWell(tables({ n1: { links: { n2: { cut: false, loss: 0 } } } }))).toBe(true);
  expect(isAllWell(withPair(WHOLE, THREE, ['n1', 'n2'], { ...WELL, loss: 0.1 }))).toBe(false);
  expect(isAllWell(withDisk(WHOLE, 'n1', { delay: { distribution: 'constant', ms: 5 } }))).toBe(
    false,
  );
  expect(isAllWell(tables({ n1: { links: {}, clock: { offsetMs: 5 } } }))).toBe(false);
  expect(withDisk(withDisk(WHOLE, 'n1', { full: true }), 'n1', {})).toEqual(WHOLE);
});

it('pairs are each two of them once', () => {
  expect(pairsOf(THREE)).toEqual([
    ['n1', 'n2'],
    ['n1', 'n3'],
    ['n2', 'n3'],
  ]);
});

describe('in words', () => {
  it('a link', () => {
    const pair = ['n1', 'n2'] as const;
    expect(pairText(pair, WELL)).toBe('');
    expect(pairText(pair, { ...WELL, cut: 'both', delayMs: 9 })).toBe('cut');
    expect(pairText(pair, { cut: 'first', delayMs: 100, loss: 0.025 })).toBe(
      'n2 does not hear n1, +100 ms, 2.5 % lost',
    );
  });

  it('a cluster', () => {
    expect(faultsText(THREE, WHOLE)).toBe('');
    const cut = cutInto(withAll(WHOLE, THREE, { delayMs: 50, loss: 0 }), [['n1', 'n2'], ['n3']]);
    expect(faultsText(THREE, withDisk(cut, 'n2', { full: true }))).toBe(
      'partition n1 n2 | n3; links +50 ms; disk of n2',
    );
    const oneWay = withPair(WHOLE, THREE, ['n1', 'n3'], { ...WELL, cut: 'second', loss: 0.5 });
    expect(faultsText(THREE, oneWay)).toBe('n3 to n1 cut; 50 % of messages lost');
  });

  it('names', () => {
    expect([listText([]), listText(['n1']), listText(['n1', 'n2']), listText(THREE)]).toEqual([
      ...['', 'n1', 'n1 and n2', 'n1, n2 and n3'],
    ]);
  });
});
