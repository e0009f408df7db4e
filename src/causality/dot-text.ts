/** Dots as people and histories name them: `lineage.actorEpoch:counter`, the lineage in hex. */

import type { Dot, VersionVector } from './version-vector.ts';

export function dotText(dot: Dot): string {
  return `${actorText(dot)}:${dot.counter}`;
}

/** The greatest counter by actor. */
export function clockTexts(clock: VersionVector): Readonly<Record<string, number>> {
  return Object.fromEntries(clock.map((dot) => [actorText(dot), dot.counter]));
}

function actorText({ lineage, actorEpoch }: Dot): string {
  return `${lineage.toString(16)}.${actorEpoch}`;
}
