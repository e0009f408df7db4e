/**
 * The starts of a data directory, and how one that was put back to an older copy is found out.
 *
 * Every start has a number, one above that of the start before, and a random life. The
 * directory keeps the lives of its starts since the last one that the cluster registered.
 * Whoever has heard of a start as late as that one, and does not find its life among these,
 * has heard of a start that the directory does not remember. Comparing numbers would not do:
 * an old copy that is started often enough has a higher one.
 */

/** A start that somebody has heard of. */
export interface KnownStart {
  readonly bootNumber: number;
  /** Random, 48 bits. */
  readonly life: number;
}

/** A start as it tells of itself. */
export interface Start extends KnownStart {
  /**
   * Lives of the starts right before this one, oldest first: from the last one that the
   * cluster registered, or from the very first. Empty when this one is registered itself.
   */
  readonly since: readonly number[];
}

export type StartVerdict = 'known' | 'newer' | 'rolled_back';

export function judgeStart(known: KnownStart | undefined, start: Start): StartVerdict {
  if (known === undefined) return 'newer';
  const { bootNumber, life, since } = start;
  if (known.bootNumber === bootNumber) return known.life === life ? 'known' : 'rolled_back';
  if (known.bootNumber > bootNumber) return 'rolled_back';
  const at = since.length - (bootNumber - known.bootNumber);
  // What was promised before a registered start is in every copy that remembers that start.
  return at < 0 || since[at] === known.life ? 'newer' : 'rolled_back';
}
