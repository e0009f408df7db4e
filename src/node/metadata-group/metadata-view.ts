/** The cluster as the rest of this node sees it: what the state machine says, as of now. */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import { isOfCluster, type NodeRecord, openSalvages } from '../../metadata/node-record.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Bucket, ClusterView } from '../../ring/cluster-view.ts';
import type { Ring } from '../../ring/ring.ts';

export type Seal = (bytes: Uint8Array) => bigint;

/** A keyed hash under the cluster's secret. */
export type SealUnder = (secret: Uint8Array) => Seal;

const NO_NUMBERS: readonly number[] = [];

/** What the view needs of this node's part in the group. */
interface GroupSeen {
  readonly state: MetadataState | undefined;
  readonly registered: boolean;
  readonly departing: boolean;
}

export class MetadataView implements ClusterView {
  readonly clusterId: string;
  readonly clusterNumber: bigint;
  readonly #group: GroupSeen;
  readonly #clock: Clock;
  readonly #sealUnder: SealUnder;
  readonly #awaitNews: () => () => void;
  #seal: Seal | undefined;
  readonly #waiters = new Set<() => void>();
  #nodes: readonly NodeRecord[] = [];
  #members: readonly NodeId[] = [];

  /** @param awaitNews called when somebody waits for a change; what it returns, when no more */
  constructor(
    clusterId: string,
    group: GroupSeen,
    clock: Clock,
    sealUnder: SealUnder,
    awaitNews: () => () => void,
  ) {
    this.clusterId = clusterId;
    this.clusterNumber = BigInt(`0x${clusterId}`);
    this.#group = group;
    this.#clock = clock;
    this.#sealUnder = sealUnder;
    this.#awaitNews = awaitNews;
  }

  readonly seal: Seal = (bytes) => {
    this.#seal ??= this.#sealUnder(this.#known().cluster.secret);
    return this.#seal(bytes);
  };

  get formed(): boolean {
    return this.#group.state?.ring() !== undefined;
  }

  get counted(): boolean {
    return this.#group.registered;
  }

  get departing(): boolean {
    return this.#group.departing;
  }

  ring(): Ring {
    const ring = this.#group.state?.ring();
    if (ring !== undefined) return ring;
    throw this.forming();
  }

  /** What a client is told until the ring is drawn. */
  forming(): QuorateError {
    const reason = this.#group.state === undefined ? 'joining' : 'ring_forming';
    return new QuorateError('ring_forming', this.#whatIsMissing(), { reason });
  }

  members(): readonly NodeId[] {
    const nodes = this.#group.state?.members() ?? [];
    if (nodes !== this.#nodes) {
      this.#nodes = nodes;
      this.#members = nodes.map(({ name }) => name);
    }
    return this.#members;
  }

  isMember(node: NodeId): boolean {
    const record = this.#group.state?.nodeNamed(node);
    return record !== undefined && isOfCluster(record);
  }

  reapNumbers(): readonly number[] {
    return this.#group.state?.reapNumbers() ?? NO_NUMBERS;
  }

  idMarks(): readonly number[] {
    return this.#group.state?.idMarks() ?? NO_NUMBERS;
  }

  openSalvages(): readonly NodeId[] {
    return openSalvages(this.#group.state?.nodes() ?? []);
  }

  buckets(): Iterable<Bucket> {
    return this.#group.state?.buckets().values() ?? [];
  }

  bucket(name: string): Bucket | undefined {
    return this.#group.state?.bucket(name);
  }

  bucketNumbered(number: number): Bucket | undefined {
    return this.#group.state?.bucketNumbered(number);
  }

  get nextBucketNumber(): number {
    return this.#group.state?.nextBucketNumber ?? 1;
  }

  async until(condition: () => boolean, deadline: number): Promise<boolean> {
    if (condition()) return true;
    const end = this.#awaitNews();
    try {
      return await this.#holds(condition, deadline);
    } finally {
      end();
    }
  }

  /** The state has changed: whoever waits looks again. */
  changed(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  async #holds(condition: () => boolean, deadline: number): Promise<boolean> {
    do {
      const leftMs = deadline - this.#clock.now();
      if (leftMs <= 0) return false;
      await new Promise<void>((resolve) => {
        const wake = () => {
          timer.cancel();
          this.#waiters.delete(wake);
          resolve();
        };
        const timer = this.#clock.setTimer(leftMs, wake);
        this.#waiters.add(wake);
      });
    } while (!condition());
    return true;
  }

  #known(): MetadataState {
    const state = this.#group.state;
    if (state !== undefined) return state;
    throw this.forming();
  }

  #whatIsMissing(): string {
    const state = this.#group.state;
    if (state === undefined) return 'this node has not received the state of the cluster yet';
    const { length } = state.nodes();
    return `${length} of the ${state.cluster.expect} expected nodes have joined; the ring is drawn when all have`;
  }
}
