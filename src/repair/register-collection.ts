/**
 * Has registers without a value erased, for the partitions that this node keeps (protocols.md,
 * section 9):
 *
 *   all n have the same → one entry raises the epochs and the id marks → all erase
 *
 * Where a replica has something older, the register is written once more under a new ballot, to
 * all. Nothing is remembered of a round that is cut short: this node erases last, so what is left
 * elsewhere is found again by what is left here.
 *
 * The first of the replica list does so, unless it has nothing of the key, or something older
 * that is no candidate. So the second comes an hour later, and so on: they seldom find anything.
 *
 * Only ids that clients gave raise the mark. The others are minted by the clocks of nodes, and
 * need none (paxos/judgement.ts): a node whose clock is ahead costs clients nothing.
 *
 * A cluster that was recovered may have forgotten that others had become replicas, and what they
 * have left is not erased when they become that again (transfer/prepare-server.ts). So there
 * nothing goes of which any member has something left.
 *
 * Many keys of many partitions go with one entry. A partition is looked through seldom: what is
 * deleted now cannot go before its id is old.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { isExpected, StoreError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import type { CallType, Transport } from '../ports/transport.ts';
import type { DamagedRecords } from '../replica/damaged-records.ts';
import { addressAt, rangeBehind, registersRest } from '../replica/store-keys.ts';
import { readStretch } from '../replica/store-stretch.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { partitionEpoch, replicasOf } from '../ring/ring.ts';
import type { BackgroundBudget } from './background-budget.ts';
import { ID_WINDOW_MS } from './id-window.ts';
import type { Pace } from './pace.ts';
import { type Candidate, candidateAt, judgeRegister } from './register-candidates.ts';
import {
  BATCH_REGISTERS_MAX,
  type RaiseEpochs,
  REGISTERS_AGREE,
  REGISTERS_CALL_MS_MAX,
  REGISTERS_ERASE,
  REGISTERS_LEFT,
  type RegisterBatch,
} from './register-messages.ts';
import type { RegisterMetrics } from './register-metrics.ts';

export interface RegisterCollectionPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly transport: Transport;
  readonly liveness: Liveness;
  readonly logger: Logger;
  readonly budget: BackgroundBudget;
  readonly counts: RegisterMetrics;
  readonly damagedRegisters: Pick<DamagedRecords, 'note'>;
  /** Between two rounds. */
  readonly reapEveryMs: number | 'never';
  readonly raiseEpochs: RaiseEpochs;
  /** The cluster was begun anew by one of its nodes at some time: see recovered-snapshot.ts. */
  readonly wasRecovered: boolean;
  /** Writes the register once more, under a new ballot, to all that keep it. */
  readonly rewrite: (bucket: string, key: Uint8Array, deadline: number) => Promise<void>;
  readonly onFatal: (error: unknown) => void;
}

/** Each round is this part of its interval earlier or later, at most. */
const JITTER = 0.25;
/** A partition is not looked through more often, as part of the time after which an id is old. */
const SCAN_EVERY = 1 / 4;
const SCAN_BYTES_PER_SECOND = 4 * 1024 * 1024;
const MESSAGE_BYTES_PER_SECOND = 4 * 1024 * 1024;
/** About what a key takes in a message. */
const ITEM_BYTES = 80;
/** Of one partition in one round. */
const CANDIDATES_MAX = 10_000;
/** In one round, and so in one entry. */
const PARTITIONS_MAX = 256;
const REWRITES_MAX = 1_000;
const REWRITE_MS_MAX = 2_000;

/** Keys of one n in one partition, to which all have agreed. */
interface Agreed {
  readonly partition: number;
  /** At which they have. */
  readonly epoch: number;
  readonly batches: readonly Batch[];
  readonly idMark: number;
}

interface Batch {
  readonly n: number;
  readonly candidates: readonly Candidate[];
}

export class RegisterCollection {
  readonly #ports: RegisterCollectionPorts;
  readonly #scanPace: Pace;
  readonly #messagePace: Pace;
  /** By partition, when it is worth while to look through it; wall time. */
  readonly #dueAt = new Map<number, number>();
  #rewritesLeft = 0;
  #timer: Timer | undefined;
  #closed = false;

  constructor(ports: RegisterCollectionPorts) {
    this.#ports = ports;
    this.#scanPace = ports.budget.pace(SCAN_BYTES_PER_SECOND);
    this.#messagePace = ports.budget.pace(MESSAGE_BYTES_PER_SECOND);
  }

