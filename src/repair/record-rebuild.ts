/**
 * Rebuilds damaged records (protocols.md, section 1): one counts for neither R nor W until it is
 * whole again, by merging what all other replicas of the key have. One that does not answer may
 * be the one that has an acknowledged write, so all of them must; else it is tried again later.
 * While the partition moves, those on the way out are among them, and a newcomer is when it is
 * filled.
 *
 * A record of which no whole replica is left stays damaged until an operator accepts the loss.
 */

import { decodeObject } from '../causality/object-codec.ts';
import { ABSENT, isAbsent, merge, type SiblingObject } from '../causality/sibling-object.ts';
import { DecodeError, mapKeyOf } from '../kernel/bytes.ts';
import { isExpected, QuorateError, StoreError } from '../kernel/errors.ts';
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

/**
 * What became of the damaged record: it was whole, or made so from those who could read theirs, or
 * nobody could, and it is gone.
 */
export type AcceptedLoss = 'whole' | 'rebuilt' | 'gone';

interface Fetched {
  readonly object: SiblingObject;
  readonly reap: number;
}

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

  /**
   * Puts what those know who can read their record in the place of the damaged one here. Throws
   * where one of them is silent: it may have all that was written.
   */
  async acceptLoss(address: Address): Promise<AcceptedLoss> {
    const { view, replica, damaged, logger } = this.#ports;
    if (!replica.isDamaged(address)) return 'whole';
    const n = view.bucketNumbered(address.bucketNumber)?.n ?? 0;
    const { placed, others } = this.#placeOf(address, n);
    const members = view.members();
    const asked = others.filter((node) => members.includes(node));
    const answers = await Promise.all(
      asked.map((node) => this.#fetch(node, placed).catch(undefinedWhereDamaged)),
    );
    const whole = answers.filter((answer) => answer !== undefined);
    if (!(await this.#mend(placed, whole))) return 'whole';
    damaged.settle(address);
    const outcome = whole.every(({ object }) => isAbsent(object)) ? 'gone' : 'rebuilt';
    const { partition, bucketNumber } = address;
    logger.warn('the loss of a damaged record was accepted', { partition, bucketNumber, outcome });
    return outcome;
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
    const { view, replica, rebuilt, logger } = this.#ports;
    if (!replica.isDamaged(address)) return true;
    const bucket = view.bucketNumbered(address.bucketNumber);
    // The sweep removes what is left of a deleted bucket.
    if (bucket === undefined) return true;
    const { placed, others } = this.#placeOf(address, bucket.n);
    if (others.length === 0) return false;
    try {
      const fetched = await Promise.all(others.map((node) => this.#fetch(node, placed)));
      if (this.#closed) return false;
      if (!(await this.#mend(placed, fetched))) return true;
    } catch (error) {
      if (!isExpected(error) && !(error instanceof DecodeError)) throw error;
      logger.debug('a damaged record could not be rebuilt yet', { error });
      return false;
    }
    rebuilt.add();
    return true;
  }

  /** The key in the ring as it is, and who else has all of it. */
  #placeOf(address: Address, n: number) {
    const { self, view } = this.#ports;
    const ring = view.ring();
    const { partition } = address;
    const keepers = completeKeepersOf(ring, partition, n);
    return {
      placed: { ...address, epoch: partitionEpoch(ring, partition) },
      others: keepers.filter((node) => node !== self),
    };
  }

  /** False where the record is not damaged (any more). */
  #mend(placed: Addressed, fetched: readonly Fetched[]): Promise<boolean> {
    const known = fetched.map(({ object }) => object).reduce(merge, ABSENT);
    const reap = Math.min(...fetched.map((one) => one.reap));
    return this.#ports.replica.mend(placed, known, reap);
  }

  async #fetch(node: NodeId, address: Addressed): Promise<Fetched> {
    const { transport, clock } = this.#ports;
    const deadline = clock.now() + FETCH_MS_MAX;
    const request = fetchRequest(address, null);
    const [reap, , version] = await transport.call(node, FETCH_OBJECT, request, { deadline });
    return { object: version instanceof Uint8Array ? decodeObject(version) : ABSENT, reap };
  }
}

/** For `catch`: whoever has the record damaged too has nothing to say. */
export function undefinedWhereDamaged(error: unknown): undefined {
  if (!(error instanceof QuorateError && error.code === 'corrupt_record')) throw error;
}
