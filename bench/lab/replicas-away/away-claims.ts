/** What theory demands while replicas are away. */

import type { Claim } from '../experiment.ts';
import { type Levels, levelsText, overlaps } from '../levels.ts';
import type { AwayFigures } from './away-findings.ts';

/** Of writes, where a quorum can be had: some may come too late on a machine that is busy. */
const MOST = 0.5;

/** @param nodes of the cluster, replicas or not */
export function claimsOf(
  figures: readonly AwayFigures[],
  levels: Levels,
  nodes: number,
): readonly Claim[] {
  const { n, r, w } = levels;
  const hints = figures.filter(({ variant }) => variant === 'sloppy, hints');
  const possible = hints.filter(({ away }) => nodes - away >= w);
  const strict = figures.filter(({ variant }) => variant === 'strict');
  const others = figures.filter(({ variant }) => variant !== 'sloppy, hints');
  const asked = possible.filter(({ away }) => away > 0 && away >= r);
  return [
    {
      text: `A sloppy quorum with hints takes writes however many of the ${n} replicas are away, as long as W nodes are there`,
      holds: possible.every(({ acknowledged, writes }) => acknowledged >= MOST * writes),
      evidence: possible.map(acknowledgedText).join('; '),
    },
    {
      text: `With fewer than W=${w} of ${n} replicas there, strict quorums and sloppy ones without hints take no write`,
      holds: others.every(({ away, acknowledged }) => n - away >= w || acknowledged === 0),
      evidence: others.map((one) => `${one.variant}: ${acknowledgedText(one)}`).join('; '),
    },
    ...(overlaps(levels) ? [missesNothing(strict)] : []),
    ...(asked.length === 0 ? [] : [missesEverything(asked, levels)]),
  ];
}

function missesNothing(strict: readonly AwayFigures[]): Claim {
  const missed = sum(strict, ({ missed }) => missed);
  const answered = sum(strict, ({ found }) => found) + missed;
  const unread = sum(strict, ({ unread }) => unread);
  return {
    text: 'A strict quorum read with R+W>N that is answered shows the acknowledged write',
    holds: missed === 0,
    evidence: `${missed} missed of ${answered} answered; ${unread} were refused`,
  };
}

function missesEverything(hints: readonly AwayFigures[], levels: Levels): Claim {
  const missed = sum(hints, ({ missed }) => missed);
  const found = sum(hints, ({ found }) => found);
  return {
    text: `Sloppy quorum reads with ${overlaps(levels) ? 'R+W>N' : levelsText(levels)} at replicas that were all away miss what was acknowledged meanwhile`,
    holds: missed > 0 && found === 0,
    evidence: `${missed} missed, ${found} found`,
  };
}

function acknowledgedText({ away, acknowledged, writes }: AwayFigures): string {
  return `${away} away ${acknowledged} of ${writes}`;
}

function sum(figures: readonly AwayFigures[], of: (one: AwayFigures) => number): number {
  return figures.reduce((total, one) => total + of(one), 0);
}
