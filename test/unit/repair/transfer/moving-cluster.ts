/** A few nodes in one process whose partition 0 moves as the test says: for tests of transfers. */

import { EMPTY_CONTEXT } from '../../../../src/causality/context.ts';
import { utf8 } from '../../../../src/kernel/bytes.ts';
import { invariant } from '../../../../src/kernel/invariant.ts';
import { encodeAcceptorRecord } from '../../../../src/paxos/acceptor-record.ts';
import { encodeRegister } from '../../../../src/paxos/register-codec.ts';
import type { CallType } from '../../../../src/ports/transport.ts';
import { BackgroundBudget } from '../../../../src/repair/background-budget.ts';
import { ExchangeServer } from '../../../../src/repair/exchange-server.ts';
import { ExchangeTimes } from '../../../../src/repair/exchange-times.ts';
import { Pace } from '../../../../src/repair/pace.ts';
import { makeRepairMetrics } from '../../../../src/repair/repair-metrics.ts';
import {
  COPY_PARTITION,
  LEAVE_PARTITION,
  type TransferProgress,
} from '../../../../src/repair/transfer/transfer-messages.ts';
import { Transfers } from '../../../../src/repair/transfer/transfers.ts';
import { Admission } from '../../../../src/replica/admission.ts';
import { DamagedRecords } from '../../../../src/replica/damaged-records.ts';
import { Fallback } from '../../../../src/replica/fallback.ts';
import { Hints } from '../../../../src/replica/hints.ts';
import { ReapNumbers } from '../../../../src/replica/reap-numbers.ts';
import { Replica } from '../../../../src/replica/replica.ts';
import {
  type Address,
  clientKeyOf,
  hintKey,
  objectKey,
  partitionRest,
  registerKey,
} from '../../../../src/replica/store-keys.ts';
import { Trees } from '../../../../src/replica/trees.ts';
import type { Bucket, ClusterView } from '../../../../src/ring/cluster-view.ts';
import { type Move, type MoveStage, readListOf } from '../../../../src/ring/move.ts';
import type { Ring } from '../../../../src/ring/ring.ts';
import { SeededRandom } from '../../../../src/sim/seeded-random.ts';
import { SimClock } from '../../../../src/sim/sim-clock.ts';
import { SimNetwork } from '../../../../src/sim/sim-network.ts';
import { SimLogger, SimMetrics } from '../../../../src/sim/sim-observation.ts';
import { SimDisk, SimStore } from '../../../../src/sim/sim-store.ts';
import { type Exchange, SimTransport } from '../../../../src/sim/sim-transport.ts';
import { Simulation } from '../../../../src/sim/simulation.ts';
import { fixedView } from '../../../fixed-view.ts';
import { settle } from '../../../sim/settle.ts';
import { ballot, holding } from '../../paxos/some.ts';

export const NODES = ['n1', 'n2', 'n3', 'n4', 'n5'] as const;
export type NodeName = (typeof NODES)[number];

/** Bucket numbers by n. */
export const SOLO = 1;
export const PAIR = 2;
export const TRIPLE = 3;
/** Of mode paxos, on three nodes. */
export const LEDGER = 4;
const REPLICAS: Readonly<Record<number, number>> = {
  [SOLO]: 1,
  [PAIR]: 2,
  [TRIPLE]: 3,
  [LEDGER]: 3,
};

const fixed = fixedView({
  members: NODES.map((id) => ({ id })),
  partitionCount: 4,
  replicationFactor: 3,
  buckets: ['solo', 'pair', 'triple', 'ledger'],
});
const buckets = [...fixed.buckets()].map(
  (bucket): Bucket => ({
    ...bucket,
    n: REPLICAS[bucket.number] as number,
    mode: bucket.number === LEDGER ? 'paxos' : 'dynamo',
  }),
);

export class MovingCluster {
  readonly simulation = new Simulation(1, settle);
  readonly network = new SimNetwork(this.simulation);
  readonly fatal: unknown[] = [];
  readonly dead = new Set<string>();
  readonly nodes: Readonly<Record<NodeName, MovingNode>>;
  readonly exchange: Exchange = new Map();
  /** What the metadata group says; each node looks at it, unless it is held back. */
  ring: Ring = fixed.ring();
  move: Move | undefined;
  epoch = 1;

  readonly wasRecovered: boolean;

  constructor(hintBytesMax = 1_000_000, wasRecovered = false) {
    this.wasRecovered = wasRecovered;
    const entries = NODES.map((id) => [id, new MovingNode(this, id, hintBytesMax)]);
    this.nodes = Object.fromEntries(entries);
  }

  /** Where partition 0 is, at rest. */
  place(replicas: readonly NodeName[]): void {
    this.move = undefined;
    this.#enter(replicas);
  }

  begin(from: readonly NodeName[], to: readonly NodeName[], stage: MoveStage): void {
    this.move = { partition: 0, session: this.epoch + 1, stage, from, to };
    this.#enter(readListOf(this.move));
  }

