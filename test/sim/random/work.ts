/** What the processes of a campaign tell each other. */

import type { Met } from './met.ts';

/** To run a seed; or to tell of the code that was passed, when there are no more. */
export type Order = { readonly type: 'run'; readonly seed: number } | { readonly type: 'coverage' };

/** A seed came to its end. */
export interface Done {
  /** Empty of a correct run. */
  readonly violations: readonly string[];
  readonly met: Met;
  readonly virtualMs: number;
  readonly cpuMs: number;
}
