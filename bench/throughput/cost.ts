/** What something costs: how a contestant that has it fares beside one without, round by round. */

import type { ContestResult, Turn } from './contest.ts';
import type { ContestantName } from './contestant.ts';
import { type Spread, spreadOf } from './spread.ts';

/** The share of the throughput that is lost. */
export function costOf(result: ContestResult, name: ContestantName, without: ContestantName) {
  return roundByRound(result, name, without, (turn, free) => 1 - turn.opsPerS / free.opsPerS);
}

/** By which share a request takes more processor time of the nodes. */
export function cpuCostOf(result: ContestResult, name: ContestantName, without: ContestantName) {
  return roundByRound(result, name, without, (turn, free) => turn.cpuUs / free.cpuUs - 1);
}

function roundByRound(
  { scores }: ContestResult,
  name: ContestantName,
  without: ContestantName,
  compare: (turn: Turn, free: Turn) => number,
): Spread {
  const roundsOf = (wanted: ContestantName) =>
    scores.find((score) => score.name === wanted)?.rounds ?? [];
  const free = roundsOf(without);
  return spreadOf(roundsOf(name).map((turn, i) => compare(turn, free[i] as Turn)));
}

export function costText({ median, min, max }: Spread): string {
  const percent = (share: number) => (share * 100).toFixed(0);
  return `${percent(median)} % (${percent(min)} to ${percent(max)})`;
}
