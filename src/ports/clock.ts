/** Time, as a node sees it. */

export interface Timer {
  /** The timer will not fire any more. Harmless when it has fired already. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since an arbitrary start, never going back: for deadlines and durations. */
  now(): number;
  /** Milliseconds since 1970, as a person's watch would tell: for display and expiry only. */
  wallTime(): number;
  /** Calls `fire` once, `delayMs` milliseconds from now, in a turn of its own. */
  setTimer(delayMs: number, fire: () => void): Timer;
}
