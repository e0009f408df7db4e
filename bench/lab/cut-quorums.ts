/** Which quorums can be had while a network is cut: most replicas of each key are on the larger side. */

import { majorityOf } from '../../src/checkers/quorum-overlap.ts';
import { type AskedLevels, type Levels, levelsFrom } from './levels.ts';

const REPLICAS_MIN = 3;

/**
 * Throws where no replica of a key could be on the smaller side: until that side holds the others
 * for dead, which takes longer than a short cut, it would hand on all that it is asked.
 */
export function checkCutReplicas(experiment: string, asked: AskedLevels): void {
  const { n } = levelsFrom(asked);
  if (n >= REPLICAS_MIN) return;
  throw new Error(
    `${experiment} needs ${REPLICAS_MIN} replicas of each key: of ${n} none can be on the smaller side of a cut`,
  );
}

/** Whether sloppy quorums can be had among so many nodes, replicas or not. */
export function sloppyGoesOn({ r, w }: Levels, nodes: number): boolean {
  return Math.max(r, w) <= nodes;
}

/** Whether strict quorums of every key can be had on the larger side. */
export function strictGoesOn({ n, r, w }: Levels): boolean {
  return Math.max(r, w) <= majorityOf(n);
}

/** Whether no strict quorum of these levels can be had on a smaller side of so many nodes. */
export function strictIsSilent({ n, ...levels }: Levels, nodes: number): boolean {
  return Math.min(levels.r, levels.w) > Math.min(n - majorityOf(n), nodes);
}
