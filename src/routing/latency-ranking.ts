/**
 * How quickly each peer has answered reads lately: which one to ask first, and when an
 * answer is late (Dean and Barroso, "The Tail at Scale", 2013).
 */

import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';

/** Latencies kept per peer for the percentile. */
const SAMPLES = 128;
/** The percentile is computed anew after so many samples. */
const REFRESH_EVERY = 32;
export const LATE_PERCENTILE = 0.99;
const LATE_MS_MIN = 2;
/** One slow peer drags the percentile up; the bound keeps the hedge useful. */
const LATE_MS_MAX = 100;
const LATE_MS_UNKNOWN = 25;
/** Weight of the newest sample in the mean. */
const MEAN_WEIGHT = 0.1;
/** A peer not asked for so long is tried again, whatever it once took. */
const FORGET_AFTER_MS = 1_000;

/** When an answer is late, where so many milliseconds are its `LATE_PERCENTILE`. */
export function lateAfter(percentileMs: number): number {
  return Math.min(LATE_MS_MAX, Math.max(LATE_MS_MIN, percentileMs));
}

class PeerLatency {
  readonly #samples = new Float64Array(SAMPLES);
  #count = 0;
  #lateMs = LATE_MS_UNKNOWN;
  meanMs = 0;
  askedAt = Number.NEGATIVE_INFINITY;

  record(elapsedMs: number): void {
    this.#samples[this.#count % SAMPLES] = elapsedMs;
    this.meanMs += (elapsedMs - this.meanMs) * (this.#count === 0 ? 1 : MEAN_WEIGHT);
    this.#count++;
    if (this.#count % REFRESH_EVERY === 0) this.#refresh();
  }

  #refresh(): void {
    const kept = Math.min(this.#count, SAMPLES);
    const sorted = this.#samples.slice(0, kept).sort();
    this.#lateMs = lateAfter(
      sorted[Math.min(kept - 1, Math.floor(kept * LATE_PERCENTILE))] as number,
    );
  }

  get lateMs(): number {
    return this.#lateMs;
  }
}

export class LatencyRanking {
  readonly #clock: Clock;
  readonly #peers = new Map<NodeId, PeerLatency>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  answered(node: NodeId, askedAt: number): void {
    this.#peer(node).record(this.#clock.now() - askedAt);
  }

  /** A node that fails quickly is not a quick node. */
  failed(node: NodeId, askedAt: number): void {
    this.#peer(node).record(Math.max(LATE_MS_MAX, this.#clock.now() - askedAt));
  }

  /** Quickest first; responsive ones before the others. */
  order(nodes: readonly NodeId[], responsive: (node: NodeId) => boolean): readonly NodeId[] {
    if (nodes.length < 2) return nodes;
    const now = this.#clock.now();
    const expectedMs = (node: NodeId) =>
      responsive(node) ? this.#expectedMs(node, now) : Number.POSITIVE_INFINITY;
    return nodes.toSorted((a, b) => {
      const difference = expectedMs(a) - expectedMs(b);
      return Number.isNaN(difference) ? 0 : difference;
    });
  }

  /** How long to wait for this node before another one is asked too. */
  lateAfterMs(node: NodeId): number {
    return this.#peer(node).lateMs;
  }

  /** To be called when a node is asked, so that one request at a time tries a forgotten one. */
  asked(node: NodeId): number {
    const now = this.#clock.now();
    this.#peer(node).askedAt = now;
    return now;
  }

  #expectedMs(node: NodeId, now: number): number {
    const peer = this.#peer(node);
    return now - peer.askedAt > FORGET_AFTER_MS ? 0 : peer.meanMs;
  }

  #peer(node: NodeId): PeerLatency {
    let peer = this.#peers.get(node);
    if (peer === undefined) {
      peer = new PeerLatency();
      this.#peers.set(node, peer);
    }
    return peer;
  }
}
