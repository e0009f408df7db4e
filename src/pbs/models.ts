/** Who writes, who reads and over which ways: models for wars.ts. */

import { FITS, type FitName, type WarsLaws } from './fits.ts';
import { constant, type Float, type Law, measured } from './laws.ts';
import type { Trial, WarsModel } from './wars.ts';

/** As it was published: the coordinator is no replica, and a read asks all of them. */
export function publishedModel(name: FitName, n: number): WarsModel {
  const { remote, near = remote } = FITS[name];
  return {
    n,
    deal: (trial, float) => {
      for (let i = 0; i < n; i++) {
        dealReplica(trial, i, i === 0 ? near : remote, float);
        trial.order[i] = i;
      }
    },
  };
}

/** Where each node keeps what it coordinates: the own copy is reached at once. */
export interface ReplicaModel {
  /** At least 2, as of all models here. */
  readonly n: number;
  /** Of the other replicas. */
  readonly remote: WarsLaws;
  /** Until a write is on the coordinator's own disk. */
  readonly ownDisk: Law;
  readonly oneMoreAfterMs: number;
}

/** Of a trial: the replica that coordinates the write, and the one that coordinates the read. */
const WRITER = 0;
const READER = 1;

/**
 * As this store does it, where all replicas are alike: one replica coordinates the write and
 * another one the read, which asks itself and R - 1 of the others, whichever.
 */
export function replicaModel({ n, remote, ownDisk, oneMoreAfterMs }: ReplicaModel): WarsModel {
  const own: WarsLaws = { ...remote, w: AT_ONCE, a: ownDisk };
  return {
    n,
    oneMoreAfterMs,
    deal: (trial, float) => {
      for (let i = 0; i < n; i++) dealReplica(trial, i, i === WRITER ? own : remote, float);
      askReaderFirst(trial, float);
    },
  };
}

/** What one node has measured of the way to another: round trips, in milliseconds. */
export interface MeasuredPeer {
  /** None: what they take is taken for what writes take without the disk. */
  readonly readsMs: ArrayLike<number>;
  /** At least one. */
  readonly writesMs: ArrayLike<number>;
}

export interface MeasuredModel {
  readonly n: number;
  /** At least n - 1. */
  readonly peers: readonly MeasuredPeer[];
  /** Until a write was on this node's own disk, in milliseconds; at least one. */
  readonly ownDiskMs: ArrayLike<number>;
  readonly oneMoreAfterMs: number;
}

/**
 * A write through the node that measured, and a read through another replica, with N - 1 of its
 * peers. Clocks differ, so only round trips are known. Of a peer's least round trip half is taken
 * for each way; of what others took beyond it, any part may have been on the way there, each as
 * likely as another, which is how it is where waiting is exponential. From writes the time of a
 * disk goes off first, which is taken to be as long as here: a replica shows a write from when it
 * has come, and only its answers wait for the disk. The ways between two peers nobody here knows:
 * they are taken to be as those from here.
 */
export function measuredModel({ n, peers, ownDiskMs, oneMoreAfterMs }: MeasuredModel): WarsModel {
  const ownDisk = measured(ownDiskMs);
  const diskMs = medianOf(ownDiskMs);
  const own: WarsLaws = { w: AT_ONCE, a: ownDisk, r: AT_ONCE, s: AT_ONCE };
  const known = peers.map((peer) => knownOf(peer, diskMs));
  const chosen = Uint8Array.from(peers, (_, i) => i);
  return {
    n,
    oneMoreAfterMs,
    deal: (trial, float) => {
      shuffle(chosen, float);
      dealReplica(trial, WRITER, own, float);
      for (let i = 1; i < n; i++) {
        dealRoundTrips(trial, i, known[chosen[i - 1] as number] as KnownPeer, float);
      }
      // From the reader to the writer it is as far as from the writer to the reader.
      trial.r[WRITER] = trial.r[READER] as number;
      trial.s[WRITER] = trial.s[READER] as number;
      askReaderFirst(trial, float);
    },
  };
}

const AT_ONCE = constant(0);

function dealReplica({ w, a, r, s }: Trial, i: number, laws: WarsLaws, float: Float): void {
  w[i] = laws.w(float);
  a[i] = laws.a(float);
  r[i] = laws.r(float);
  s[i] = laws.s(float);
}

/** Round trips without any disk. */
interface KnownPeer {
  readonly reads: RoundTripTimes;
  readonly writes: RoundTripTimes;
  readonly diskMs: number;
}

interface RoundTripTimes {
  readonly ms: Float64Array;
  readonly leastMs: number;
}

function knownOf({ readsMs, writesMs }: MeasuredPeer, diskMs: number): KnownPeer {
  const writes = timesOf(Float64Array.from(writesMs, (ms) => Math.max(0, ms - diskMs)));
  const reads = readsMs.length === 0 ? writes : timesOf(Float64Array.from(readsMs));
  return { reads, writes, diskMs };
}

function timesOf(ms: Float64Array): RoundTripTimes {
  return { ms, leastMs: ms.reduce((least, one) => Math.min(least, one)) };
}

function dealRoundTrips(
  { w, a, r, s }: Trial,
  i: number,
  { reads, writes, diskMs }: KnownPeer,
  float: Float,
): void {
  const writeMs = oneOf(writes.ms, float);
  const thereMs = oneWay(writeMs, writes.leastMs, float);
  w[i] = thereMs;
  a[i] = writeMs - thereMs + diskMs;
  const readMs = oneOf(reads.ms, float);
  const toReadMs = oneWay(readMs, reads.leastMs, float);
  r[i] = toReadMs;
  s[i] = readMs - toReadMs;
}

/** Of what is beyond the least round trip, any part may have been on the way there. */
function oneWay(roundTripMs: number, leastMs: number, float: Float): number {
  return leastMs / 2 + float() * (roundTripMs - leastMs);
}

function oneOf(samples: ArrayLike<number>, float: Float): number {
  return samples[Math.floor(float() * samples.length)] as number;
}

/** The reader's own copy first, at once; the others in any order. */
function askReaderFirst({ r, s, order }: Trial, float: Float): void {
  r[READER] = 0;
  s[READER] = 0;
  order[0] = READER;
  for (let i = 1; i < order.length; i++) order[i] = i === READER ? WRITER : i;
  shuffle(order.subarray(1), float);
}

/** Fisher and Yates. */
function shuffle(places: Uint8Array, float: Float): void {
  for (let left = places.length; left > 1; left--) {
    const other = Math.floor(float() * left);
    const last = places[left - 1] as number;
    places[left - 1] = places[other] as number;
    places[other] = last;
  }
}

function medianOf(samples: ArrayLike<number>): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.floor(sorted.length / 2)] as number;
}
