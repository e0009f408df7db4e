/** A cluster that does not change by itself, for tests of what lies above the metadata group. */

import { hash64 } from '../src/kernel/hash.ts';
import type { NodeId } from '../src/kernel/names.ts';
import type { Bucket, BucketMode, ClusterView } from '../src/ring/cluster-view.ts';
import { makeRing } from '../src/ring/make-ring.ts';
import { type Move, readListOf } from '../src/ring/move.ts';
import type { Ring } from '../src/ring/ring.ts';
import type { Simulation } from '../src/sim/simulation.ts';

export interface FixedCluster {
  readonly members: readonly { readonly id: string }[];
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** By their names; `test` unless others are named. */
  readonly buckets?: readonly string[];
  /** Of all buckets; `dynamo` unless another one is named. */
  readonly mode?: BucketMode;
}

export function fixedView(cluster: FixedCluster): ClusterView {
  const ring = makeRing({ ...cluster, epoch: 1 });
  const buckets = (cluster.buckets ?? ['test']).map(
    (name, i): Bucket => ({
      name,
      number: i + 1,
      n: cluster.replicationFactor,
      r: 'quorum',
      w: 'quorum',
      mode: cluster.mode ?? 'dynamo',
      conflict: 'siblings',
      ttlMs: undefined,
    }),
  );
  const members = cluster.members.map(({ id }) => id);
  const numbers: readonly number[] = [];
  return {
    clusterId: '00000000000000c1',
    clusterNumber: 0xc1n,
    seal: hash64,
    formed: true,
    counted: true,
    departing: false,
    ring: () => ring,
    members: () => members,
    isMember: (node) => members.includes(node),
    reapNumbers: () => numbers,
    idMarks: () => numbers,
    openSalvages: () => [],
    buckets: () => buckets,
    bucket: (name) => buckets.find((bucket) => bucket.name === name),
    bucketNumbered: (number) => buckets[number - 1],
    nextBucketNumber: buckets.length + 1,
    until: async (condition) => condition(),
  };
}

/** The ring after an entry that changed the move of one partition. */
export function ringWithMove(ring: Ring, move: Move): Ring {
  const { partition } = move;
  return {
    ...withEntry(ring, partition, readListOf(move)),
    moves: new Map(ring.moves).set(partition, move),
  };
}

/** The ring after an entry that left the partition with this list, and no move. */
export function ringWithList(ring: Ring, partition: number, list: readonly NodeId[]): Ring {
  const moves = new Map(ring.moves);
  moves.delete(partition);
  const after = withEntry(ring, partition, list);
  const listEpochs = ring.listEpochs.with(partition, after.epoch);
  return { ...after, listEpochs, moves };
}

function withEntry(ring: Ring, partition: number, list: readonly NodeId[]): Ring {
  const epoch = ring.epoch + 1;
  const { replicas, partitionEpochs } = ring;
  return {
    ...ring,
    epoch,
    replicas: replicas.with(partition, list),
    partitionEpochs: partitionEpochs.with(partition, epoch),
  };
}

/** How one node sees a cluster whose ring the test changes. */
export class ChangingView implements ClusterView {
  readonly #fixed: ClusterView;
  readonly #simulation: Simulation;
  readonly #waiting = new Set<() => void>();
  #ring: Ring;
  counted = true;
  departing = false;
  /** n by bucket name, where it is not that of the cluster. */
  readonly counts = new Map<string, number>();
  /** By partition: see `idMarks`. */
  marks: readonly number[] = [];
  /** Declared so in the metadata. */
  readonly dead = new Set<NodeId>();

  constructor(cluster: FixedCluster, simulation: Simulation) {
    this.#fixed = fixedView(cluster);
    this.#simulation = simulation;
    this.#ring = this.#fixed.ring();
  }

  /** The node hears of the ring. */
  hear(ring: Ring): void {
    this.#ring = ring;
    for (const look of [...this.#waiting]) look();
  }

  ring(): Ring {
    return this.#ring;
  }

  until(condition: () => boolean, deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition() && this.#simulation.nowMs < deadline) return;
        this.#waiting.delete(look);
        resolve(condition());
      };
      this.#waiting.add(look);
      this.#simulation.schedule(Math.max(0, deadline - this.#simulation.nowMs), look);
      look();
    });
  }

  get clusterId(): string {
    return this.#fixed.clusterId;
  }

  get clusterNumber(): bigint {
    return this.#fixed.clusterNumber;
  }

  get formed(): boolean {
    return true;
  }

  get nextBucketNumber(): number {
    return this.#fixed.nextBucketNumber;
  }

  readonly seal = (bytes: Uint8Array): bigint => this.#fixed.seal(bytes);

  members(): readonly NodeId[] {
    return this.#fixed.members().filter((node) => !this.dead.has(node));
  }

  isMember(node: NodeId): boolean {
    return this.members().includes(node);
  }

  reapNumbers(): readonly number[] {
    return this.#fixed.reapNumbers();
  }

  idMarks(): readonly number[] {
    return this.marks;
  }

  openSalvages(): readonly NodeId[] {
    return this.#fixed.openSalvages();
  }

  buckets(): readonly Bucket[] {
    return [...this.#fixed.buckets()].map((bucket) => this.#withCount(bucket));
  }

  bucket(name: string): Bucket | undefined {
    return this.buckets().find((bucket) => bucket.name === name);
  }

  bucketNumbered(number: number): Bucket | undefined {
    return this.buckets().find((bucket) => bucket.number === number);
  }

  #withCount(bucket: Bucket): Bucket {
    return { ...bucket, n: this.counts.get(bucket.name) ?? bucket.n };
  }
}
