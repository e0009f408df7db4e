/** What a check found in a history that must not be there. */

export const CHECK_NAMES = [
  'linearizable',
  'ryw',
  'mr',
  'mw',
  'wfr',
  'causal',
  'losses',
  'contents',
  'convergence',
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];

export interface Violation {
  readonly check: CheckName;
  readonly key: string;
  /** Places in the history: what obliged, if there is such an operation, and what failed it. */
  readonly operations: readonly number[];
  /** For a person. */
  readonly text: string;
}
