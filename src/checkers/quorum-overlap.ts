/** Whether quorums have a replica in common, for what one promised and another has to keep. */

import type { FaultWindow, Operation } from './history.ts';

/** Of the nodes counted, those that are replicas: as many as are known of. */
export function primariesOf({ quorum }: Operation): number {
  if (quorum === undefined) return 0;
  const { needed, strict, primaries, fallbacks } = quorum;
  if (primaries !== undefined) return primaries;
  if (strict) return needed;
  return fallbacks === undefined ? 0 : Math.max(0, needed - fallbacks);
}

/** What a delete that reads for itself asks. */
export function majorityOf(n: number): number {
  return Math.floor(n / 2) + 1;
}

/** Lost disks count for nothing. */
export class Overlap {
  readonly #wipedAtMs: readonly number[];

  constructor(faults: readonly FaultWindow[]) {
    this.#wipedAtMs = faults.flatMap(({ from, wiped = [] }) => wiped.map(() => from));
  }

  /** Whether so many answers and so many copies, of n replicas, have one in common. */
  isSure(n: number, answers: number, copies: number, untilMs: number): boolean {
    const lost = this.#wipedAtMs.filter((atMs) => atMs <= untilMs).length;
    return answers + copies - lost > n;
  }
}
