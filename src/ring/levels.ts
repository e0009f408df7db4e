/**
 * Quorum arithmetic: from a level as it was asked for to a number of answers.
 *
 * A level is judged against the replicas that a key really has: a young cluster has fewer
 * than the bucket's n, and a majority is then one of those.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { Level } from './cluster-view.ts';

export function majority(replicas: number): number {
  return Math.floor(replicas / 2) + 1;
}

/** How many of so many replicas a level means; a number means itself, met or not. */
export function levelAmong(level: Level, replicas: number): number {
  if (level === 'one') return 1;
  if (level === 'quorum') return majority(replicas);
  return level === 'all' ? replicas : level;
}

/** Throws `bad_parameter`, naming both numbers, where more answers are asked than there are replicas. */
export function resolveLevel(parameter: string, level: Level, replicas: number): number {
  const needed = levelAmong(level, replicas);
  if (needed <= replicas || typeof level !== 'number') return needed;
  throw new QuorateError(
    'bad_parameter',
    `${parameter}=${level} asks for more replicas than the ${replicas} that this key has: use at most ${replicas}`,
    { parameter },
  );
}
