import { beforeEach, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../src/causality/context.ts';
import { encodeObject } from '../../../src/causality/object-codec.ts';
import { ABSENT, supersede } from '../../../src/causality/sibling-object.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { Fallback } from '../../../src/replica/fallback.ts';
import { Hints } from '../../../src/replica/hints.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import type { Replica } from '../../../src/replica/replica.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView, ringWithList } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const fixed = fixedView({
  members: ['n1', 'n2', 'n3', 'n4'].map((id) => ({ id })),
  partitionCount: 1,
  replicationFactor: 3,
});
/** In which n4 stands in for others. */
const ring = ringWithList(fixed.ring(), 0, ['n1', 'n2', 'n3']);
const view = { ...fixed, ring: () => ring };
const dot = { lineage: 1, actorEpoch: 1, counter: 1 };
const content = { value: utf8('v'), contentType: '', meta: [], hlc: 1 };
const object = supersede(ABSENT, EMPTY_CONTEXT, dot, content);
const address = { partition: 0, epoch: ring.epoch, bucketNumber: 1, key: utf8('k') };

let simulation: Simulation;
let hints: Hints;
let fallback: Fallback;
let bucketDeleted: boolean;
let departing: boolean;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  const store = new SimStore(simulation, new SimDisk(), () => {});
  const reaps = new ReapNumbers(store);
  const clock = new SimClock(simulation);
  hints = new Hints({ store, reaps, clock, metrics: new SimMetrics(), bytesMax: 1_000_000 });
  bucketDeleted = false;
  departing = false;
  const replica = { receive: () => object } as unknown as Replica;
  fallback = new Fallback({
    self: 'n4',
    view: {
      ...view,
      get departing() {
        return departing;
      },
      bucketNumbered: (number) => (bucketDeleted ? undefined : view.bucketNumbered(number)),
    },
    store,
    hints,
    reaps,
    replica,
  });
});

const keep = (target = 'n1', changed = {}) => {
  const state = { encoded: encodeObject(object), reap: 0 };
  return simulation.complete(fallback.store(target, { ...address, ...changed }, state));
};

it('keeps what it is given for another node', async () => {
  await keep();
  expect(hints.hasAnyIn(0)).toBe(true);
});

it('keeps nothing for another ring, nor for who does not keep the key', async () => {
  await expect(keep('n1', { epoch: 1 })).rejects.toMatchObject({ code: 'stale_epoch' });
  await expect(keep('n5')).rejects.toMatchObject({ code: 'not_a_replica' });
  expect(hints.hasAnyIn(0)).toBe(false);
});

it('keeps nothing new when this node is about to leave: it would go along', async () => {
  departing = true;
  await expect(keep()).rejects.toMatchObject({ code: 'not_a_replica' });
  expect(hints.hasAnyIn(0)).toBe(false);
});

it('keeps nothing of a bucket that was deleted: no sweep would come for it', async () => {
  bucketDeleted = true;
  await expect(keep()).rejects.toMatchObject({ code: 'no_such_bucket' });
  expect(hints.hasAnyIn(0)).toBe(false);
});
