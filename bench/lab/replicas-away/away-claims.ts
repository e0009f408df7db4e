/** What theory demands while replicas are away. */

import type { Claim } from '../experiment.ts';
import type { AwayFigures } from './away-findings.ts';

/** Of writes, where a quorum can be had: some may come too late on a machine that is busy. */
const MOST = 0.5;

export function claimsOf(figures: readonly AwayFigures[]): readonly Claim[] {
  const hints = figures.filter(({ variant }) => variant === 'sloppy, hints');
  const strict = figures.filter(({ variant }) => variant === 'strict');
  const others = figures.filter(({ variant }) => variant !== 'sloppy, hints');
  return [
    {
      text: 'A sloppy quorum with hints takes writes however many of the three replicas are away',
      holds: hints.every(({ acknowledged, writes }) => acknowledged >= MOST * writes),
      evidence: hints.map(acknowledgedText).join('; '),
    },
    {
      text: 'With two or three replicas away, strict quorums and sloppy ones without hints take no write',
      holds: others.every(({ away, acknowledged }) => away < 2 || acknowledged === 0),
      evidence: others.map((one) => `${one.variant}: ${acknowledgedText(one)}`).join('; '),
    },
    missesNothing(strict),
    missesEverything(hints.filter(({ away }) => away >= 2)),
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

function missesEverything(hints: readonly AwayFigures[]): Claim {
  const missed = sum(hints, ({ missed }) => missed);
  const found = sum(hints, ({ found }) => found);
  return {
    text: 'Sloppy quorum reads with R+W>N at replicas that were all away miss what was acknowledged meanwhile',
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
