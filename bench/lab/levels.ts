/** N, R and W of dynamo buckets: what a user may choose, and what follows from it. */

import { majorityOf } from '../../src/checkers/quorum-overlap.ts';

export interface Levels {
  /** Replicas of each key. */
  readonly n: number;
  /** Nodes that answer a read. */
  readonly r: number;
  /** Nodes that acknowledge a write. */
  readonly w: number;
}

/** What a user asked for; what is left out is as in `levelsFrom`. */
export type AskedLevels = Partial<Levels>;

export const LEVEL_NAMES = ['n', 'r', 'w'] as const;

const USUAL_N = 3;

/** Three replicas, of which most answer, where nothing else is said. */
export function levelsFrom({ n = USUAL_N, r, w }: AskedLevels): Levels {
  return { n, r: r ?? majorityOf(n), w: w ?? majorityOf(n) };
}

/** R+W>N: reads and writes have a replica in common. */
export function overlaps({ n, r, w }: Levels): boolean {
  return r + w > n;
}

/** Those that are given, in the order of their names. */
export function givenLevels(levels: AskedLevels) {
  return LEVEL_NAMES.flatMap((name) => {
    const level = levels[name];
    return level === undefined ? [] : [[name, level] as const];
  });
}

/** `N=3, R=1, W=1`. */
export function levelsText(levels: AskedLevels): string {
  return givenLevels(levels)
    .map(([name, level]) => `${name.toUpperCase()}=${level}`)
    .join(', ');
}

/** For a set-up: what the modes with quorums are asked for, and what is not claimed of it. */
export function levelsTerm(asked: AskedLevels): readonly [name: string, value: string] {
  const levels = levelsFrom(asked);
  const promise = overlaps(levels)
    ? 'R+W>N'
    : 'R+W is not above N, so nothing promises fresh reads';
  const isUsual = levelsText(levels) === levelsText(levelsFrom({}));
  const left = isUsual ? '' : '; claims that do not follow from these levels are left out';
  return ['dynamo buckets', `${levelsText(levels)}: ${promise}${left}`];
}
