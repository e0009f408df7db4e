/** What the processes of a campaign tell each other. */

import type { Met } from './met.ts';

/** A stretch of seeds for a worker to run; none: there are no more, and coverage is asked for. */
export interface Order {
  readonly firstSeed: number;
  readonly seeds: number;
}

export interface Failure {
  readonly seed: number;
  readonly violations: readonly string[];
}

/** Of a stretch of seeds. */
export interface Done {
  readonly seeds: number;
  readonly failures: readonly Failure[];
  readonly met: Met;
  readonly virtualMs: number;
  readonly cpuMs: number;
  /** How often each probed place of the code was passed, since the worker began; at its end. */
  readonly passed: Met | undefined;
}
