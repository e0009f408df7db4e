/**
 * How long a suspect has to refute (Lifeguard, section IV-B: LHA-Suspicion). Long at first;
 * shorter with every other member that accuses it independently, since the fault is then less
 * likely the accuser's own.
 *
 * Invariant: each accuser counts once, and the first one, who began it, is no confirmation.
 */

import type { MemberNo } from './message.ts';
import type { GossipBounds, GossipTimes } from './options.ts';

export interface SuspicionLimits {
  readonly minMs: number;
  readonly maxMs: number;
  /** Confirmations that bring the timeout down to the least. */
  readonly confirmations: number;
  readonly lastCalls: number;
  readonly callIntervalMs: number;
}

type Figures = Pick<GossipTimes, 'probeIntervalMs'> &
  Pick<GossipBounds, 'suspicionMult' | 'suspicionMaxMult' | 'lastCalls'>;

/**
 * @param reachable members that are not dead, the own and the suspect among them. Where there
 *   are too few to confirm, none is waited for (memberlist, `suspectNode`).
 */
export function suspicionLimits(options: Figures, reachable: number): SuspicionLimits {
  const { suspicionMult, suspicionMaxMult, probeIntervalMs, lastCalls } = options;
  const minMs = suspicionMult * Math.max(1, Math.log10(reachable)) * probeIntervalMs;
  const wanted = suspicionMult - 2;
  const confirmations = reachable - 2 < wanted ? 0 : wanted;
  const maxMs = suspicionMaxMult * minMs;
  return { minMs, maxMs, confirmations, lastCalls, callIntervalMs: probeIntervalMs };
}

/** max - (max - min) ln(c + 1) / ln(k + 1), and not less than min. */
export function suspicionTimeout(
  limits: Pick<SuspicionLimits, 'minMs' | 'maxMs' | 'confirmations'>,
  confirmations: number,
): number {
  const { minMs, maxMs, confirmations: wanted } = limits;
  if (confirmations >= wanted) return minMs;
  const share = Math.log(confirmations + 1) / Math.log(wanted + 1);
  return Math.max(minMs, Math.floor(maxMs - share * (maxMs - minMs)));
}

export class Suspicion {
  readonly #limits: SuspicionLimits;
  readonly #sinceMs: number;
  readonly #accusers: Set<MemberNo>;
  #calls = 0;

  constructor(accuser: MemberNo, limits: SuspicionLimits, nowMs: number) {
    this.#limits = limits;
    this.#sinceMs = nowMs;
    this.#accusers = new Set([accuser]);
  }

  /** The member is dead at this time unless it refutes. */
  get endsAtMs(): number {
    return this.#sinceMs + suspicionTimeout(this.#limits, this.#accusers.size - 1);
  }

  /** When the suspect is to be called once more; never when that was done often enough. */
  get nextCallMs(): number {
    const left = this.#limits.lastCalls - this.#calls;
    return left > 0 ? this.endsAtMs - left * this.#limits.callIntervalMs : Number.POSITIVE_INFINITY;
  }

  /** @returns whether it is to be called now; calls that were missed are not made up for */
  call(nowMs: number): boolean {
    if (this.nextCallMs > nowMs) return false;
    while (this.nextCallMs <= nowMs) this.#calls += 1;
    return true;
  }

  get accusers(): readonly MemberNo[] {
    return [...this.#accusers];
  }

  isAccusedBy(member: MemberNo): boolean {
    return this.#accusers.has(member);
  }

  /** @returns whether it counts: only distinct accusers do, and only as many as are needed */
  confirm(accuser: MemberNo): boolean {
    if (this.#accusers.has(accuser)) return false;
    if (this.#accusers.size > this.#limits.confirmations) return false;
    this.#accusers.add(accuser);
    return true;
  }
}
