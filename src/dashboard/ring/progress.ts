/** How fast what moves has gone over the last seconds, and so how long the rest takes. */

import type { TransfersDocument } from '../../client/ring-documents.ts';

export interface Sample {
  readonly atMs: number;
  readonly bytesMoved: number;
  /** By partition, of moves on their way. */
  readonly keys: ReadonlyMap<number, number>;
}

/** Long enough to even out chunks and polls, short enough to follow a bound that is changed. */
const WINDOW_MS = 10_000;

export function sampleOf({ moves, bytesMoved }: TransfersDocument, atMs: number): Sample {
  const keys = new Map(moves.map((move) => [move.partition, move.keys]));
  return { atMs, bytesMoved, keys };
}

/**
 * The samples of the window, the new one last. What is older is dropped, but for one that reaches
 * back to the window's beginning.
 */
export function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && last.atMs >= sample.atMs) return samples;
  // A node that was asked anew after a restart counts from 0 on.
  if (last !== undefined && last.bytesMoved > sample.bytesMoved) return [sample];
  const since = sample.atMs - WINDOW_MS;
  const kept = samples.filter(
    ({ atMs }, i) => atMs >= since || (samples[i + 1]?.atMs ?? 0) > since,
  );
  return [...kept, sample];
}

/** Undefined: nobody has watched for long enough. */
export function bytesPerSecond(samples: readonly Sample[]): number | undefined {
  return rateOf(samples, ({ bytesMoved }) => bytesMoved);
}

/** Of the whole change; undefined: not known, or nothing goes on. */
export function secondsLeft(
  samples: readonly Sample[],
  { bytesLeft }: Pick<TransfersDocument, 'bytesLeft'>,
): number | undefined {
  const rate = bytesPerSecond(samples);
  if (bytesLeft === null || rate === undefined || rate < 1) return undefined;
  return bytesLeft / rate;
}

/** Of one partition, by its keys; likewise. */
export function secondsLeftOf(
  samples: readonly Sample[],
  partition: number,
  keysInAll: number | null,
): number | undefined {
  const known = samples.filter(({ keys }) => keys.has(partition));
  // One that fell is of another move of the same partition.
  const begun = known.findLastIndex(({ keys }, i) => {
    const before = known[i - 1]?.keys.get(partition) ?? 0;
    return before > (keys.get(partition) ?? 0);
  });
  const own = known.slice(Math.max(0, begun));
  const rate = rateOf(own, ({ keys }) => keys.get(partition) ?? 0);
  const keys = own.at(-1)?.keys.get(partition);
  if (keysInAll === null || keys === undefined || rate === undefined || rate <= 0) return undefined;
  return Math.max(0, keysInAll - keys) / rate;
}

const APART_MS_MIN = 900;

function rateOf(
  samples: readonly Sample[],
  countOf: (sample: Sample) => number,
): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const ms = last.atMs - first.atMs;
  if (ms < APART_MS_MIN) return undefined;
  return ((countOf(last) - countOf(first)) * 1_000) / ms;
}