  stage(stage: MoveStage): void {
    invariant(this.move !== undefined, 'a move is under way');
    this.move = { ...this.move, stage };
    this.#enter(readListOf(this.move));
  }

  #enter(replicas: readonly string[]): void {
    this.epoch++;
    const { ring, move, epoch } = this;
    this.ring = {
      ...ring,
      epoch,
      replicas: ring.replicas.map((list, partition) => (partition === 0 ? replicas : list)),
      partitionEpochs: ring.partitionEpochs.map((old, partition) =>
        partition === 0 ? epoch : old,
      ),
      moves: new Map(move === undefined ? [] : [[0, move]]),
    };
  }

  get moving() {
    return { partition: 0, epoch: this.epoch, session: this.move?.session ?? 0 };
  }

  /** As whoever carries the move out asks: from the last node, unless it is the one asked. */
  ask<Request, Reply>(
    node: NodeName,
    type: CallType<Request, Reply>,
    request: Request,
    from: NodeName = node === 'n5' ? 'n2' : 'n5',
  ): Promise<Reply> {
    const deadline = this.simulation.nowMs + 5_000;
    return this.simulation.complete(
      this.nodes[from].transport.call(node, type, request, { deadline }),
    );
  }

  copy(node: NodeName, sources: readonly NodeName[]): Promise<TransferProgress> {
    return this.ask(node, COPY_PARTITION, { ...this.moving, sources });
  }

  leave(node: NodeName): Promise<TransferProgress> {
    return this.ask(node, LEAVE_PARTITION, this.moving);
  }

  /** Asks until it does not run any more, or for so long. */
  async until(ask: () => Promise<TransferProgress>, timeoutMs = 60_000): Promise<TransferProgress> {
    const endsAt = this.simulation.nowMs + timeoutMs;
    for (;;) {
      const progress = await ask();
      if (progress.state !== 'running' || this.simulation.nowMs > endsAt) return progress;
      await this.simulation.advance(50);
    }
  }

  async buildTrees(...ids: readonly NodeName[]): Promise<void> {
    for (const id of ids) {
      const { trees } = this.nodes[id];
      for (const partition of trees.keptPartitions()) {
        if (trees.isReady(partition)) continue;
        const build = trees.beginBuild(partition, () => {});
        while (!build.step().complete) await settle();
        trees.finishBuild(partition, build);
      }
    }
  }
}

export class MovingNode {
  readonly id: NodeName;
  readonly disk = new SimDisk();
  counted = true;
  /** What this node still takes for the ring; undefined: it has heard all. */
  heldBack: Ring | undefined;
  store!: SimStore;
  transport!: SimTransport;
  trees!: Trees;
  replica!: Replica;
  hints!: Hints;
  fallback!: Fallback;
  reaps!: ReapNumbers;
  damaged!: DamagedRecords;
  transfers!: Transfers;
  metrics!: SimMetrics;
  readonly #cluster: MovingCluster;
  readonly #hintBytesMax: number;
  #lives = 0;

  constructor(cluster: MovingCluster, id: NodeName, hintBytesMax: number) {
    this.id = id;
    this.#cluster = cluster;
    this.#hintBytesMax = hintBytesMax;
    this.start();
  }

