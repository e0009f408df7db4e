/**
 * Begins rounds of reaping for the partitions in whose replica lists this node comes first, now
 * and then, while deleted or expired keys wait there.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { StoreError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';
import type { ReapNumbers } from '../replica/reap-numbers.ts';
import { decodeRecord } from '../replica/record-codec.ts';
import { addressAt, partitionRest, rangeBehind } from '../replica/store-keys.ts';
import { readStretch } from '../replica/store-stretch.ts';
import type { BackgroundBudget } from './background-budget.ts';
import { CompletedRounds } from './completed-rounds.ts';
import type { Pace } from './pace.ts';
import { makeReapMetrics, type ReapMetrics } from './reap-metrics.ts';
import { type Hindrance, ReapRound, type ReapRoundPorts, type RoundReport } from './reap-round.ts';

export interface ReaperPorts
  extends Omit<ReapRoundPorts, 'counts' | 'pace' | 'isClosed' | 'ageMsMin' | 'clock' | 'reaps'> {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly random: Random;
  readonly reaps: Pick<ReapNumbers, 'completed' | 'isUnfinished'>;
  readonly liveness: Liveness;
  readonly budget: BackgroundBudget;
  readonly metrics: Metrics;
  /** Between two rounds. */
  readonly reapEveryMs: number | 'never';
  readonly onFatal: (error: unknown) => void;
}

/** Of the partitions that this node reaps. */
export interface ReapStatus {
  /** Deleted and expired keys that are known to wait. */
  readonly waiting: number;
  /** Why they did, when they were last looked at. */
  readonly hindrances: readonly Hindrance[];
  /** Of the last round that was begun; null: none since the node started. */
  readonly lastRound: {
    readonly reap: number;
    readonly keys: number;
    readonly agoMs: number;
  } | null;
}

/** A key younger than this, and than the time between two rounds, is left alone. */
const AGE_MS_MIN = 10_000;
/** Each round is this part of its interval earlier or later, at most. */
const JITTER = 0.25;
const SCAN_BYTES_PER_SECOND = 4 * 1024 * 1024;
const MESSAGE_BYTES_PER_SECOND = 4 * 1024 * 1024;
/** In one metadata entry. */
const PARTITIONS_MAX = 1_024;

export class Reaper {
  readonly #ports: ReaperPorts;
  readonly #counts: ReapMetrics;
  readonly #scanPace: Pace;
  readonly #messagePace: Pace;
  readonly #completed: CompletedRounds;
  #hindrances: readonly Hindrance[] = [];
  #last: { readonly report: RoundReport; readonly endedAt: number } | undefined;
  /** Where the next round begins, so that partitions which must wait keep no other waiting. */
  #nextPartition = 0;
  #timer: Timer | undefined;
  #closed = false;

  constructor(ports: ReaperPorts) {
    this.#ports = ports;
    this.#counts = makeReapMetrics(ports.metrics);
    this.#scanPace = ports.budget.pace(SCAN_BYTES_PER_SECOND);
    this.#messagePace = ports.budget.pace(MESSAGE_BYTES_PER_SECOND);
    this.#completed = new CompletedRounds({ ...ports, isClosed: () => this.#closed });
  }

  start(): void {
    const { reapEveryMs, clock, random } = this.#ports;
    if (reapEveryMs === 'never' || this.#closed) return;
    const pauseMs = reapEveryMs * (1 + JITTER * (2 * random.float() - 1));
    this.#timer = clock.setTimer(pauseMs, () => {
      this.#look(reapEveryMs).then(
        () => this.start(),
        (error: unknown) => {
          // A store that failed has stopped the node already.
          if (!(error instanceof StoreError)) this.#ports.onFatal(error);
        },
      );
    });
  }

  stop(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  status(): ReapStatus {
    const { replica, clock } = this.#ports;
    const { report, endedAt = 0 } = this.#last ?? {};
    const { reap = null, keys = 0 } = report ?? {};
    return {
      waiting: replica.reapable.count,
      hindrances: this.#hindrances,
      lastRound: reap === null ? null : { reap, keys, agoMs: Math.floor(clock.now() - endedAt) },
    };
  }

  async #look(everyMs: number): Promise<void> {
    const { view, replica, reaps, clock } = this.#ports;
    if (!view.formed || !view.counted) return;
    await replica.marks.releaseForgotten();
    for (const partition of this.#partitions()) {
      if (replica.reapable.isScanDue(partition)) await this.#scan(partition);
    }
    await this.#completed.tell(this.#partitions());
    const { moves } = view.ring();
    const waiting = this.#partitions().filter(
      (partition) =>
        !moves.has(partition) &&
        (replica.reapable.hasAnyIn(partition) || reaps.isUnfinished(partition)),
    );
    this.#hindrances = waiting.length === 0 ? [] : this.#hindrancesAhead(waiting);
    for (const { obstacle } of this.#hindrances) {
      this.#counts.roundsFailed[obstacle].add(waiting.length);
    }
    if (waiting.length > 0 && this.#hindrances.length === 0 && !this.#closed) {
      const ageMsMin = Math.min(AGE_MS_MIN, everyMs);
      const report = await this.#round(ageMsMin).run(this.#turnOf(waiting));
      this.#hindrances = report.hindrances;
      if (report.reap !== null) this.#last = { report, endedAt: clock.now() };
    }
    this.#counts.waiting.set(replica.reapable.count);
  }

  /** As many as fit in an entry, of each its turn; rising. */
  #turnOf(waiting: readonly number[]): readonly number[] {
    const begin = waiting.findIndex((partition) => partition >= this.#nextPartition);
    const inTurn = begin > 0 ? [...waiting.slice(begin), ...waiting.slice(0, begin)] : waiting;
    const turn = inTurn.slice(0, PARTITIONS_MAX);
    this.#nextPartition = (turn.at(-1) ?? -1) + 1;
    return turn.toSorted((a, b) => a - b);
  }

  #round(ageMsMin: number): ReapRound {
    const isClosed = () => this.#closed;
    const pace = this.#messagePace;
    return new ReapRound({ ...this.#ports, counts: this.#counts, pace, isClosed, ageMsMin });
  }

  /** For which a round need not be tried at all. */
  #hindrancesAhead(partitions: readonly number[]): readonly Hindrance[] {
    const { view, self, liveness } = this.#ports;
    const down = view.members().filter((node) => node !== self && !liveness.reachable(node));
    const ahead: Hindrance[] = [
      { obstacle: 'salvage_open', nodes: view.openSalvages(), partitions },
      { obstacle: 'member_down', nodes: down, partitions },
    ];
    return ahead.filter(({ nodes }) => nodes.length > 0);
  }

  #partitions(): readonly number[] {
    const { view, self } = this.#ports;
    return view
      .ring()
      .replicas.flatMap(([first], partition) => (first === self ? [partition] : []));
  }

  /** Finds what could be reaped and is not known: see reapable-keys.ts. */
  async #scan(partition: number): Promise<void> {
    const { store, replica } = this.#ports;
    const { reapable } = replica;
    reapable.beginScan(partition);
    let range = partitionRest(partition, 0);
    while (!this.#closed) {
      const { last, bytes, complete } = readStretch(store, range, (storedKey, record) => {
        try {
          reapable.note(addressAt(storedKey), storedKey, decodeRecord(record).object);
        } catch (error) {
          // A damaged record is found and mended by others.
          if (!(error instanceof DecodeError)) throw error;
        }
      });
      if (complete) return;
      range = rangeBehind(range, last);
      await this.#scanPace.spend(bytes);
    }
    reapable.abandonScan(partition);
  }
}
