/**
 * What reads and writes at other replicas took lately, for those who want to predict what the
 * next ones will (pbs/). Failures are not among them.
 */

import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';

/** Kept of each node and kind, the newest. */
const SAMPLES = 512;
/** Older ones say nothing of how it is now. */
const AGE_MS_MAX = 300_000;

/** In no particular order; milliseconds. */
export interface RecentTimes {
  readonly node: NodeId;
  /** From asking a replica for a key to its answer; none of the own node. */
  readonly readsMs: readonly number[];
  /** From sending a write until it was on that replica's disk; of the own node: on its disk. */
  readonly writesMs: readonly number[];
  /** Of the oldest of them. */
  readonly oldestAgeMs: number;
}

class Recent {
  readonly #tookMs = new Float64Array(SAMPLES);
  readonly #endedAt = new Float64Array(SAMPLES);
  #count = 0;

  record(startedAt: number, now: number): void {
    const place = this.#count++ % SAMPLES;
    this.#tookMs[place] = now - startedAt;
    this.#endedAt[place] = now;
  }

  since(oldest: number): { readonly tookMs: readonly number[]; readonly oldest: number } {
    const kept = Math.min(this.#count, SAMPLES);
    const isRecent = (_: number, i: number) => (this.#endedAt[i] as number) >= oldest;
    const endedAt = this.#endedAt.subarray(0, kept).filter(isRecent);
    return {
      tookMs: [...this.#tookMs.subarray(0, kept).filter(isRecent)],
      oldest: endedAt.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY),
    };
  }
}

export class RoundTrips {
  readonly #clock: Clock;
  readonly #reads = new Map<NodeId, Recent>();
  readonly #writes = new Map<NodeId, Recent>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param startedAt in `clock.now()` */
  read(node: NodeId, startedAt: number): void {
    recentOf(this.#reads, node).record(startedAt, this.#clock.now());
  }

  wrote(node: NodeId, startedAt: number): void {
    recentOf(this.#writes, node).record(startedAt, this.#clock.now());
  }

  /** Of all nodes of which something is known. */
  recent(): readonly RecentTimes[] {
    const now = this.#clock.now();
    const names = [...new Set([...this.#reads.keys(), ...this.#writes.keys()])].sort();
    return names.flatMap((node) => {
      const reads = recentOf(this.#reads, node).since(now - AGE_MS_MAX);
      const writes = recentOf(this.#writes, node).since(now - AGE_MS_MAX);
      if (reads.tookMs.length + writes.tookMs.length === 0) return [];
      const oldestAgeMs = now - Math.min(reads.oldest, writes.oldest);
      return [{ node, readsMs: reads.tookMs, writesMs: writes.tookMs, oldestAgeMs }];
    });
  }
}

function recentOf(all: Map<NodeId, Recent>, node: NodeId): Recent {
  const recent = all.get(node) ?? new Recent();
  all.set(node, recent);
  return recent;
}
