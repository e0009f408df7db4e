/**
 * The node's hybrid logical clock: it stamps the values that this node coordinates and moves
 * forward with those it stores, so that a write which comes after another one, through any
 * chain of nodes, has the greater stamp.
 *
 * Invariants: readings of one life rise, and a stamp is greater than all that its record held.
 * A stored value never moves the clock more than `AHEAD_MS_MAX` beyond the wall clock, so one
 * node whose clock is wrong cannot take all others with it; such a value is counted and logged,
 * and only writes of its own key are stamped above it. A restart begins with the wall clock.
 */

import { HLC_MAX, hlcAfter, hlcAt, wallTimeOf } from '../causality/hlc.ts';
import { invariant } from '../kernel/invariant.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Counter, Metrics } from '../ports/metrics.ts';
import { OnceAMinute } from './once-a-minute.ts';

/** How far a value of another node may move this clock ahead of the own wall clock. */
export const AHEAD_MS_MAX = 500;

export interface HybridClockPorts {
  readonly clock: Pick<Clock, 'now' | 'wallTime'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export class HybridClock {
  readonly #ports: HybridClockPorts;
  readonly #tooFarAhead: Counter;
  readonly #warning: OnceAMinute;
  #last = 0;

  constructor(ports: HybridClockPorts) {
    this.#ports = ports;
    this.#warning = new OnceAMinute(ports.clock);
    this.#tooFarAhead = ports.metrics.counter({
      name: 'hlc_too_far_ahead_total',
      help: `Values met that were stamped more than ${AHEAD_MS_MAX} ms ahead of this node's clock`,
    });
  }

  /** The stamp of a write to a record whose greatest stamp is `above` (0: it has none). */
  stamp(above: number): number {
    this.observe(above);
    this.#last = Math.max(hlcAfter(this.#last), hlcAt(this.#ports.clock.wallTime()));
    const stamp = Math.max(this.#last, hlcAfter(above));
    invariant(stamp > above || stamp === HLC_MAX, 'a stamp comes after what it is put above');
    return stamp;
  }

  /** A value with this stamp is stored here. */
  observe(hlc: number): void {
    if (hlc <= this.#last) return;
    const aheadMs = wallTimeOf(hlc) - Math.floor(this.#ports.clock.wallTime());
    if (aheadMs <= AHEAD_MS_MAX) this.#last = hlc;
    else this.#noteTooFarAhead(aheadMs);
  }

  #noteTooFarAhead(aheadMs: number): void {
    this.#tooFarAhead.add();
    if (!this.#warning.isDue()) return;
    this.#ports.logger.warn('a value was stamped far ahead of the clock of this node', {
      aheadMs,
      boundMs: AHEAD_MS_MAX,
    });
  }
}
