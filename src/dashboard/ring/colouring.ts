/** What the colours of the ring stand for: nodes, or the zones that they are in. */

import { nodeColour } from '../node-colours.ts';
import type { ZoneOf } from './zones.ts';

export type ColouredBy = 'node' | 'zone';

export interface Colouring {
  readonly by: ColouredBy;
  /** What a node’s arcs are put together by. */
  readonly keyOf: (node: string) => string;
  /** Of such a key. */
  readonly colourOf: (key: string) => string;
  /** The number of a pattern, so that zones differ by more than colour; undefined: none. */
  readonly patternOf: (key: string) => number | undefined;
}

/** No zone has such a name. */
const NO_ZONE = '';

export const PATTERNS = 5;

export function colouringOf(
  by: ColouredBy,
  nodes: readonly ZoneOf[],
  zoneNames: readonly string[],
): Colouring {
  const names = nodes.map(({ id }) => id).sort();
  if (by === 'node') {
    return {
      by,
      keyOf: (node) => node,
      colourOf: (node) => nodeColour(node, names),
      patternOf: () => undefined,
    };
  }
  const zones = new Map(nodes.map(({ id, zone }) => [id, zone ?? NO_ZONE]));
  return {
    by,
    keyOf: (node) => zones.get(node) ?? NO_ZONE,
    colourOf: (zone) => nodeColour(zone, zoneNames),
    patternOf: (zone) => {
      const place = zoneNames.indexOf(zone);
      // The first one is plain.
      return place <= 0 ? undefined : (place - 1) % PATTERNS;
    },
  };
}

export function zoneNamesOf(nodes: readonly ZoneOf[]): readonly string[] {
  return [...new Set(nodes.flatMap(({ zone }) => (zone === null ? [] : [zone])))].sort();
}