  start(): void {
    const { reapEveryMs, clock, random, onFatal } = this.#ports;
    if (reapEveryMs === 'never' || this.#closed) return;
    const pauseMs = reapEveryMs * (1 + JITTER * (2 * random.float() - 1));
    this.#timer = clock.setTimer(pauseMs, () => {
      this.#round().then(
        () => this.start(),
        (error: unknown) => {
          // A store that failed has stopped the node already.
          if (!(error instanceof StoreError)) onFatal(error);
        },
      );
    });
  }

  stop(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #round(): Promise<void> {
    const { view, clock } = this.#ports;
    if (!view.formed || !view.counted) return;
    this.#rewritesLeft = REWRITES_MAX;
    const agreed: Agreed[] = [];
    const now = clock.wallTime();
    for (const partition of this.#partitions()) {
      if (!this.#isDue(partition, now)) continue;
      const one = await this.#expected(partition, () => this.#agreeOn(partition));
      if (one !== undefined && one.batches.length > 0) agreed.push(one);
      if (agreed.length === PARTITIONS_MAX || this.#closed) break;
    }
    if (agreed.length === 0 || this.#closed) return;
    const epoch = await this.#raise(agreed);
    if (epoch === undefined) return;
    for (const one of agreed) {
      await this.#expected(one.partition, () => this.#erase(one, epoch));
    }
  }

  /** Those that this node keeps, at rest, with all of their replicas within reach. */
  #partitions(): readonly number[] {
    const { view, self, liveness } = this.#ports;
    const { replicas, moves } = view.ring();
    return [...replicas.keys()].filter((partition) => {
      const list = replicas[partition] ?? [];
      const isQuiet = list.includes(self) && !moves.has(partition);
      return isQuiet && list.every((node) => node === self || liveness.reachable(node));
    });
  }

  /** Who is not the first lets those before it look through the partition. */
  #isDue(partition: number, now: number): boolean {
    const before = this.#oldMs(partition) - ID_WINDOW_MS;
    const dueAt = this.#dueAt.get(partition) ?? now + before;
    this.#dueAt.set(partition, dueAt);
    return dueAt <= now;
  }

  /** When an id is old for this node. */
  #oldMs(partition: number): number {
    const { view, self } = this.#ports;
    const place = view.ring().replicas[partition]?.indexOf(self) ?? 0;
    return (1 + Math.max(0, place)) * ID_WINDOW_MS;
  }

  /** What keeps one partition from it need not keep the others; tried again in the next round. */
  async #expected<Result>(
    partition: number,
    work: () => Promise<Result>,
  ): Promise<Result | undefined> {
    const { counts, logger } = this.#ports;
    try {
      return await work();
    } catch (error) {
      if (!isExpected(error)) throw error;
      this.#dueAt.delete(partition);
      counts.roundsFailed.add();
      logger.debug('registers could not be erased yet', { partition, error });
      return undefined;
    }
  }

  async #agreeOn(partition: number): Promise<Agreed> {
    const epoch = partitionEpoch(this.#ports.view.ring(), partition);
    const found = await this.#find(partition);
    const batches: Batch[] = [];
    for (const batch of this.#batchesOf(partition, found)) {
      const { agreed, others } = await this.#split(partition, epoch, batch);
      // One more time for those that have been written once more.
      const again = await this.#split(partition, epoch, await this.#rewritten(partition, others));
      const candidates = [...agreed.candidates, ...again.agreed.candidates];
      if (candidates.length > 0) batches.push({ ...batch, candidates });
    }
    const idTimes = batches.flatMap(({ candidates }) => candidates.map(({ idTime }) => idTime));
    return { partition, epoch, batches, idMark: Math.max(0, ...idTimes) };
  }

  /** Looks through what is here of the partition. */
  async #find(partition: number): Promise<readonly Candidate[]> {
    const { store, clock, damagedRegisters } = this.#ports;
    const now = clock.wallTime();
    const candidates: Candidate[] = [];
    const oldMs = this.#oldMs(partition);
    let dueAt = now + oldMs;
    let rest = registersRest(partition, 0);
    while (!this.#closed) {
      const stretch = readStretch(store, rest, (storedKey, stored) => {
        try {
          const judged = judgeRegister(storedKey, stored, now, oldMs);
          if (judged.type === 'later') dueAt = Math.min(dueAt, judged.at);
          if (judged.type === 'candidate') candidates.push(judged.candidate);
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
          damagedRegisters.note(addressAt(storedKey));
        }
      });
      if (stretch.complete) {
        this.#dueAt.set(partition, Math.max(dueAt, now + oldMs * SCAN_EVERY));
        break;
      }
      // What is behind comes in the next round.
      if (candidates.length >= CANDIDATES_MAX) break;
      rest = rangeBehind(rest, stretch.last);
      await this.#scanPace.spend(stretch.bytes);
    }
    return candidates;
  }

  #batchesOf(partition: number, candidates: readonly Candidate[]): readonly Batch[] {
    const { view, self } = this.#ports;
    const byCount = new Map<number, Candidate[]>();
    for (const candidate of candidates) {
      const n = view.bucketNumbered(candidate.item[0])?.n;
      if (n === undefined || !replicasOf(view.ring(), partition, n).includes(self)) continue;
      const ofCount = byCount.get(n) ?? [];
      byCount.set(n, ofCount);
      ofCount.push(candidate);
    }
    return [...byCount].flatMap(([n, ofCount]) =>
      slicesOf(ofCount, BATCH_REGISTERS_MAX).map((slice) => ({ n, candidates: slice })),
    );
  }

  /** Those to which all agree, and the others. */
  async #split(
    partition: number,
    epoch: number,
    batch: Batch,
  ): Promise<{ readonly agreed: Batch; readonly others: Batch }> {
    const { candidates, n } = batch;
    if (candidates.length === 0) return { agreed: batch, others: batch };
    const request = { partition, epoch, items: candidates.map(({ item }) => item) };
    const { view, wasRecovered } = this.#ports;
    const list = replicasOf(view.ring(), partition, n);
    const strangers = wasRecovered ? view.members().filter((node) => !list.includes(node)) : [];
    const answers = await Promise.all(
      list.map((node) => this.#ask(node, REGISTERS_AGREE, request)),
    );
    const left = await Promise.all(
      strangers.map((node) => this.#ask(node, REGISTERS_LEFT, request)),
    );
    await this.#messagePace.spend(candidates.length * ITEM_BYTES);
    const isAgreed = (candidate: Candidate, at: number) =>
      !candidate.isExpired &&
      answers.every((answer) => answer[at] === true) &&
      left.every((answer) => answer[at] === false);
    return {
      agreed: { n, candidates: candidates.filter(isAgreed) },
      others: { n, candidates: candidates.filter((one, at) => !isAgreed(one, at)) },
    };
  }

  /** Writes them once more; what can go of them then. */
  async #rewritten(partition: number, { n, candidates }: Batch): Promise<Batch> {
    const { view, clock, store, rewrite, counts } = this.#ports;
    const after: Candidate[] = [];
    for (const { item } of candidates) {
      const [bucketNumber, key] = item;
      const bucket = view.bucketNumbered(bucketNumber);
      if (bucket === undefined || this.#rewritesLeft === 0 || this.#closed) continue;
      this.#rewritesLeft--;
      const deadline = clock.now() + REWRITE_MS_MAX;
      const isWritten = await this.#expected(partition, async () => {
        await rewrite(bucket.name, key, deadline);
        return true;
      });
      if (!isWritten) continue;
      counts.rewritten.add();
      const address = { partition, bucketNumber, key };
      const candidate = candidateAt(store, address, clock.wallTime());
      if (candidate !== undefined) after.push(candidate);
      await this.#messagePace.spend(ITEM_BYTES);
    }
    return { n, candidates: after };
  }

  /** The epoch from which on they may be erased. */
  async #raise(agreed: readonly Agreed[]): Promise<number | undefined> {
    const { raiseEpochs, counts, logger } = this.#ports;
    try {
      return await raiseEpochs(
        agreed.map(({ partition, epoch, idMark }) => ({ partition, epoch, idMark })),
      );
    } catch (error) {
      if (!isExpected(error)) throw error;
      for (const { partition } of agreed) this.#dueAt.delete(partition);
      counts.roundsFailed.add(agreed.length);
      logger.debug('registers could not be erased yet', { error });
      return undefined;
    }
  }

  /** All others first: what is left here is how it would be found again. */
  async #erase({ partition, batches }: Agreed, epoch: number): Promise<void> {
    const { view, self, counts } = this.#ports;
    for (const { n, candidates } of batches) {
      const request = { partition, epoch, items: candidates.map(({ item }) => item) };
      const others = replicasOf(view.ring(), partition, n).filter((node) => node !== self);
      await Promise.all(others.map((node) => this.#ask(node, REGISTERS_ERASE, request)));
      counts.erased.add(await this.#ask(self, REGISTERS_ERASE, request));
      await this.#messagePace.spend(candidates.length * ITEM_BYTES);
    }
  }

  #ask<Reply>(
    node: NodeId,
    type: CallType<RegisterBatch, Reply>,
    request: RegisterBatch,
  ): Promise<Reply> {
    const { budget, transport, clock } = this.#ports;
    const deadline = clock.now() + REGISTERS_CALL_MS_MAX;
    return budget.run(() => transport.call(node, type, request, { deadline }));
  }
}

function slicesOf<T>(all: readonly T[], length: number): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / length);
  return Array.from({ length: count }, (_, at) => all.slice(at * length, (at + 1) * length));
}
