import { beforeEach, describe, expect, it } from 'vitest';
import { HashTree } from '../../../src/merkle/hash-tree.ts';
import { topPart } from '../../../src/merkle/walk.ts';
import type { CallType } from '../../../src/ports/transport.ts';
import {
  COMPARE_ROOTS,
  LIST_LEAVES,
  PULL_OBJECTS,
  type TreeName,
  WALK_TREE,
} from '../../../src/repair/exchange-messages.ts';
import { ExchangeServer } from '../../../src/repair/exchange-server.ts';
import { ExchangeTimes } from '../../../src/repair/exchange-times.ts';
import { Pace } from '../../../src/repair/pace.ts';
import { makeRepairMetrics } from '../../../src/repair/repair-metrics.ts';
import { Admission } from '../../../src/replica/admission.ts';
import { DamagedRecords } from '../../../src/replica/damaged-records.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import { Trees } from '../../../src/replica/trees.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimNetwork } from '../../../src/sim/sim-network.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { SimTransport } from '../../../src/sim/sim-transport.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

const fixed = fixedView({
  members: ['n1', 'n2', 'n3', 'n4'].map((id) => ({ id })),
  partitionCount: 8,
  replicationFactor: 2,
});
const { replicas } = fixed.ring();
const shared = replicas.findIndex((nodes) => nodes.includes('n1') && nodes.includes('n2'));
const without = (id: string) => replicas.findIndex((nodes) => !nodes.includes(id));

let simulation: Simulation;
let transport: SimTransport;
let trees: Trees;
let server: ExchangeServer;
let counted: boolean;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  counted = true;
  const view = Object.defineProperty({ ...fixed }, 'counted', { get: () => counted });
  const clock = new SimClock(simulation);
  const store = new SimStore(simulation, new SimDisk(), () => {});
  const logger = new SimLogger(simulation, 'n1');
  const metrics = new SimMetrics();
  trees = new Trees({ self: 'n1', view, store, clock });
  server = new ExchangeServer({
    admission: new Admission('n1', view),
    clock,
    store,
    trees,
    reaps: new ReapNumbers(store),
    damaged: new DamagedRecords({ clock, logger, metrics }),
    times: new ExchangeTimes(clock),
    counts: makeRepairMetrics(metrics),
    readPace: new Pace(clock, 1_000_000),
    objectPace: new Pace(clock, 1_000_000),
  });
  const exchange = new Map();
  const network = new SimNetwork(simulation);
  const peers = ['n1', 'n2'];
  const onFatal = (error: unknown) => {
    throw error;
  };
  const common = { simulation, network, exchange, peers, clock, onFatal };
  const own = new SimTransport({ ...common, self: 'n1' });
  server.serve(own);
  own.open();
  transport = new SimTransport({ ...common, self: 'n2' });
  transport.open();
});

function build(partition: number): void {
  const scan = trees.beginBuild(partition, () => {});
  scan.step();
  trees.finishBuild(partition, scan);
}

function ask<Request, Reply>(type: CallType<Request, Reply>, request: Request): Promise<Reply> {
  return simulation.complete(
    transport.call('n1', type, request, { deadline: simulation.nowMs + 1_000 }),
  );
}

const span = { after: null, last: null };
const kinds = {
  walk: (tree: TreeName) => ask(WALK_TREE, { tree, part: topPart(new HashTree(trees.depth)) }),
  list: (tree: TreeName) => ask(LIST_LEAVES, { tree, bucketNumber: null, leaves: [1], span }),
  pull: (tree: TreeName) => ask(PULL_OBJECTS, { tree, keyHashes: [1n], span }),
};

describe.each(['walk', 'list', 'pull'] as const)('what asks to %s', (kind) => {
  const tree = { partition: shared, epoch: 1, n: 2 };

  it('is answered for the ring and the trees that both keep', async () => {
    build(shared);
    await kinds[kind](tree);
    const refused = (changed: Partial<TreeName>, code: string) =>
      expect(kinds[kind]({ ...tree, ...changed })).rejects.toMatchObject({ code, definite: true });
    await refused({ epoch: 2 }, 'stale_epoch');
    await refused({ epoch: 0 }, 'stale_epoch');
    await refused({ n: 1 }, 'not_a_replica');
    await refused({ partition: without('n1') }, 'not_a_replica');
    await refused({ partition: without('n2') }, 'not_a_replica');
    await refused({ partition: 8 }, 'not_a_replica');
  });

  it('is refused by a node whose start is not registered, and by one that stops', async () => {
    build(shared);
    counted = false;
    await expect(kinds[kind](tree)).rejects.toMatchObject({ code: 'not_ready' });
    counted = true;
    server.close();
    await expect(kinds[kind](tree)).rejects.toMatchObject({ code: 'not_ready' });
  });
});

describe('roots', () => {
  it('are judged each by itself', async () => {
    build(shared);
    const verdicts = await ask(COMPARE_ROOTS, [
      [shared, 1, 2, 0n],
      [shared, 1, 2, 5n],
      [shared, 2, 2, 0n],
      [without('n2'), 1, 2, 0n],
    ]);
    expect(verdicts).toEqual(['equal', 'differs', 'stale_epoch', 'not_a_replica']);
    const other = replicas.findIndex(
      (nodes, i) => i !== shared && nodes.includes('n1') && nodes.includes('n2'),
    );
    if (other !== -1) expect(await ask(COMPARE_ROOTS, [[other, 1, 2, 0n]])).toEqual(['building']);
  });
});
