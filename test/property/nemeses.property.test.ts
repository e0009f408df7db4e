/** What every schedule of a nemesis keeps, and what the shapes of partitions promise. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cuts, type Fault, faultText, struckBy } from '../../cluster/nemesis/fault.ts';
import {
  DEFAULT_PACE,
  mixtureOf,
  type NemesisName,
  nemeses,
} from '../../cluster/nemesis/nemeses.ts';
import { ringOfMajorities } from '../../cluster/nemesis/partitions.ts';
import { wantedOf } from '../../cluster/nemesis/wanted.ts';
import { faultTableOf, NO_FAULTS } from '../../src/kernel/fault-table.ts';
import { SeededRandom } from '../../src/sim/seeded-random.ts';

const names = Object.keys(nemeses) as NemesisName[];
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const counts = fc.integer({ min: 1, max: 9 });
const PACE = { durationMs: 300_000, ...DEFAULT_PACE };

function nodesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `n${i + 1}`);
}

function scheduleOf(name: NemesisName, seed: number, count: number, pace = PACE) {
  return nemeses[name](new SeededRandom(seed), nodesOf(count), pace);
}

/** Of each node whom it hears and who hears it, in both directions, itself among them. */
function views(fault: Fault, nodes: readonly string[]): readonly (readonly string[])[] {
  const cuts: Cuts = fault.type === 'cut' ? fault.cuts : {};
  const isCut = (from: string, to: string) => cuts[from]?.includes(to) ?? false;
  return nodes.map((node) => nodes.filter((other) => !isCut(node, other) && !isCut(other, node)));
}

/** Each fault of many schedules of a nemesis. */
function everyFault(
  name: NemesisName,
  least: number,
  check: (fault: Fault, nodes: readonly string[]) => void,
): void {
  fc.assert(
    fc.property(seeds, fc.integer({ min: least, max: 9 }), (seed, count) => {
      const schedule = scheduleOf(name, seed, count);
      expect(schedule.length).toBeGreaterThan(0);
      for (const { fault } of schedule) check(fault, nodesOf(count));
    }),
    { numRuns: 25 },
  );
}

