/** Exchanges of what takes long to list: no side keeps the other waiting for longer than it may. */

import { beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../src/causality/context.ts';
import { encodeObject } from '../../../src/causality/object-codec.ts';
import { ABSENT, supersede } from '../../../src/causality/sibling-object.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { PAGE_MS_MAX } from '../../../src/repair/exchange-messages.ts';
import { ExchangeServer } from '../../../src/repair/exchange-server.ts';
import { newTally } from '../../../src/repair/exchange-tally.ts';
import { ExchangeTimes } from '../../../src/repair/exchange-times.ts';
import { Pace } from '../../../src/repair/pace.ts';
import { PairExchange, type PairExchangePorts } from '../../../src/repair/pair-exchange.ts';
import { makeRepairMetrics } from '../../../src/repair/repair-metrics.ts';
import { Admission } from '../../../src/replica/admission.ts';
import { DamagedRecords } from '../../../src/replica/damaged-records.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import { Replica } from '../../../src/replica/replica.ts';
import { partitionRest } from '../../../src/replica/store-keys.ts';
import { Trees } from '../../../src/replica/trees.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimNetwork } from '../../../src/sim/sim-network.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { type Exchange, SimTransport } from '../../../src/sim/sim-transport.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const NODES = ['n1', 'n2'];
const TREE = { partition: 0, epoch: 1, n: 2 };
const QUICK = 1_000_000_000;
/** A stretch of 256 KiB in about 1.2 s, so all keys take longer than a call may. */
const SLOW = 220_000;
const VALUE_BYTES = 64 * 1024;
const KEYS = 40;
/** The page ends after the stretch in which its time ran out. */
const PAGE_WITH_LAST_STRETCH_MS = PAGE_MS_MAX + 1_500;

const view = fixedView({
  members: NODES.map((id) => ({ id })),
  partitionCount: 1,
  replicationFactor: 2,
});

let simulation: Simulation;
let network: SimNetwork;
let exchange: Exchange;
/** In virtual ms: when n2 was asked for keys, and when it answered. */
let asked: number[];
let answered: number[];

beforeEach(() => {
  simulation = new Simulation(1, settle);
  network = new SimNetwork(simulation);
  exchange = new Map();
  asked = [];
  answered = [];
  simulation.onTrace = (line) => {
    if (!line.includes('arrived') || !line.endsWith(' repair.list')) return;
    (line.includes('reply') ? answered : asked).push(simulation.nowMs);
  };
});

/** A replica of the one partition that answers the other one. */
function start(self: NodeId, readBytesPerSecond: number): PairExchangePorts {
  const clock = new SimClock(simulation);
  const store = new SimStore(simulation, new SimDisk(), () => {});
  const logger = new SimLogger(simulation, self);
  const metrics = new SimMetrics();
  const trees = new Trees({ self, view, store, clock });
  const damaged = new DamagedRecords({ clock, logger, metrics });
  const reaps = new ReapNumbers(store);
  const lineage = { id: 1, nextActorEpoch: () => 1 };
  const world = { self, view, store, clock, logger, metrics };
  const replica = new Replica({ ...world, trees, damaged, reaps, lineage });
  const onFatal = (error: unknown) => {
    throw error;
  };
  const common = { simulation, network, exchange, peers: NODES, clock, onFatal };
  const transport = new SimTransport({ ...common, self });
  const ports = {
    clock,
    random: simulation.random,
    transport,
    store,
    trees,
    damaged,
    replica,
    times: new ExchangeTimes(clock),
    counts: makeRepairMetrics(metrics),
    readPace: new Pace(clock, readBytesPerSecond),
    objectPace: new Pace(clock, QUICK),
    isClosed: () => false,
  };
  new ExchangeServer({ ...ports, admission: new Admission(self, view), reaps }).serve(transport);
  replica.serve(transport);
  transport.open();
  return ports;
}

async function fill({ replica }: PairExchangePorts): Promise<void> {
  for (let i = 0; i < KEYS; i++) {
    const dot = { lineage: 2, actorEpoch: 1, counter: 1 };
    const value = new Uint8Array(VALUE_BYTES).fill(i);
    const content = { value, contentType: '', meta: [], hlc: 1 };
    const encoded = encodeObject(supersede(ABSENT, EMPTY_CONTEXT, dot, content));
    const address = { partition: 0, epoch: 1, bucketNumber: 1, key: utf8(`k${i}`) };
    await simulation.complete(replica.store(address, { encoded, reap: 0 }));
  }
}

function buildTrees({ trees }: PairExchangePorts): void {
  const build = trees.beginBuild(0, () => {});
  while (!build.step().complete);
  trees.finishBuild(0, build);
}

const rootOf = ({ trees }: PairExchangePorts) => trees.tree(0, 2)?.root;
const keptBy = ({ store }: PairExchangePorts) => [...store.range(partitionRest(0, 0))].length;

/** n1 drives; resolves with the trees that differ still. */
async function exchangeAll(n1: PairExchangePorts, n2: PairExchangePorts) {
  for (const node of [n1, n2]) buildTrees(node);
  expect(rootOf(n1)).not.toBe(rootOf(n2));
  const comparison = { peer: 'n2', bucketNumber: null, tally: newTally() };
  const left = await simulation.complete(new PairExchange(n1, comparison).exchange([TREE]));
  expect([left, keptBy(n1), keptBy(n2)]).toEqual([[], KEYS, KEYS]);
  expect(rootOf(n1)).toBe(rootOf(n2));
}

describe('a listing of keys that takes long', () => {
  it('at the node that drives goes page by page, and the peer is asked after each', async () => {
    const [n1, n2] = [start('n1', SLOW), start('n2', QUICK)];
    await fill(n1);
    const startedAt = simulation.nowMs;
    await exchangeAll(n1, n2);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    // Before the first, a write that was under way had a second to arrive.
    const waits = asked.map((at, i) => at - (answered[i - 1] ?? startedAt + 1_000));
    expect(Math.max(...waits)).toBeLessThan(PAGE_WITH_LAST_STRETCH_MS);
  });

  it('at the node that is asked ends before whoever asks gives up', async () => {
    const [n1, n2] = [start('n1', QUICK), start('n2', SLOW)];
    await fill(n2);
    await exchangeAll(n1, n2);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    const took = answered.map((at, i) => at - (asked[i] as number));
    expect(Math.max(...took)).toBeLessThan(PAGE_WITH_LAST_STRETCH_MS);
  });
});
