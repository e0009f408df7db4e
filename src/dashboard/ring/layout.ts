/**
 * Where everything of the drawing is, for a square of a given size: from the outside in, hashes,
 * numbers of partitions, the ring, zones, nodes, and room for what moves between them. What is
 * written never stands on something else that is; where it would, less is written.
 */

import type { Band } from './geometry.ts';
import { type Hub, hubsOf, placesOf } from './hubs.ts';
import { hashLabels, type Label, LETTER_WIDTH, numberLabels, shortened } from './labels.ts';
import { bandsOf } from './ring-arcs.ts';
import type { ZoneGroup, ZoneOf } from './zones.ts';

export interface ZoneArc {
  readonly zone: string | null;
  readonly from: number;
  readonly to: number;
  readonly radius: number;
  /** As much of its name as there is room for; empty: none. */
  readonly text: string;
  /** In the lower half names are written against the clock, so that they do not stand on their heads. */
  readonly isUpsideDown: boolean;
}

export interface Layout {
  readonly size: number;
  readonly isNarrow: boolean;
  /** Of all replicas. */
  readonly ring: Band;
  /** By place in the replica lists. */
  readonly bands: readonly Band[];
  readonly hubs: ReadonlyMap<string, Hub>;
  readonly zones: readonly ZoneArc[];
  readonly numbers: readonly Label[];
  readonly hashes: readonly Label[];
}

/** Hashes are left out, the detail tells them. */
const NARROW = 480;
/** Between the ring and the line of a zone, where its name stands. */
const ZONE_NAME = 20;

export function layoutOf(
  size: number,
  depth: number,
  partitionCount: number,
  groups: readonly ZoneGroup<ZoneOf>[],
): Layout {
  const isNarrow = size < NARROW;
  const outer = size / 2 - (isNarrow ? 22 : 44);
  const ring = { inner: outer - Math.max(42, outer * 0.27), outer };
  const hasZones = groups.some(({ zone }) => zone !== null);
  const zoneRadius = ring.inner - ZONE_NAME;
  return {
    size,
    isNarrow,
    ring,
    bands: bandsOf(depth, ring),
    hubs: hubsOf(groups, hasZones ? zoneRadius - 14 : ring.inner - 22),
    zones: hasZones ? zoneArcs(groups, zoneRadius) : [],
    numbers: numberLabels(partitionCount, outer + 12),
    hashes: isNarrow ? [] : hashLabels(outer + 32),
  };
}

function zoneArcs(groups: readonly ZoneGroup<ZoneOf>[], radius: number): readonly ZoneArc[] {
  const { gap, all } = placesOf(groups);
  let place = gap / 2;
  return groups.map(({ zone, nodes }) => {
    const from = (place - gap * 0.3) / all;
    const to = (place + nodes.length + gap * 0.3) / all;
    place += nodes.length + gap;
    const middle = (from + to) / 2;
    const length = (to - from) * 2 * Math.PI * radius;
    const letters = Math.floor(length / LETTER_WIDTH) - 1;
    const text = letters < 2 ? '' : shortened(zone ?? 'no zone', letters);
    const isUpsideDown = middle > 0.25 && middle < 0.75;
    // One zone alone would close its circle, which no path along it can.
    return { zone, from, to: Math.min(to, from + 0.999), radius, text, isUpsideDown };
  });
}
