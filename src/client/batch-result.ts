/** What POST `/batch` answers of one operation, to the SDK as to commands. */

import type { SiblingDocument } from './answers.ts';

export interface BatchResult {
  readonly status: number;
  readonly context?: string;
  readonly version?: string;
  readonly revision?: number;
  readonly siblings?: readonly SiblingDocument[];
  readonly problem?: BatchProblem;
}

/** Beside the facts of its code. */
export interface BatchProblem {
  readonly code: string;
  readonly detail: string;
  readonly definite?: boolean;
  readonly retry?: boolean;
}
