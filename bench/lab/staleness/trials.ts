/** What is counted of reads that begin so long after the acknowledgement of a write. */

import { majorityOf } from '../../../src/checkers/quorum-overlap.ts';
import type { Levels } from '../levels.ts';

/** Where nothing else is said. */
export const REPLICAS = 3;

/** Of so many replicas each number is waited for; of more some, so that a chart can be read. */
const ALL_TRIED_MAX = 3;

/** The numbers of replicas that are waited for, rising. */
export function triedOf(n: number): readonly number[] {
  const all = Array.from({ length: n }, (_, i) => i + 1);
  return all.filter((level) => n <= ALL_TRIED_MAX || [1, 2, majorityOf(n), n].includes(level));
}

export function levelName({ r, w }: Levels): string {
  return `R=${r}, W=${w}`;
}

export interface ReadsAt {
  readonly atMs: number;
  reads: number;
  fresh: number;
}

/** Of one R and W. */
export interface Measured extends Levels {
  /** By the times that were asked for. */
  readonly points: readonly ReadsAt[];
  /** In the order in which they came. */
  readonly readsMs: number[];
  readonly writesMs: readonly number[];
  /** Reads and writes that came to nothing; they are not counted. */
  failed: number;
}

export function newMeasured(
  level: Levels,
  timesMs: readonly number[],
  writesMs: number[],
): Measured {
  const points = timesMs.map((atMs) => ({ atMs, reads: 0, fresh: 0 }));
  return { ...level, points, readsMs: [], writesMs, failed: 0 };
}
