/** What clients are shown of an object, and the stamps by which the last write is found. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf, expiredBefore } from '../../src/causality/answer.ts';
import { hlcAt, wallTimeOf } from '../../src/causality/hlc.ts';
import { merge, type Sibling, type SiblingObject } from '../../src/causality/sibling-object.ts';
import { compareDots, type Dot } from '../../src/causality/version-vector.ts';
import { AHEAD_MS_MAX, HybridClock } from '../../src/replica/hybrid-clock.ts';
import { SimLogger, SimMetrics } from '../../src/sim/sim-observation.ts';
import { Simulation } from '../../src/sim/simulation.ts';
import { settle } from '../sim/settle.ts';

const TIMES = 6;

/** Small ranges: stamps, expiry and clock have to collide often. */
const sibling = fc.record({
  lineage: fc.nat(8),
  hlc: fc.nat(3),
  expiresAt: fc.option(fc.integer({ min: 1, max: TIMES - 1 }), { nil: undefined }),
});

/** One write is the same wherever it is, so the facts of a sibling follow from its dot. */
const writes = fc
  .uniqueArray(sibling, { maxLength: 7, selector: ({ lineage }) => lineage })
  .map((all) =>
    all.map(({ lineage, hlc, expiresAt }): Sibling => {
      const dot: Dot = { lineage, actorEpoch: 1, counter: 1 };
      return { dot, hlc, expiresAt, value: Buffer.from([lineage]), contentType: '', meta: [] };
    }),
  );

function objectOf(siblings: readonly Sibling[]): SiblingObject {
  const sorted = siblings.toSorted((a, b) => compareDots(a.dot, b.dot));
  return { clock: sorted.map(({ dot }) => dot), siblings: sorted };
}

const wallTime = fc.nat(TIMES);

describe('the last write', () => {
  it('is a function of the set of values, in whatever order replicas learn of them', () => {
    fc.assert(
      fc.property(writes, fc.infiniteStream(fc.nat()), wallTime, (all, chance, now) => {
        const answers = [all, all.toReversed(), shuffled(all, chance)].map((order) =>
          answerOf(order.map((one) => objectOf([one])).reduce(merge, objectOf([])), 'lww', now),
        );
        for (const answer of answers) {
          expect(answer).toEqual(answers[0]);
          expect(answer.siblings.length).toBeLessThanOrEqual(1);
        }
        const unsorted = { clock: objectOf(all).clock, siblings: shuffled(all, chance) };
        expect(answerOf(unsorted, 'lww', 0)).toEqual(answerOf(objectOf(all), 'lww', 0));
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives way to a later one only, when more is learned', () => {
    fc.assert(
      fc.property(writes, writes, (some, others) => {
        const before = objectOf(some);
        const more = merge(before, objectOf(others.filter(({ dot }) => !has(some, dot))));
        const [last] = answerOf(before, 'lww', 0).siblings;
        const [later] = answerOf(more, 'lww', 0).siblings;
        if (last !== undefined) expect(later?.hlc).toBeGreaterThanOrEqual(last.hlc);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('expiry', () => {
  it('hides more and more as time goes on, and never touches the clock or what is stored', () => {
    fc.assert(
      fc.property(writes, fc.constantFrom('siblings', 'lww'), (all, conflict) => {
        const object = objectOf(all);
        const stored = structuredClone(object);
        let visible = answerOf(object, conflict, 0).siblings;
        for (let now = 1; now <= TIMES; now++) {
          const answer = answerOf(object, conflict, now);
          expect(visible).toEqual(expect.arrayContaining([...answer.siblings]));
          expect(answer.clock).toBe(object.clock);
          expect(expiredBefore(object, now)).toBe(
            all.length > 0 && answerOf(object, 'siblings', now).siblings.length === 0,
          );
          visible = answer.siblings;
        }
        expect(structuredClone(object)).toEqual(stored);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the hybrid clocks of several nodes', () => {
  const NODES = 3;
  const step = fc.record({
    node: fc.nat(NODES - 1),
    /** The wall clock of the node goes on, or is set back. */
    elapsedMs: fc.integer({ min: -50, max: 200 }),
    /** The value that is read from another node, or written over: one of those written so far. */
    pick: fc.nat(),
    type: fc.constantFrom('write', 'writeOver', 'store'),
  });

  it('rise, stamp above what is replaced, and are not dragged away from their wall clocks', () => {
    fc.assert(
      fc.property(
        fc.tuple(...Array.from({ length: NODES }, () => fc.integer({ min: -2_000, max: 2_000 }))),
        fc.array(step, { maxLength: 60 }),
        (skews, steps) => {
          const nodes = skews.map((skewMs) => skewedNode(skewMs));
          const written: number[] = [];
          for (const { node, elapsedMs, pick, type } of steps) {
            const actor = nodes[node] as SkewedNode;
            actor.pass(elapsedMs);
            const known = written.length === 0 ? 0 : (written[pick % written.length] as number);
            if (type === 'store') actor.hybridClock.observe(known);
            else written.push(actor.write(type === 'writeOver' ? known : 0));
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

interface SkewedNode {
  readonly hybridClock: HybridClock;
  pass(elapsedMs: number): void;
  /** Checks the stamp and returns it. */
  write(above: number): number;
}

function skewedNode(skewMs: number): SkewedNode {
  let wallMs = Date.UTC(2026, 0, 1) + skewMs;
  let latestMs = wallMs;
  let lastOwn = 0;
  const logger = new SimLogger(new Simulation(1, settle), 'n1');
  const clock = { now: () => 0, wallTime: () => wallMs };
  const hybridClock = new HybridClock({ clock, logger, metrics: new SimMetrics() });
  return {
    hybridClock,
    pass(elapsedMs) {
      wallMs += elapsedMs;
      latestMs = Math.max(latestMs, wallMs);
    },
    write(above) {
      const stamp = hybridClock.stamp(above);
      expect(stamp).toBeGreaterThan(above);
      expect(stamp).toBeGreaterThanOrEqual(hlcAt(wallMs));
      const followed = wallTimeOf(above) <= wallMs + AHEAD_MS_MAX;
      if (!followed) return stamp;
      expect(stamp).toBeGreaterThan(lastOwn);
      expect(wallTimeOf(stamp)).toBeLessThanOrEqual(latestMs + AHEAD_MS_MAX + 1);
      lastOwn = stamp;
      return stamp;
    },
  };
}

function has(siblings: readonly Sibling[], dot: Dot): boolean {
  return siblings.some((sibling) => compareDots(sibling.dot, dot) === 0);
}

function shuffled<Item>(items: readonly Item[], chance: Iterator<number>): Item[] {
  return items
    .map((item) => ({ item, at: Number(chance.next().value) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
