/** What is counted of reads that begin so long after the acknowledgement of a write. */

export const REPLICAS = 3;

/** The numbers of replicas that are waited for. */
export const LEVELS = [1, 2, 3] as const;

export interface Level {
  readonly r: number;
  readonly w: number;
}

export function levelName({ r, w }: Level): string {
  return `R=${r}, W=${w}`;
}

export function overlaps({ r, w }: Level): boolean {
  return r + w > REPLICAS;
}

export interface ReadsAt {
  readonly atMs: number;
  reads: number;
  fresh: number;
}

/** Of one R and W. */
export interface Measured extends Level {
  /** By the times that were asked for. */
  readonly points: readonly ReadsAt[];
  /** In the order in which they came. */
  readonly readsMs: number[];
  readonly writesMs: readonly number[];
  /** Reads and writes that came to nothing; they are not counted. */
  failed: number;
}

export function newMeasured(
  level: Level,
  timesMs: readonly number[],
  writesMs: number[],
): Measured {
  const points = timesMs.map((atMs) => ({ atMs, reads: 0, fresh: 0 }));
  return { ...level, points, readsMs: [], writesMs, failed: 0 };
}
