/**
 * Hinted handoff: what this node keeps for others goes to them as soon as they are seen alive
 * (Dynamo, section 4.6), and after a start of this node as well.
 *
 * One stream per target, several at a time, all within one pace. Nothing waits for a quiet
 * time, which a busy cluster never has (riak#1135).
 */

import type { NodeId } from '../kernel/names.ts';
import type { Timer } from '../ports/clock.ts';
import type { Gauge, Metrics } from '../ports/metrics.ts';
import type { HintSummary } from '../replica/hint-tally.ts';
import { HintStream, type HintStreamPorts } from './hint-stream.ts';

/** Bytes of objects, for all targets together. */
const BYTES_PER_SECOND_MAX = 32 * 1024 * 1024;

/** From the first hint for a target on: others that come at once go along with it. */
const GATHER_MS = 100;

const AGE_EVERY_MS = 10_000;

export type HintDeliveryPorts = Omit<
  HintStreamPorts,
  'target' | 'pace' | 'delivered' | 'failures' | 'onDone'
> & { readonly metrics: Metrics };

/** What waits for one target, and what is done about it. */
export interface HintsFor extends HintSummary {
  /** Until the next attempt; null while they are being delivered. */
  readonly retryInMs: number | null;
}

export class HintDelivery {
  readonly #ports: HintDeliveryPorts;
  readonly #common: Pick<HintStreamPorts, 'pace' | 'delivered' | 'failures'>;
  readonly #oldest: Gauge;
  readonly #streams = new Map<NodeId, HintStream>();
  #forgetReturns: () => void = () => {};
  #ageTimer: Timer | undefined;

  constructor(ports: HintDeliveryPorts) {
    const { metrics, budget } = ports;
    this.#ports = ports;
    this.#common = {
      pace: budget.pace(BYTES_PER_SECOND_MAX),
      delivered: metrics.counter({
        name: 'hints_delivered_total',
        help: 'Hints that those they were for have on disk',
      }),
      failures: metrics.counter({
        name: 'hint_delivery_failures_total',
        help: 'Hints sent and not acknowledged as durable; they are kept and tried again',
      }),
    };
    this.#oldest = metrics.gauge({
      name: 'hints_oldest_seconds',
      help: 'For how long the oldest hint has been kept here',
    });
  }

  start(): void {
    const { hints, liveness } = this.#ports;
    this.#forgetReturns = liveness.onReturn((node) => this.#streams.get(node)?.hasten());
    hints.watch((target) => this.#ensureStream(target, GATHER_MS));
    for (const target of hints.targets) this.#ensureStream(target, 0);
    this.#tellAge();
  }

  stop(): void {
    this.#forgetReturns();
    this.#ageTimer?.cancel();
    for (const stream of this.#streams.values()) stream.close();
    this.#ports.hints.watch(() => {});
  }

  /** By target. */
  status(): readonly HintsFor[] {
    const { hints } = this.#ports;
    const byName = (a: HintSummary, b: HintSummary) => (a.target < b.target ? -1 : 1);
    return hints
      .summaries()
      .toSorted(byName)
      .map((summary) => ({
        ...summary,
        retryInMs: this.#streams.get(summary.target)?.retryInMs ?? null,
      }));
  }

  #ensureStream(target: NodeId, delayMs: number): void {
    if (this.#streams.has(target)) return;
    const onDone = () => {
      this.#streams.delete(target);
    };
    const stream = new HintStream({ ...this.#ports, ...this.#common, target, onDone });
    this.#streams.set(target, stream);
    stream.begin(delayMs);
  }

  #tellAge(): void {
    const ages = this.#ports.hints.summaries().map(({ oldestAgeMs }) => oldestAgeMs);
    this.#oldest.set(Math.max(0, ...ages) / 1_000);
    this.#ageTimer = this.#ports.clock.setTimer(AGE_EVERY_MS, () => this.#tellAge());
  }
}
