/**
 * How far the wall clocks of others stand from the own, as NTP finds out: half of the round
 * trip is taken for the way there, and is the error (RFC 5905, section 8). Of the last samples
 * of a member the one with the smallest error counts.
 */

import type { MemberNo } from './message.ts';

export interface ClockOffset {
  readonly member: MemberNo;
  /** The member's wall clock less the own. */
  readonly offsetMs: number;
  /** The true offset is so near, if no clock was set meanwhile. */
  readonly errorMs: number;
}

/** As many as NTP's clock filter has. */
const SAMPLES_MAX = 8;

/** @param tripMs by the monotonic clock, since the own wall clock may be set meanwhile */
export function offsetOf(
  member: MemberNo,
  pingWallTimeMs: number,
  ackWallTimeMs: number,
  tripMs: number,
): ClockOffset {
  const midwayMs = pingWallTimeMs + tripMs / 2;
  return { member, offsetMs: ackWallTimeMs - midwayMs, errorMs: tripMs / 2 };
}

export class ClockOffsets {
  readonly #samples = new Map<MemberNo, ClockOffset[]>();

  add(sample: ClockOffset): void {
    const samples = this.#samples.get(sample.member) ?? [];
    this.#samples.set(sample.member, [...samples, sample].slice(-SAMPLES_MAX));
  }

  forget(member: MemberNo): void {
    this.#samples.delete(member);
  }

  /** One for each member that answered. */
  best(): readonly ClockOffset[] {
    return [...this.#samples.values()].map((samples) =>
      samples.reduce((best, sample) => (sample.errorMs < best.errorMs ? sample : best)),
    );
  }
}
