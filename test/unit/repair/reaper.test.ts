import { expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { Transport } from '../../../src/ports/transport.ts';
import { BackgroundBudget } from '../../../src/repair/background-budget.ts';
import type { AgreeRequest } from '../../../src/repair/reap-messages.ts';
import { Reaper } from '../../../src/repair/reaper.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import { ReapableKeys } from '../../../src/replica/reapable-keys.ts';
import { encodeRecord, encodeVersion } from '../../../src/replica/record-codec.ts';
import type { Replica } from '../../../src/replica/replica.ts';
import { objectKey } from '../../../src/replica/store-keys.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimClock } from '../../../src/sim/sim-clock.ts';
import { SimLogger, SimMetrics } from '../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { fixedView } from '../../fixed-view.ts';
import { settle } from '../../sim/settle.ts';

/** More of the first than one entry takes; hints lie in all of them. */
const STUCK = 1_024;
const FREE = 1_500;

/** One node that reaps what lies in all these partitions. */
async function makeReaper(
  more: { readonly openSalvages?: () => readonly NodeId[]; readonly down?: boolean } = {},
) {
  const simulation = new Simulation(1, settle);
  const clock = new SimClock(simulation);
  const metrics = new SimMetrics();
  const store = new SimStore(simulation, new SimDisk(), () => {});
  const fixed = fixedView({ members: [{ id: 'n1' }], partitionCount: 2_048, replicationFactor: 1 });
  const members = more.down === true ? ['n1', 'n2'] : ['n1'];
  const { openSalvages = fixed.openSalvages } = more;
  const view = { ...fixed, openSalvages, members: () => members };
  const reapable = new ReapableKeys({ self: 'n1', view, clock });
  const partitions = [...Array(STUCK).keys(), FREE];
  const tombstone = { clock: [{ lineage: 1, actorEpoch: 1, counter: 1 }], siblings: [] };
  const value = encodeRecord(encodeVersion(tombstone), undefined);
  const keys = partitions.map((partition) =>
    objectKey({ partition, bucketNumber: 1, key: utf8('k') }),
  );
  await simulation.complete(store.write(keys.map((key) => ({ type: 'put' as const, key, value }))));
  for (const partition of view.ring().replicas.keys()) reapable.beginScan(partition);
  for (const [i, partition] of partitions.entries()) {
    reapable.note({ partition }, keys[i] as Uint8Array, tombstone);
  }
  const begun: number[] = [];
  const call = async (_: string, { kind }: { kind: string }, request: unknown) => {
    if (kind === 'reap.held') return (request as readonly number[]).filter((one) => one < STUCK);
    if (kind === 'reap.adopt') return [];
    const { items = [] } = request as Partial<AgreeRequest>;
    return kind === 'reap.remove' ? items.length : items.map(() => true);
  };
  const ports = {
    self: 'n1',
    view,
    clock,
    random: new SeededRandom(1),
    store,
    reaps: new ReapNumbers(store),
    replica: { reapable, marks: { releaseForgotten: async () => {} } } as unknown as Replica,
    transport: { call } as unknown as Transport,
    liveness: {
      reachable: (node: NodeId) => node === 'n1',
      responsive: (node: NodeId) => node === 'n1',
      mayAnswer: () => true,
      onReturn: () => () => {},
    },
    budget: new BackgroundBudget({ clock, metrics, requestsInFlight: () => 0 }),
    logger: new SimLogger(simulation, 'n1'),
    metrics,
    reapEveryMs: 1_000,
    begin: async (named: readonly { readonly partition: number }[]) =>
      begun.push(...named.map(({ partition }) => partition)),
    onFatal: (error: unknown) => {
      throw error;
    },
  };
  const reaper = new Reaper(ports);
  reaper.start();
  return { simulation, reaper, begun, metrics };
}

it('comes to partitions behind those that cannot be reaped', async () => {
  const { simulation, reaper, begun } = await makeReaper();
  await simulation.advance(10_000);
  reaper.stop();
  expect(begun).toContain(FREE);
});

it('waits while what a dead node held may be salvaged, and says for whom', async () => {
  let open = ['n7', 'n8'];
  const { simulation, reaper, begun, metrics } = await makeReaper({ openSalvages: () => open });
  await simulation.advance(10_000);
  expect(begun).toEqual([]);
  expect(reaper.status()).toMatchObject({
    waiting: STUCK + 1,
    hindrances: [{ obstacle: 'salvage_open', nodes: ['n7', 'n8'] }],
  });
  const cause = 'salvage_open';
  expect(metrics.value('reap_partitions_failed_total', { cause })).toBeGreaterThan(STUCK);
  open = [];
  await simulation.advance(10_000);
  reaper.stop();
  expect(begun).toContain(FREE);
});

it('tells all that a round need not be tried for', async () => {
  const { simulation, reaper } = await makeReaper({ openSalvages: () => ['n7'], down: true });
  await simulation.advance(2_000);
  reaper.stop();
  expect(reaper.status().hindrances).toMatchObject([
    { obstacle: 'salvage_open', nodes: ['n7'] },
    { obstacle: 'member_down', nodes: ['n2'] },
  ]);
});