  start(): void {
    const { simulation, network, exchange, dead } = this.#cluster;
    const self = this.id;
    const life = ++this.#lives * 100 + Number(self.slice(1));
    const clock = new SimClock(simulation);
    const metrics = new SimMetrics();
    const logger = new SimLogger(simulation, self);
    const onFatal = (error: unknown) => void this.#cluster.fatal.push(error);
    const store = new SimStore(simulation, this.disk, onFatal);
    const view = this.#view();
    const trees = new Trees({ self, view, store, clock });
    const damaged = new DamagedRecords({ clock, logger, metrics });
    const kind = 'registers';
    const damagedRegisters = new DamagedRecords({ clock, logger, metrics, kind });
    const reaps = new ReapNumbers(store);
    let actorEpoch = 1;
    const lineage = { id: life, nextActorEpoch: () => actorEpoch++ };
    const own = { self, view, store, clock, logger, metrics, trees, damaged, reaps, onFatal };
    const replica = new Replica({ ...own, lineage });
    const hints = new Hints({ ...own, bytesMax: this.#hintBytesMax });
    const fallback = new Fallback({ ...own, hints, replica });
    const peers = [...NODES];
    const transport = new SimTransport({ ...own, simulation, network, exchange, peers });
    const budget = new BackgroundBudget({ clock, metrics, requestsInFlight: () => 0 });
    const transfers = new Transfers({
      ...own,
      random: new SeededRandom(1),
      transport,
      replica,
      hints,
      budget,
      damagedRegisters,
      wasRecovered: this.#cluster.wasRecovered,
      isDead: (node) => dead.has(node),
    });
    const exchanges = new ExchangeServer({
      ...own,
      admission: new Admission(self, view),
      times: new ExchangeTimes(clock),
      counts: makeRepairMetrics(metrics),
      readPace: new Pace(clock, 1e9),
      objectPace: new Pace(clock, 1e9),
    });
    Object.assign(this, { store, transport, trees, replica, hints, fallback, reaps, damaged });
    Object.assign(this, { transfers, metrics });
    replica.serve(transport);
    fallback.serve(transport);
    exchanges.serve(transport);
    transfers.serve(transport);
    transport.open();
  }

  /** Ends the process where it is; what is on disk stays. */
  crash(): void {
    this.transfers.stop();
    this.replica.close();
    this.transport.halt();
    this.store.halt();
    this.disk.loseWhatIsNotFlushed();
  }

  async put(key: string, value = key, bucketNumber = TRIPLE): Promise<void> {
    const content = { value: utf8(value), contentType: '', meta: [] };
    const address = { ...addressOf(key, bucketNumber), epoch: this.#cluster.epoch };
    const write = this.replica.coordinate(address, EMPTY_CONTEXT, content);
    await this.#cluster.simulation.complete(write.durable);
  }

  async hint(target: string, key: string, bucketNumber = TRIPLE): Promise<void> {
    const { simulation, nodes } = this.#cluster;
    const scribe = Object.values(nodes).find((node) => node !== this) as MovingNode;
    const content = { value: utf8(key), contentType: '', meta: [] };
    const address = { ...addressOf(key, bucketNumber), epoch: this.#cluster.epoch };
    const local = { object: { clock: [], siblings: [] }, self: undefined };
    const { encoded, reap } = scribe.replica.mint(
      address,
      local,
      EMPTY_CONTEXT,
      content,
      'siblings',
    );
    await simulation.complete(this.fallback.store(target, address, { encoded, reap }));
  }

  /** Has accepted a value of the key under this ballot. */
  async accept(key: string, accepted = ballot(1, this.#cluster.epoch)): Promise<void> {
    const record = encodeAcceptorRecord({
      promised: accepted,
      accepted,
      copied: false,
      register: encodeRegister(holding(key, accepted)),
    });
    const storedKey = registerKey(addressOf(key, LEDGER));
    const write = this.store.write([{ type: 'put', key: storedKey, value: record }]);
    await this.#cluster.simulation.complete(write);
  }

  /** What this node has from the other one's disk of these keys, by merging. */
  async takeFrom(other: MovingNode, key: string, bucketNumber = TRIPLE): Promise<void> {
    const address = { ...addressOf(key, bucketNumber), epoch: this.#cluster.epoch };
    const state = other.replica.version(address);
    invariant(state !== undefined, `${other.id} has ${key}`);
    await this.#cluster.simulation.complete(this.replica.store(address, state));
  }

  /** Client keys of partition 0, each with its bucket. */
  keys(bucketNumber?: number): readonly string[] {
    return [...this.store.range(partitionRest(0, 0))]
      .map(({ key }) => ({ number: key[8], name: Buffer.from(clientKeyOf(key)).toString() }))
      .filter(({ number }) => bucketNumber === undefined || number === bucketNumber)
      .map(({ name }) => name);
  }

  valuesOf(key: string, bucketNumber = TRIPLE): readonly string[] {
    const record = this.replica.read(addressOf(key, bucketNumber));
    return (record?.object.siblings ?? []).map(({ value }) => Buffer.from(value).toString());
  }

  async damage(key: string, bucketNumber = TRIPLE): Promise<void> {
    await this.#flip(objectKey(addressOf(key, bucketNumber)));
  }

  async damageHint(target: string, key: string): Promise<void> {
    await this.#flip(hintKey(target, addressOf(key, TRIPLE)));
  }

  async #flip(storedKey: Uint8Array): Promise<void> {
    const value = Buffer.from(this.store.get(storedKey) as Uint8Array);
    value[value.length - 1] = (value.at(-1) as number) ^ 1;
    const write = this.store.write([{ type: 'put', key: storedKey, value }]);
    await this.#cluster.simulation.complete(write);
  }

  #view(): ClusterView {
    const cluster = this.#cluster;
    const { simulation } = cluster;
    const ring = () => this.heldBack ?? cluster.ring;
    const until = async (condition: () => boolean, deadline: number) => {
      while (!condition()) {
        if (simulation.nowMs >= deadline) return false;
        await new Promise<void>((resolve) => void simulation.schedule(5, resolve));
      }
      return true;
    };
    const view: ClusterView = {
      ...fixed,
      ring,
      until,
      buckets: () => buckets,
      bucketNumbered: (number) => buckets[number - 1],
    };
    return Object.defineProperty(view, 'counted', { get: () => this.counted });
  }
}

export function addressOf(key: string, bucketNumber = TRIPLE): Address {
  return { partition: 0, bucketNumber, key: utf8(key) };
}
