/** What PBS predicts of the reads that are tried (trials.ts). */

import type { WarsLaws } from '../../../src/pbs/fits.ts';
import { constant, type Law } from '../../../src/pbs/laws.ts';
import { replicaModel } from '../../../src/pbs/models.ts';
import { quantile } from '../../../src/pbs/prediction.ts';
import { WarsTrials } from '../../../src/pbs/wars.ts';
import { LATE_PERCENTILE, lateAfter } from '../../../src/routing/latency-ranking.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';

const ROUND_TRIPS = 20_000;

/** Probabilities of a fresh read at R = W = 1 at whose times reads are tried. */
const LOOKED_AT = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9995];

export interface Predicting {
  /** Replicas, at least 2. */
  readonly n: number;
  readonly seed: number;
  readonly trials: number;
}

export function predictTrials(
  remote: WarsLaws,
  { n, seed, trials: size }: Predicting,
  ownDisk: Law = constant(0),
): WarsTrials {
  const random = new SeededRandom(seed);
  const float = () => random.float();
  const roundTrips = Float64Array.from(
    { length: ROUND_TRIPS },
    () => remote.r(float) + remote.s(float),
  ).sort();
  const oneMoreAfterMs = lateAfter(quantile(roundTrips, LATE_PERCENTILE));
  const model = replicaModel({ n, remote, ownDisk, oneMoreAfterMs });
  const trials = new WarsTrials(model, float, size);
  trials.run(size);
  return trials;
}

/** Where something is to be seen; rising from 0. */
export function timesToTry(predicted: WarsTrials): readonly number[] {
  const freshFromMs = predicted.freshFromMs(1, 1);
  const times = LOOKED_AT.map((share) => quantile(freshFromMs, share)).filter((ms) => ms > 0);
  return [...new Set([0, ...times.map((ms) => Number(ms.toPrecision(3)))])];
}
