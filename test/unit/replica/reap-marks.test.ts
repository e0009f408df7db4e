import { beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../src/causality/context.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { DamagedRecords } from '../../../src/replica/damaged-records.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import { Replica } from '../../../src/replica/replica.ts';
import { objectKey } from '../../../src/replica/store-keys.ts';
import { Trees } from '../../../src/replica/trees.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const ROUND = 5;
const view = fixedView({
  members: ['n1', 'n2', 'n3'].map((id) => ({ id })),
  partitionCount: 1,
  replicationFactor: 3,
});

let simulation: Simulation;
let disk: SimDisk;
let trees: Trees;
let replica: Replica;

function open(): void {
  const store = new SimStore(simulation, disk, () => {});
  const clock = new SimClock(simulation);
  const logger = new SimLogger(simulation, 'n1');
  const metrics = new SimMetrics();
  trees = new Trees({ self: 'n1', view, store, clock });
  let actorEpoch = 1;
  replica = new Replica({
    self: 'n1',
    view,
    store,
    trees,
    damaged: new DamagedRecords({ clock, logger, metrics }),
    reaps: new ReapNumbers(store),
    lineage: { id: 1, nextActorEpoch: () => actorEpoch++ },
    clock,
    logger,
    metrics,
  });
  const build = trees.beginBuild(0, () => {});
  build.step();
  trees.finishBuild(0, build);
}

const at = (key: string) => ({ partition: 0, bucketNumber: 1, key: utf8(key), epoch: 1 });
const stored = (key: string) => objectKey(at(key));
const counted = () => trees.tree(0, 3)?.count;

async function tombstone(key: string): Promise<{ storedKey: Uint8Array; digest: bigint }> {
  const { durable, digest } = replica.coordinate(at(key), EMPTY_CONTEXT, undefined);
  await simulation.complete(durable);
  return { storedKey: stored(key), digest };
}

const mark = async (...keys: { storedKey: Uint8Array; digest: bigint }[]) =>
  simulation.complete(replica.marks.mark(ROUND, keys));
const remove = async (key: string, round = ROUND) =>
  (await simulation.complete(replica.marks.remove(round, [stored(key)]))).length;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  disk = new SimDisk();
  open();
});

describe('marks of keys that are to be reaped', () => {
  it('are given to the version that was named only, and take it out of the trees', async () => {
    const a = await tombstone('a');
    const b = await tombstone('b');
    expect(await mark(a, { ...b, digest: 1n }, { ...a, storedKey: stored('c') })).toEqual([
      true,
      false,
      false,
    ]);
    expect([counted(), trees.isLeftOut(a.storedKey), trees.isLeftOut(b.storedKey)]).toEqual([
      1,
      true,
      false,
    ]);
  });

  it('let the key go, in their own round, and once', async () => {
    await mark(await tombstone('a'));
    expect(await remove('a', ROUND + 1)).toBe(0);
    expect(await remove('a')).toBe(1);
    expect(await remove('a')).toBe(0);
    expect([replica.read(at('a')), counted()]).toEqual([undefined, 0]);
  });

  it('are nothing without a mark', async () => {
    await tombstone('a');
    expect(await remove('a')).toBe(0);
  });

  it('go when the key is written, which counts again and stays', async () => {
    await mark(await tombstone('a'));
    const content = { value: utf8('again'), contentType: '', meta: [] };
    await simulation.complete(replica.coordinate(at('a'), EMPTY_CONTEXT, content).durable);
    expect(counted()).toBe(1);
    expect(await remove('a')).toBe(0);
  });

  it('go when somebody sends the same version, since others count it', async () => {
    await mark(await tombstone('a'));
    const state = replica.version(at('a'));
    if (state !== undefined) await simulation.complete(replica.store(at('a'), state));
    expect([counted(), await remove('a')]).toEqual([1, 0]);
  });

  it('go at the end of the round, with the key as it was', async () => {
    await mark(await tombstone('a'));
    await simulation.complete(replica.marks.releasePartition(1));
    expect(counted()).toBe(0);
    await simulation.complete(replica.marks.releasePartition(0));
    expect([counted(), await remove('a')]).toEqual([1, 0]);
  });

  it('go after a time, where nobody ends the round', async () => {
    await mark(await tombstone('a'));
    await simulation.advance(20_000);
    await simulation.complete(replica.marks.releaseForgotten());
    expect(counted()).toBe(0);
    await simulation.advance(20_000);
    await simulation.complete(replica.marks.releaseForgotten());
    expect(counted()).toBe(1);
  });

  it('outlive a power loss, unless the key was written', async () => {
    await mark(await tombstone('a'), await tombstone('b'));
    await simulation.complete(replica.coordinate(at('b'), EMPTY_CONTEXT, undefined).durable);
    disk.loseWhatIsNotFlushed();
    open();
    expect(counted()).toBe(1);
    expect([await remove('a'), await remove('b')]).toEqual([1, 0]);
    expect(counted()).toBe(1);
  });

  it('keep a key out of trees that are being built', async () => {
    const a = await tombstone('a');
    await tombstone('b');
    const build = trees.beginBuild(0, () => {});
    await mark(a);
    build.step();
    expect(trees.finishBuild(0, build)).toBe('same');
    expect(counted()).toBe(1);
  });
});
