/**
 * Contests: many clients change one key by comparing and setting, and each that is refused tries
 * again at once. Of those that know the latest version one succeeds, so the more try at a time,
 * the more is done in vain; and who is told a version first wins again and again.
 *
 * So where a key was changed while others were refused, there is a line of those that would be
 * refused:
 *
 * - Each change lets one go, the first that came, as soon as there is a new version to be told.
 *   Where nobody is at the key for a while, one more goes, and in the end all.
 * - Who made the change hears of it last: with the next change, or after a moment. Its next
 *   attempt then comes behind that of the one let go.
 *
 * This is only about when a request is judged and when it is answered. What it is told is found
 * out in its turn, so nothing rests on what is kept here. No client is known.
 */

import type { Clock, Timer } from '../ports/clock.ts';
import type { Gauge, Metrics } from '../ports/metrics.ts';

export interface ContestPorts {
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** So often it is looked whether somebody is at the key. */
const LOOK_MS = 5;
/** A contest is over where no change came for so many looks. */
const LOOKS_MAX = 20;

/** Who is refused hears so after this time at the latest, whatever goes on, ... */
const REFUSAL_MS_MAX = 500;
/** ... and where that many wait for one key, at once. */
const REFUSED_MAX = 1_000;

/** Likewise, of who made a change. */
const SUCCESS_MS_MAX = 25;

/** Of the time that a request has left, so that there is some for what it waits for. */
const WAIT_SHARE = 0.5;

export class Contests {
  readonly #ports: ContestPorts;
  readonly #isBusy: (key: string) => boolean;
  readonly #waitingGauge: Gauge;
  readonly #contests = new Map<string, Contest>();
  #waiting = 0;

  /** `isBusy`: whether somebody is at the key, or waits for it. */
  constructor(ports: ContestPorts, isBusy: (key: string) => boolean) {
    this.#ports = ports;
    this.#isBusy = isBusy;
    this.#waitingGauge = ports.metrics.gauge({
      name: 'register_contenders_waiting',
      help: 'Conditional changes of contested keys of paxos buckets that are held back for their turn',
    });
  }

  /** A request would be refused: whether it is to wait for `refusal`. The first begins a contest. */
  noteRefusal(key: string): boolean {
    const contest = this.#contests.get(key);
    if (contest !== undefined) return contest.holdsRefusals();
    const { clock } = this.#ports;
    const isBusy = () => this.#isBusy(key);
    const onWaiting = (change: 1 | -1) => this.#count(change);
    const onEnd = () => this.#contests.delete(key);
    this.#contests.set(key, new Contest({ clock, isBusy, onWaiting, onEnd }));
    return false;
  }

  /** Resolves when it may be told, before the deadline (in `clock.now()`). */
  async refusal(key: string, deadline: number): Promise<void> {
    await this.#contests.get(key)?.refusal(deadline);
  }

  /** Resolves when who made a change may be told, before the deadline. */
  async success(key: string, deadline: number): Promise<void> {
    await this.#contests.get(key)?.success(deadline);
  }

  /** A change was applied: the key has a new version. */
  changed(key: string): void {
    this.#contests.get(key)?.changed();
  }

  #count(change: 1 | -1): void {
    this.#waiting += change;
    this.#waitingGauge.set(this.#waiting);
  }
}

interface ContestOfKeyPorts {
  readonly clock: Clock;
  readonly isBusy: () => boolean;
  readonly onWaiting: (change: 1 | -1) => void;
  readonly onEnd: () => void;
}

class Contest {
  readonly #ports: ContestOfKeyPorts;
  /** The first came first. */
  readonly #refused = new Set<() => void>();
  readonly #succeeded = new Set<() => void>();
  #timer: Timer;
  /** Since the last change. */
  #looks = 0;
  #hasChanged = false;
  /** The last change let one go. */
  #isOneAhead = false;

  constructor(ports: ContestOfKeyPorts) {
    this.#ports = ports;
    this.#timer = this.#timerToLook();
  }

  holdsRefusals(): boolean {
    return this.#hasChanged && this.#refused.size < REFUSED_MAX;
  }

  refusal(deadline: number): Promise<void> {
    return this.#wait(this.#refused, REFUSAL_MS_MAX, deadline);
  }

  async success(deadline: number): Promise<void> {
    if (this.#isOneAhead) await this.#wait(this.#succeeded, SUCCESS_MS_MAX, deadline);
  }

  changed(): void {
    this.#hasChanged = true;
    this.#isOneAhead = this.#refused.size > 0;
    this.#letOneGo();
    for (const go of this.#succeeded) go();
    this.#looks = 0;
    this.#timer.cancel();
    this.#timer = this.#timerToLook();
  }

  #wait(among: Set<() => void>, msMax: number, deadline: number): Promise<void> {
    const { clock, onWaiting } = this.#ports;
    const leftMs = Math.max(0, deadline - clock.now());
    return new Promise((resolve) => {
      const go = () => {
        timer.cancel();
        among.delete(go);
        onWaiting(-1);
        resolve();
      };
      const timer = clock.setTimer(Math.min(msMax, leftMs * WAIT_SHARE), go);
      among.add(go);
      onWaiting(1);
    });
  }

  #letOneGo(): void {
    const [first] = this.#refused;
    first?.();
  }

  #timerToLook(): Timer {
    return this.#ports.clock.setTimer(LOOK_MS, () => this.#look());
  }

  #look(): void {
    this.#looks++;
    if (this.#looks < LOOKS_MAX) {
      this.#timer = this.#timerToLook();
      if (!this.#ports.isBusy()) this.#letOneGo();
      return;
    }
    this.#ports.onEnd();
    for (const go of this.#refused) go();
  }
}
