/**
 * Latencies of three stores in production, as Bailis et al. fitted them (Probabilistically
 * Bounded Staleness for Practical Partial Quorums, VLDB 2012, table 3): LinkedIn on solid-state
 * disks and on spinning ones, Yammer, and replicas in several places of the world.
 */

import { exponential, type Law, mixture, pareto, shifted } from './laws.ts';

/** Of one replica: the way of a write there (W) and back (A), of a read there (R) and back (S). */
export interface WarsLaws {
  readonly w: Law;
  readonly a: Law;
  readonly r: Law;
  readonly s: Law;
}

export interface Fit {
  readonly title: string;
  /** Of a replica that is reached over the network. */
  readonly remote: WarsLaws;
  /** Of the one replica beside the coordinator, where the others are far away. */
  readonly near?: WarsLaws;
}

export const FIT_NAMES = ['ssd', 'disk', 'ymmr', 'wan'] as const;

export type FitName = (typeof FIT_NAMES)[number];

/** To another place of the world, one way. */
const FAR_MS = 75;

const ssd = mixture(0.9122, pareto(0.235, 10), exponential(1.66));
const disk = mixture(0.38, pareto(1.05, 1.51), exponential(0.183));
const yammerWrite = mixture(0.939, pareto(3, 3.35), exponential(0.0028));
const yammer = mixture(0.982, pareto(1.5, 3.8), exponential(0.0217));

const DISK: WarsLaws = { w: disk, a: ssd, r: ssd, s: ssd };

export const FITS: Readonly<Record<FitName, Fit>> = {
  ssd: { title: 'LinkedIn, solid-state disks', remote: { w: ssd, a: ssd, r: ssd, s: ssd } },
  disk: { title: 'LinkedIn, spinning disks', remote: DISK },
  ymmr: {
    title: 'Yammer',
    remote: { w: yammerWrite, a: yammer, r: yammer, s: yammer },
  },
  wan: { title: 'wide area', remote: far(DISK), near: DISK },
};

function far({ w, a, r, s }: WarsLaws): WarsLaws {
  return {
    w: shifted(w, FAR_MS),
    a: shifted(a, FAR_MS),
    r: shifted(r, FAR_MS),
    s: shifted(s, FAR_MS),
  };
}
