/**
 * Rebuilds damaged registers. An acceptor that cannot read its record has forgotten what it
 * promised and accepted, and refuses the key (paxos/acceptor-server.ts).
 *
 * It may take part again at a later epoch: what it promised does not matter there, and what was
 * chosen with its vote one of the others has accepted as well. So the epoch of the partition is
 * raised, unless something else has raised it since, and what all the others have accepted, each
 * asked at the new epoch, is adopted as copied. One that is silent may be the one that matters.
 *
 * Where the partition moves this waits for the end of the move: what is copied meanwhile is got
 * from others (transfer/register-rescue.ts).
 *
 * A register of which too few whole records are left stays damaged until an operator accepts the
 * loss. What those have who can read theirs stands then, and nobody can say any more what became
 * of changes with ids up to that moment.
 */

import { DecodeError, mapKeyOf } from '../kernel/bytes.ts';
import { isExpected, QuorateError, StoreError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import { type ElsewherePorts, highestElsewhere } from '../paxos/accepted-elsewhere.ts';
import {
  type AcceptorRecord,
  BLANK,
  decodeAcceptorRecord,
  encodeAcceptorRecord,
} from '../paxos/acceptor-record.ts';
import { compareBallots, isZero } from '../paxos/ballot.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { DamagedRecords } from '../replica/damaged-records.ts';
import type { Addressed } from '../replica/messages.ts';
import { type Address, registerKey } from '../replica/store-keys.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { partitionEpoch, replicasOf } from '../ring/ring.ts';
import { type AcceptedLoss, undefinedWhereDamaged } from './record-rebuild.ts';
import type { RaiseEpochs } from './register-messages.ts';
import type { RegisterMetrics } from './register-metrics.ts';

export interface RegisterRebuildPorts extends ElsewherePorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly store: Store;
  readonly damagedRegisters: DamagedRecords;
  readonly counts: Pick<RegisterMetrics, 'rebuilt'>;
  readonly raiseEpochs: RaiseEpochs;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** How long this node may take to hear of the epoch that it has had raised. */
const RAISED_MS_MAX = 5_000;
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 300_000;

/** `over`: nothing (more) is to be done. */
type Step = 'over' | 'raise' | 'wait';

export class RegisterRebuild {
  readonly #ports: RegisterRebuildPorts;
  /** By stored key: an epoch in which nothing was promised or accepted any more. */
  readonly #refusedIn = new Map<string, number>();
  #running = false;
  #failures = 0;
  #timer: Timer | undefined;
  #closed = false;

  constructor(ports: RegisterRebuildPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#ports.damagedRegisters.watch(() => {
      this.#failures = 0;
      this.#run();
    });
    this.#run();
  }

  stop(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  /**
   * Puts what those have accepted who can read their register in the place of the damaged one
   * here. Throws where one of them is silent, as it may have all that was chosen, and
   * `partition_moving` while the partition moves.
   */
  async acceptLoss(address: Address): Promise<AcceptedLoss> {
    const { view, clock, raiseEpochs, logger } = this.#ports;
    if (!this.#isDamaged(address)) return 'whole';
    const { partition, bucketNumber } = address;
    const before = partitionEpoch(view.ring(), partition);
    // Whoever is silent is found out before anything is changed.
    await this.#highestReadable({ ...address, epoch: before });
    const idMark = Math.floor(clock.wallTime());
    const epoch = await raiseEpochs([{ partition, epoch: before, idMark }]);
    const isPresent = () => partitionEpoch(view.ring(), partition) === epoch;
    await view.until(isPresent, clock.now() + RAISED_MS_MAX);
    const highest = await this.#highestReadable({ ...address, epoch });
    if (this.#closed || !isPresent()) {
      throw new QuorateError('not_ready', 'the ring has changed meanwhile: ask again');
    }
    if (!this.#isDamaged(address)) return 'whole';
    await this.#adopt(address, highest);
    this.#settle(address);
    const outcome = isZero(highest.accepted) ? 'gone' : 'rebuilt';
    logger.warn('the loss of a damaged register was accepted', {
      partition,
      bucketNumber,
      outcome,
    });
    return outcome;
  }

  /** Of all others that are members. Throws where one of them is silent. */
  async #highestReadable(address: Addressed): Promise<AcceptorRecord> {
    const { self, view } = this.#ports;
    const n = view.bucketNumbered(address.bucketNumber)?.n ?? 0;
    const members = view.members();
    const others = replicasOf(view.ring(), address.partition, n).filter(
      (node) => node !== self && members.includes(node),
    );
    const answers = await Promise.all(
      others.map((node) =>
        highestElsewhere(this.#ports, [node], address).catch(undefinedWhereDamaged),
      ),
    );
    return answers.reduce<AcceptorRecord>(
      (highest, one = BLANK) =>
        compareBallots(one.accepted, highest.accepted) > 0 ? one : highest,
      BLANK,
    );
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
    const { damagedRegisters, clock } = this.#ports;
    if (this.#closed || damagedRegisters.size === 0) return;
    const pauseMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.#failures++);
    this.#timer = clock.setTimer(pauseMs, () => this.#run());
  }

  async #pass(): Promise<void> {
    const { damagedRegisters, view } = this.#ports;
    const toRaise = new Map<number, number>();
    for (const address of damagedRegisters.all()) {
      if (this.#closed || !view.formed || !view.counted) return;
      const epoch = partitionEpoch(view.ring(), address.partition);
      const step = await this.#expected('wait', () => this.#step({ ...address, epoch }));
      if (step === 'raise') toRaise.set(address.partition, epoch);
      if (step !== 'over') continue;
      this.#settle(address);
      this.#failures = 0;
    }
    if (toRaise.size > 0 && !this.#closed) await this.#raise(toRaise);
  }

  /** Where it is damaged once more, what it promised until then counts. */
  #settle(address: Address): void {
    this.#refusedIn.delete(nameOf(address));
    this.#ports.damagedRegisters.settle(address);
  }

  async #raise(epochs: ReadonlyMap<number, number>): Promise<void> {
    const partitions = [...epochs].map(([partition, epoch]) => ({ partition, epoch, idMark: 0 }));
    const raised = await this.#expected(undefined, () => this.#ports.raiseEpochs(partitions));
    if (raised !== undefined) this.#failures = 0;
  }

  async #expected<Result>(otherwise: Result, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!isExpected(error)) throw error;
      this.#ports.logger.debug('a damaged register could not be rebuilt yet', { error });
      return otherwise;
    }
  }

  async #step(address: Addressed): Promise<Step> {
    const { self, view, counts } = this.#ports;
    const { partition, epoch, bucketNumber } = address;
    const bucket = view.bucketNumbered(bucketNumber);
    // What a deleted bucket left is swept, and what another list left goes before it counts again.
    if (bucket === undefined || !this.#isDamaged(address)) return 'over';
    const ring = view.ring();
    if (ring.moves.has(partition)) return 'wait';
    const list = replicasOf(ring, partition, bucket.n);
    if (!list.includes(self)) return 'over';
    const others = list.filter((node) => node !== self);
    if (others.length === 0) return 'wait';
    const refusedIn = this.#refusedIn.get(nameOf(address)) ?? epoch;
    this.#refusedIn.set(nameOf(address), refusedIn);
    const highest = await highestElsewhere(this.#ports, others, address);
    if (refusedIn >= epoch) return 'raise';
    const isPresent = partitionEpoch(view.ring(), partition) === epoch;
    if (this.#closed || !isPresent) return 'wait';
    if (!this.#isDamaged(address)) return 'over';
    await this.#adopt(address, highest);
    counts.rebuilt.add();
    return 'over';
  }

  #adopt(address: Address, highest: AcceptorRecord): Promise<void> {
    const key = registerKey(address);
    return this.#ports.store.write([
      isZero(highest.accepted)
        ? { type: 'delete', key }
        : { type: 'put', key, value: encodeAcceptorRecord(highest) },
    ]);
  }

  #isDamaged(address: Address): boolean {
    const bytes = this.#ports.store.get(registerKey(address));
    if (bytes === undefined) return false;
    try {
      decodeAcceptorRecord(bytes);
      return false;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return true;
    }
  }
}

function nameOf(address: Address): string {
  return mapKeyOf(registerKey(address));
}
