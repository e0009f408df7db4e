/**
 * Contestants measured fairly: they take turns (A B C, C B A, ...), so that what the machine
 * does meanwhile hits all alike, and each round gives every one of them a figure.
 */

import { type Spread, spreadOf } from '../../throughput/spread.ts';
import type { YcsbGenerator } from '../ycsb/generator.ts';
import type { Drive, Measured } from '../ycsb/generator-job.ts';
import type { Contestant } from './contestants.ts';

export interface TurnOptions {
  readonly generator: YcsbGenerator;
  readonly contestants: readonly Contestant[];
  readonly drive: Drive;
  readonly records: number;
  readonly rounds: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onTurn: (contestant: Contestant, measured: Measured) => void;
}

/** Of one contestant over all rounds; rounds whose generator lagged count in no figure. */
export interface Score {
  readonly contestant: string;
  readonly opsPerS: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  /** Per operation, all rounds together, by what went wrong. */
  readonly errors: Readonly<Record<string, number>>;
  readonly operations: number;
  readonly voided: number;
  readonly rounds: readonly Measured[];
}

export async function takeTurns(options: TurnOptions): Promise<readonly Score[]> {
  const { generator, contestants, drive, records, rounds, seed, signal, onTurn } = options;
  const measured = new Map<Contestant, Measured[]>(contestants.map((one) => [one, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const job = { store: contestant.store, records, seed: seed + round, drive };
      const turn = await generator.run(job, signal);
      measured.get(contestant)?.push(turn);
      onTurn(contestant, turn);
    }
  }
  return [...measured].map(([{ name }, turns]) => scoreOf(name, turns));
}

function scoreOf(contestant: string, rounds: readonly Measured[]): Score {
  const good = rounds.filter(({ voided }) => !voided);
  const errors: Record<string, number> = {};
  for (const round of rounds) {
    for (const [what, count] of Object.entries(round.errors)) {
      errors[what] = (errors[what] ?? 0) + count;
    }
  }
  return {
    contestant,
    opsPerS: spreadOf(good.map(({ opsPerS }) => opsPerS)),
    p50Ms: spreadOf(good.map(({ all }) => all.p50)),
    p99Ms: spreadOf(good.map(({ all }) => all.p99)),
    errors,
    operations: rounds.reduce((sum, { all }) => sum + all.count, 0),
    voided: rounds.length - good.length,
    rounds,
  };
}
