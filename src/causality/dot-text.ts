/** Dots as people and histories name them: `lineage.actorEpoch:counter`, the lineage in hex. */

import type { Actor, Dot, VersionVector } from './version-vector.ts';

export function dotText(dot: Dot): string {
  return `${actorText(dot)}:${dot.counter}`;
}

/** The greatest counter by actor. */
export function clockTexts(clock: VersionVector): Readonly<Record<string, number>> {
  return Object.fromEntries(clock.map((dot) => [actorText(dot), dot.counter]));
}

export function actorText({ lineage, actorEpoch }: Actor): string {
  return `${lineage.toString(16)}.${actorEpoch}`;
}
