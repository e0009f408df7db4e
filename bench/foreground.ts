/**
 * A steady load in the foreground while something goes on whose end is not known beforehand:
 * an open loop, in slices, until somebody says that it is enough.
 */

import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import type { Target } from './throughput/contestant.ts';
import type { Drive, Generator } from './throughput/generator.ts';
import { latencyHistogram, type Measurement } from './throughput/recording.ts';

const SLICE_MS = 1_000;
/** Connections are made anew for each slice. */
const SLICE_WARM_UP_MS = 100;
const SATURATION_WARM_UP_MS = 5_000;
/** Of a put. */
const LEVEL = 2;

export interface ForegroundOptions {
  readonly generator: Generator;
  readonly targets: readonly Target[];
  readonly connections: number;
  readonly valueBytes: number;
}

export interface PhaseFigures {
  readonly seconds: number;
  readonly opsPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly slices: number;
  /** Slices in which the generator itself was late; they count all the same. */
  readonly lateSlices: number;
}

export class Foreground {
  readonly #options: ForegroundOptions;
  #runs = 0;

  constructor(options: ForegroundOptions) {
    this.#options = options;
  }

  /** Puts a second, as many as the cluster can do. */
  async saturation(measureMs: number): Promise<number> {
    const { opsPerS } = await this.#run({
      loop: 'closed',
      warmUpMs: SATURATION_WARM_UP_MS,
      measureMs,
    });
    return opsPerS;
  }

  /** So many puts a second, for at least one slice. */
  async until(rate: number, isOver: () => boolean): Promise<PhaseFigures> {
    const slices: Measurement[] = [];
    do {
      slices.push(
        await this.#run({
          loop: 'open',
          rate,
          warmUpMs: SLICE_WARM_UP_MS,
          measureMs: SLICE_MS,
        }),
      );
    } while (!isOver());
    return figuresOf(slices);
  }

  forSeconds(rate: number, seconds: number): Promise<PhaseFigures> {
    const endsAt = performance.now() + seconds * 1_000;
    return this.until(rate, () => performance.now() >= endsAt);
  }

  /** Each writes keys of its own: one written again and again gathers siblings. */
  #run(drive: Drive): Promise<Measurement> {
    const { generator, targets, connections, valueBytes } = this.#options;
    const keyPrefix = `foreground-${this.#runs++}`;
    const workload = {
      ...({ api: 'dynamo', operation: 'put', level: LEVEL, keys: 0 } as const),
      ...{ valueBytes, keyPrefix },
    };
    return generator.run({ targets, connections, workload, drive });
  }
}

function figuresOf(slices: readonly Measurement[]): PhaseFigures {
  const all = latencyHistogram();
  const errors: Record<string, number> = {};
  for (const slice of slices) {
    all.add(decodeFromCompressedBase64(slice.histogram));
    for (const [what, times] of Object.entries(slice.errors)) {
      errors[what] = (errors[what] ?? 0) + times;
    }
  }
  const seconds = slices.reduce((sum, slice) => sum + slice.seconds, 0);
  const succeeded = slices.reduce((sum, slice) => sum + slice.succeeded, 0);
  return {
    seconds,
    opsPerS: succeeded / seconds,
    p50Ms: all.getValueAtPercentile(50) / 1_000,
    p99Ms: all.getValueAtPercentile(99) / 1_000,
    maxMs: all.maxValue / 1_000,
    errors,
    slices: slices.length,
    lateSlices: slices.filter(({ voided }) => voided === true).length,
  };
}
