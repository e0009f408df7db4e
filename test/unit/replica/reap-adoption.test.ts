import { beforeEach, describe, expect, it } from 'vitest';
import { ABSENT } from '../../../src/causality/sibling-object.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { Hints } from '../../../src/replica/hints.ts';
import { ReapAdoption } from '../../../src/replica/reap-adoption.ts';
import type { ReapMarks } from '../../../src/replica/reap-marks.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import { hintKey, objectKey } from '../../../src/replica/store-keys.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const fixed = fixedView({
  members: ['n1', 'n2', 'n3', 'n4'].map((id) => ({ id })),
  partitionCount: 8,
  replicationFactor: 3,
  buckets: ['wide', 'narrow'],
});
const { replicas } = fixed.ring();
const own = replicas.findIndex((nodes) => nodes[0] === 'n1');
const last = replicas.findIndex((nodes) => nodes[2] === 'n1');
const foreign = replicas.findIndex((nodes) => !nodes.includes('n1'));
const NARROW = 2;

let simulation: Simulation;
let store: SimStore;
let hints: Hints;
let reaps: ReapNumbers;
let numbers: readonly number[];
let counted: boolean;
let released: number[];
let adoption: ReapAdoption;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  store = new SimStore(simulation, new SimDisk(), () => {});
  reaps = new ReapNumbers(store);
  const clock = new SimClock(simulation);
  hints = new Hints({ store, reaps, clock, metrics: new SimMetrics(), bytesMax: 1_000_000 });
  numbers = [];
  counted = true;
  released = [];
  const releasePartition = async (partition: number) => void released.push(partition);
  const narrow = [...fixed.buckets()].map((bucket) =>
    bucket.number === NARROW ? { ...bucket, n: 2 } : bucket,
  );
  adoption = new ReapAdoption({
    self: 'n1',
    view: {
      ...fixed,
      get counted() {
        return counted;
      },
      reapNumbers: () => numbers,
      buckets: () => narrow,
    },
    store,
    hints,
    reaps,
    marks: { releasePartition } as unknown as ReapMarks,
    onFatal: (error) => {
      throw error;
    },
  });
});

function raise(partition: number, number: number): void {
  numbers = replicas.map((_, at) => (at === partition ? number : (numbers[at] ?? 0)));
  adoption.follow();
}

const keep = (bucketNumber: number, partition: number) =>
  simulation.complete(
    store.write([
      {
        type: 'put',
        key: objectKey({ partition, bucketNumber, key: utf8('k') }),
        value: utf8('v'),
      },
    ]),
  );

describe('the adoption of reap numbers', () => {
  it('does not vouch for an earlier run, which may have sent what it had and forgotten it', () => {
    counted = false;
    raise(own, 7);
    expect([reaps.of(own), reaps.heldNothing(own)]).toEqual([7, false]);
    counted = true;
    raise(own, 8);
    expect(reaps.heldNothing(own)).toBe(true);
  });

  it('comes in the turn in which they are heard of, and clears marks of earlier rounds', () => {
    raise(own, 7);
    expect([reaps.of(own), reaps.heldNothing(own), released]).toEqual([7, true, [own]]);
    adoption.follow();
    expect(released).toEqual([own]);
  });

  it('notes a hint of that partition that is here in just this turn', async () => {
    const address = { partition: foreign, bucketNumber: 1, key: utf8('k') };
    await simulation.complete(hints.store('n2', address, ABSENT));
    raise(foreign, 7);
    raise(own, 8);
    await simulation.complete(hints.remove([hintKey('n2', address)]));
    expect([reaps.heldNothing(foreign), reaps.heldNothing(own)]).toEqual([false, true]);
    raise(foreign, 9);
    expect(reaps.heldNothing(foreign)).toBe(true);
  });

  it('notes objects of which this node is no replica', async () => {
    await keep(1, foreign);
    await keep(NARROW, last);
    await keep(1, own);
    raise(foreign, 7);
    raise(last, 8);
    raise(own, 9);
    expect([foreign, last, own].map((partition) => reaps.heldNothing(partition))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('notes what is being restored by way of this node, until all of it has arrived', () => {
    const releases = [adoption.hold([own, own, last]), adoption.hold([own])];
    expect([own, last, foreign].map((at) => adoption.holds(at))).toEqual([true, true, false]);
    raise(own, 7);
    expect(reaps.heldNothing(own)).toBe(false);
    releases[0]?.();
    expect([adoption.holds(own), adoption.holds(last)]).toEqual([true, false]);
    releases[1]?.();
    raise(own, 8);
    expect(reaps.heldNothing(own)).toBe(true);
  });

  it('ends with the node', () => {
    adoption.close();
    raise(own, 7);
    expect(reaps.of(own)).toBe(0);
  });
});
