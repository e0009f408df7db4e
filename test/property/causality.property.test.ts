import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeObject, encodeObject } from '../../src/causality/object-codec.ts';
import { merge, type SiblingObject, sameVersion } from '../../src/causality/sibling-object.ts';
import { type Bugs, CausalityModel, type Step } from './causality-model.ts';

const REPLICAS = 3;
const CLIENTS = 3;

const replica = fc.nat(REPLICAS - 1);
const client = fc.nat(CLIENTS - 1);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('put' as const), replica, client }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const), replica, client }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('overwrite' as const), replica, client }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('read' as const), replica, client }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('forgetContext' as const), client }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('sync' as const), replica, from: replica }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const), replica }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wipe' as const), replica }) },
);

const steps = fc.array(step, { maxLength: 40 });

const idsOf = (object: SiblingObject) =>
  object.siblings.map(({ value }) => Number(Buffer.from(value).toString())).sort((a, b) => a - b);

/** Throws when an object disagrees with the history. */
function checkHistory(history: readonly Step[], bugs: Bugs = {}): void {
  const model = new CausalityModel(REPLICAS, CLIENTS, bugs);
  for (const next of history) {
    model.run(next);
    for (const { object, known } of model.replicas) {
      expect(idsOf(object)).toEqual(model.aliveIn(known));
    }
  }
  const converged = model.replicas.map(({ object }) => object).reduce(merge);
  const known = new Set(model.replicas.flatMap((state) => [...state.known]));
  expect(idsOf(converged)).toEqual(model.aliveIn(known));
}

/** Objects as they come about, not as a generator would invent them. */
const reachableObjects = steps.map((history) => {
  const model = new CausalityModel(REPLICAS, CLIENTS);
  for (const next of history) model.run(next);
  return model.replicas.map(({ object }) => object) as [
    SiblingObject,
    SiblingObject,
    SiblingObject,
  ];
});

describe('sibling objects', () => {
  it('hold exactly what no known write has superseded, through crashes and wiped disks', () => {
    fc.assert(
      fc.property(steps, (history) => checkHistory(history)),
      { numRuns: 3_000 },
    );
  });

  it.each<[string, Bugs]>([
    ['a replica counts on after it forgot', { keepLineage: true }],
    ['a write hands out the object’s clock', { clockAsWriteContext: true }],
  ])('the law catches it when %s', (_, bugs) => {
    const broken = fc.check(
      fc.property(steps, (history) => checkHistory(history, bugs)),
      { numRuns: 5_000 },
    );
    expect(broken.failed).toBe(true);
  });

  it('merge is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(reachableObjects, ([a, b, c]) => {
        expect(sameVersion(merge(a, b), merge(b, a))).toBe(true);
        expect(sameVersion(merge(merge(a, b), c), merge(a, merge(b, c)))).toBe(true);
        expect(sameVersion(merge(a, a), a)).toBe(true);
        expect(merge(a, b)).toEqual(merge(b, a));
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('survive their binary form', () => {
    fc.assert(
      fc.property(reachableObjects, (objects) => {
        for (const object of objects) expect(decodeObject(encodeObject(object))).toEqual(object);
      }),
    );
  });
});
