import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { BLANK, encodeAcceptorRecord } from '../../../src/paxos/acceptor-record.ts';
import { BackgroundBudget } from '../../../src/repair/background-budget.ts';
import { makeRepairMetrics } from '../../../src/repair/repair-metrics.ts';
import { Scrub } from '../../../src/repair/scrub.ts';
import { DamagedRecords } from '../../../src/replica/damaged-records.ts';
import { objectKey, registerKey } from '../../../src/replica/store-keys.ts';
import { Trees } from '../../../src/replica/trees.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const DAY_MS = 86_400_000;
const PARTITIONS = 8;

let simulation: Simulation;
let metrics: SimMetrics;
let store: SimStore;
let damaged: DamagedRecords;
let damagedRegisters: DamagedRecords;
let scrub: Scrub;
/** Added to the wall clock. */
let daysMs: number;

beforeEach(() => {
  simulation = new Simulation(3, settle);
  metrics = new SimMetrics();
  store = new SimStore(simulation, new SimDisk(), () => {});
  daysMs = 0;
  const sim = new SimClock(simulation);
  const clock = {
    now: () => sim.now(),
    wallTime: () => sim.wallTime() + daysMs,
    setTimer: sim.setTimer.bind(sim),
  };
  const members = ['n1', 'n2', 'n3'].map((id) => ({ id }));
  const view = fixedView({ members, partitionCount: PARTITIONS, replicationFactor: 3 });
  const logger = new SimLogger(simulation, 'n1');
  damaged = new DamagedRecords({ clock, logger, metrics });
  damagedRegisters = new DamagedRecords({ clock, logger, metrics, kind: 'registers' });
  scrub = new Scrub({
    view,
    clock,
    random: simulation.random,
    store,
    trees: new Trees({ self: 'n1', view, store, clock }),
    damaged,
    damagedRegisters,
    counts: makeRepairMetrics(metrics),
    budget: new BackgroundBudget({ clock, metrics, requestsInFlight: () => 0 }),
    logger,
    onFatal: (error) => {
      throw error;
    },
  });
  scrub.start();
});

const builds = () => metrics.value('tree_builds_total') as number;

/** Lets so many days pass, looked at four times a day. */
async function live(days: number): Promise<readonly number[]> {
  const perDay: number[] = [];
  for (let day = 0; day < days; day++) {
    const before = builds();
    for (let look = 0; look < 4; look++) {
      daysMs += DAY_MS / 4;
      await simulation.advance(3_000);
    }
    perDay.push(builds() - before);
  }
  return perDay;
}

describe('a scrub', () => {
  it('builds what is missing at once, and reads everything again within a week, spread out', async () => {
    await simulation.advance(3_000);
    expect(builds()).toBe(PARTITIONS);
    expect(metrics.value('partitions_without_trees')).toBe(0);
    const perDay = await live(8);
    expect(perDay.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(PARTITIONS);
    expect(perDay.slice(0, 3)).toEqual([0, 0, 0]);
    expect(Math.max(...perDay)).toBeLessThan(PARTITIONS);
  });

  it('reads everything now when it is asked, and finds what is damaged', async () => {
    await simulation.advance(3_000);
    const key = objectKey({ partition: 5, bucketNumber: 1, key: utf8('k') });
    await simulation.complete(store.write([{ type: 'put', key, value: Buffer.alloc(40) }]));
    const tally = { partitionsDone: 0, records: 0, bytes: 0 };
    const { keptPartitions, ended } = scrub.readAll(tally);
    await simulation.complete(ended);
    expect(keptPartitions).toBe(PARTITIONS);
    expect(tally).toEqual({ partitionsDone: PARTITIONS, records: 1, bytes: key.length + 40 });
    expect(damaged.all()).toMatchObject([{ partition: 5, bucketNumber: 1 }]);
  });

  it('reads registers as well, and finds those that are damaged', async () => {
    await simulation.advance(3_000);
    const keyOf = (at: number) =>
      registerKey({ partition: 5, bucketNumber: 1, key: utf8(`key ${1_000 + at}`) });
    const whole = encodeAcceptorRecord(BLANK);
    const rotten = Uint8Array.from(whole, (byte, at) => (at === 0 ? byte ^ 1 : byte));
    const writes = Array.from({ length: 1_200 }, (_, at) => {
      return { type: 'put', key: keyOf(at), value: at === 1_100 ? rotten : whole } as const;
    });
    await simulation.complete(store.write(writes));
    const tally = { partitionsDone: 0, records: 0, bytes: 0 };
    await simulation.complete(scrub.readAll(tally).ended);
    expect(tally).toMatchObject({ partitionsDone: PARTITIONS, records: 1_200 });
    expect(damagedRegisters.all()).toEqual([
      { partition: 5, bucketNumber: 1, key: utf8('key 2100') },
    ]);
    expect(metrics.value('damaged_registers_found_total')).toBe(1);
    expect(damaged.all()).toEqual([]);
  });

  it('finds damaged registers within a week, unasked', async () => {
    await simulation.advance(3_000);
    const key = registerKey({ partition: 5, bucketNumber: 1, key: utf8('k') });
    await simulation.complete(store.write([{ type: 'put', key, value: Buffer.alloc(40) }]));
    await live(8);
    expect(damagedRegisters.size).toBe(1);
  });

  it('does nothing any more once it is stopped', async () => {
    await simulation.advance(3_000);
    scrub.stop();
    await simulation.complete(store.close());
    expect(await live(8)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });
});