describe.each(names)('%s', (name) => {
  it('ends all that it began within its time, and strikes nodes that there are', () => {
    fc.assert(
      fc.property(
        seeds,
        counts,
        fc.integer({ min: 0, max: 100_000 }),
        (seed, count, durationMs) => {
          const nodes = nodesOf(count);
          const schedule = scheduleOf(name, seed, count, { ...PACE, durationMs });
          let before = 0;
          for (const { fault, atMs, until } of schedule) {
            expect(atMs).toBeGreaterThanOrEqual(before);
            expect(until).toBeGreaterThan(atMs);
            expect(until).toBeLessThanOrEqual(durationMs);
            before = atMs;
            expect(nodes).toEqual(expect.arrayContaining([...struckBy(fault)]));
            expect(faultText(fault)).not.toBe('');
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is decided by its seed, and is plain data that a node takes', () => {
    fc.assert(
      fc.property(seeds, counts, (seed, count) => {
        const schedule = scheduleOf(name, seed, count);
        expect(scheduleOf(name, seed, count)).toEqual(schedule);
        expect(JSON.parse(JSON.stringify(schedule))).toEqual(schedule);
        for (const { fault } of schedule) {
          for (const node of nodesOf(count)) {
            const { table } = wantedOf(node, [fault]);
            expect(faultTableOf(table)).toEqual(table);
            expect(Object.keys(table.links)).not.toContain(node);
          }
        }
      }),
      { numRuns: 8 },
    );
  });
});

describe('the shapes of partitions', () => {
  const sizes = (fault: Fault, nodes: readonly string[]) =>
    views(fault, nodes).map((view) => view.length);

  it('partition-one leaves all others together', () => {
    everyFault('partition-one', 2, (fault, nodes) => {
      const alone = sizes(fault, nodes).filter((size) => size === 1);
      expect(alone).toHaveLength(nodes.length === 2 ? 2 : 1);
      const together = sizes(fault, nodes).filter((size) => size === nodes.length - 1);
      expect(together).toHaveLength(nodes.length === 2 ? 2 : nodes.length - 1);
    });
  });

  it('partition-halves makes two sides that differ by one at most', () => {
    everyFault('partition-halves', 2, (fault, nodes) => {
      const [least, most] = [Math.floor(nodes.length / 2), Math.ceil(nodes.length / 2)];
      for (const size of sizes(fault, nodes)) expect([least, most]).toContain(size);
      expect(new Set(views(fault, nodes).map((view) => view.join())).size).toBe(2);
    });
  });

  it('partition-majority-minority leaves a majority that is whole', () => {
    everyFault('partition-majority-minority', 3, (fault, nodes) => {
      const majorities = views(fault, nodes).filter((view) => view.length > nodes.length / 2);
      expect(majorities.length).toBeGreaterThan(nodes.length / 2);
      expect(majorities.length).toBeLessThan(nodes.length);
      expect(new Set(majorities.map((view) => view.join())).size).toBe(1);
    });
  });

  it('partition-ring-of-majorities: each sees a majority, no two the same one', () => {
    everyFault('partition-ring-of-majorities', 3, (fault, nodes) => {
      for (const size of sizes(fault, nodes)) expect(size).toBeGreaterThan(nodes.length / 2);
      const different = new Set(views(fault, nodes).map((view) => view.join()));
      expect(different.size).toBe(nodes.length);
    });
    expect(ringOfMajorities(['n1', 'n2'])).toBeUndefined();
  });

  it('partition-bridge: exactly one sees all, the others two halves', () => {
    everyFault('partition-bridge', 3, (fault, nodes) => {
      const seeing = views(fault, nodes).filter((view) => view.length === nodes.length);
      expect(seeing).toHaveLength(1);
      const sides = views(fault, nodes).filter((view) => view.length < nodes.length);
      expect(new Set(sides.map((view) => view.join())).size).toBe(2);
      for (const size of sides.map((view) => view.length)) {
        expect(Math.abs(size - 1 - (nodes.length - 1) / 2)).toBeLessThanOrEqual(0.5);
      }
    });
  });

  it('partition-one-way leaves the other direction whole', () => {
    everyFault('partition-one-way', 2, (fault) => {
      const cuts = fault.type === 'cut' ? fault.cuts : {};
      const senders = Object.keys(cuts);
      expect(senders.length).toBeGreaterThan(0);
      for (const deaf of Object.values(cuts).flat()) expect(senders).not.toContain(deaf);
    });
  });
});

describe('the other faults', () => {
  it('kill-minority leaves a majority, kill-all nobody', () => {
    everyFault('kill-minority', 3, (fault, nodes) => {
      expect(struckBy(fault).length).toBeLessThan(nodes.length / 2);
    });
    everyFault('kill-all', 1, (fault, nodes) => expect(struckBy(fault)).toEqual(nodes));
  });

  it('flapping comes and goes within one of its turns', () => {
    const schedule = scheduleOf('flapping', 1, 5);
    const lengths = schedule.map(({ atMs, until }) => until - atMs);
    expect(Math.max(...lengths)).toBeLessThan(2_000);
    const shapes = new Set(schedule.map(({ fault }) => faultText(fault)));
    expect(schedule.length).toBeGreaterThan(4 * shapes.size);
  });

  it('a mixture has several kinds, and faults that overlap', () => {
    const schedule = mixtureOf(['pause', 'kill-one', 'flapping'])(
      new SeededRandom(3),
      nodesOf(5),
      PACE,
    );
    expect(new Set(schedule.map(({ fault }) => fault.type))).toEqual(
      new Set(['pause', 'kill', 'cut']),
    );
    const overlaps = schedule.some(({ until }, i) => (schedule[i + 1]?.atMs ?? until) < until);
    expect(overlaps).toBe(true);
  });

  it('a node that is to be killed is not paused, and cuts add up', () => {
    const cut = (to: string): Fault => ({ type: 'cut', shape: '', cuts: { n1: [to] } });
    const kill: Fault = { type: 'kill', nodes: ['n1'] };
    const pause: Fault = { type: 'pause', nodes: ['n1', 'n2'] };
    const active = [pause, cut('n2'), kill, cut('n3')];
    expect(wantedOf('n1', active)).toEqual({
      process: 'killed',
      table: { links: { n2: { cut: true }, n3: { cut: true } } },
    });
    expect(wantedOf('n2', active)).toEqual({ process: 'paused', table: NO_FAULTS });
  });
});
