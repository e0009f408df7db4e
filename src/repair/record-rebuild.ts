/**
 * Rebuilds damaged records (protocols.md, section 1): one counts for neither R nor W until it is
 * whole again, by merging what all other replicas of the key have. One that does not answer may
 * be the one that has an acknowledged write, so all of them must; else it is tried again later.
 * While the partition moves, those on the way out are among them, and a newcomer is when it is
 * filled.
 */

import { decodeObject } from '../causality/object-codec.ts';
import { ABSENT, merge, type SiblingObject } from '../causality/sibling-object.ts';
import { DecodeError, mapKeyOf } from '../kernel/bytes.ts';
import { isExpected, StoreError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Counter } from '../ports/metrics.ts';
import type { Transport } from '../ports/transport.ts';
import type { DamagedRecords } from '../replica/damaged-records.ts';
import { type Addressed, FETCH_OBJECT, fetchRequest } from '../replica/messages.ts';
import type { Replica } from '../replica/replica.ts';
import { type Address, objectKey } from '../replica/store-keys.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { completeKeepersOf } from '../ring/complete-keepers.ts';
import { partitionEpoch } from '../ring/ring.ts';

export interface RecordRebuildPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly replica: Replica;
  readonly damaged: DamagedRecords;
  readonly rebuilt: Counter;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

const FETCH_MS_MAX = 5_000;
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 300_000;

interface Failing {
  readonly failures: number;
  /** In `clock.now()`. */
  readonly nextAt: number;
}

export class RecordRebuild {
  readonly #ports: RecordRebuildPorts;
  /** By stored key. */
  readonly #failing = new Map<string, Failing>();
  #running = false;
  #timer: Timer | undefined;
  #closed = false;

  constructor(ports: RecordRebuildPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#ports.damaged.watch(() => this.#run());
    this.#run();
  }

  stop(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #run(): void {
    if (this.#running || this.#closed) return;
    this.#running = true;
    this.#timer?.cancel();
    this.#pass().then(
      () => {
        this.#running = false;
        this.#plan();
      },
      (error: unknown) => {
        // A store that failed has stopped the node already.
        if (!(error instanceof StoreError)) this.#ports.onFatal(error);
      },
    );
  }

  #plan(): void {
    const { damaged, clock } = this.#ports;
    if (this.#closed || damaged.size === 0) return;
    this.#timer = clock.setTimer(RETRY_MS_MIN, () => this.#run());
  }

  /** Tries each record once whose time has come. */
  async #pass(): Promise<void> {
    const { damaged, view, clock } = this.#ports;
    for (const address of damaged.all()) {
      if (this.#closed || !view.formed || !view.counted) return;
      const name = mapKeyOf(objectKey(address));
      const failing = this.#failing.get(name);
      if (failing !== undefined && clock.now() < failing.nextAt) continue;
      if (await this.#rebuild(address)) {
        this.#failing.delete(name);
        damaged.settle(address);
      } else if (!this.#closed) {
        const failures = (failing?.failures ?? 0) + 1;
        const pauseMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** failures);
        this.#failing.set(name, { failures, nextAt: clock.now() + pauseMs });
      }
    }
  }

  /** True when there is nothing (more) to do. */
  async #rebuild(address: Address): Promise<boolean> {
    const { self, view, replica, rebuilt, logger } = this.#ports;
    if (!replica.isDamaged(address)) return true;
    const bucket = view.bucketNumbered(address.bucketNumber);
    // The sweep removes what is left of a deleted bucket.
    if (bucket === undefined) return true;
    const ring = view.ring();
    const { partition } = address;
    const keepers = completeKeepersOf(ring, partition, bucket.n);
    const others = keepers.filter((node) => node !== self);
    if (others.length === 0) return false;
    const placed = { ...address, epoch: partitionEpoch(ring, partition) };
    try {
      const objects = await Promise.all(others.map((node) => this.#fetch(node, placed)));
      if (this.#closed) return false;
      const known = objects.map(({ object }) => object).reduce(merge, ABSENT);
      const reap = Math.min(...objects.map((fetched) => fetched.reap));
      if (!(await replica.mend(placed, known, reap))) return true;
    } catch (error) {
      if (!isExpected(error) && !(error instanceof DecodeError)) throw error;
      logger.debug('a damaged record could not be rebuilt yet', { error });
      return false;
    }
    rebuilt.add();
    return true;
  }

  async #fetch(
    node: NodeId,
    address: Addressed,
  ): Promise<{ readonly object: SiblingObject; readonly reap: number }> {
    const { transport, clock } = this.#ports;
    const deadline = clock.now() + FETCH_MS_MAX;
    const request = fetchRequest(address, null);
    const [reap, , version] = await transport.call(node, FETCH_OBJECT, request, { deadline });
    return { object: version instanceof Uint8Array ? decodeObject(version) : ABSENT, reap };
  }
}
