/**
 * Where everything of the drawing is, for a square of a given size: from the outside in, hashes,
 * numbers of partitions, the ring, zones, nodes, and room for what moves between them. What is
 * written never stands on something else that is; where it would, less is written.
 */

import { type Band, type Point, pointAt } from './geometry.ts';
import { bandsOf } from './ring-arcs.ts';
import type { ZoneGroup, ZoneOf } from './zones.ts';

/** Of a digit or letter at the size of labels, on the wide side. */
const LETTER_WIDTH = 7;
const LABEL_HEIGHT = 14;

export interface Label {
  readonly text: string;
  readonly at: Point;
  /** Degrees, clockwise. */
  readonly rotation: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** `pill`: its name is in it; `spoke`: its name stands along the radius; `dot`: there is no room for it. */
export type HubForm = 'pill' | 'spoke' | 'dot';

/** A node inside the ring. */
export interface Hub {
  readonly id: string;
  readonly form: HubForm;
  readonly turn: number;
  readonly at: Point;
  /** Of a pill; of a dot its diameter. */
  readonly width: number;
  readonly label: Label | undefined;
}

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
  /** Of all replicas. */
  readonly ring: Band;
  /** By place in the replica lists. */
  readonly bands: readonly Band[];
  readonly hubRadius: number;
  readonly hubs: ReadonlyMap<string, Hub>;
  readonly zones: readonly ZoneArc[];
  readonly numbers: readonly Label[];
  readonly hashes: readonly Label[];
}

export const PILL_HEIGHT = 26;
const PILL_PADDING = 20;
const PILLS_MAX = 16;

export function layoutOf(
  size: number,
  depth: number,
  partitionCount: number,
  groups: readonly ZoneGroup<ZoneOf>[],
): Layout {
  const isNarrow = size < 480;
  const outer = size / 2 - (isNarrow ? 36 : 44);
  const ring = { inner: outer - Math.max(46, outer * 0.29), outer };
  const hasZones = groups.length > 1 || groups.some(({ zone }) => zone !== null);
  const zoneRadius = ring.inner - 14;
  const hubRadius = zoneRadius - (hasZones ? 24 : 10);
  return {
    size,
    ring,
    bands: bandsOf(depth, ring),
    hubRadius,
    hubs: hubsOf(groups, hubRadius),
    zones: hasZones ? zoneArcs(groups, zoneRadius) : [],
    numbers: numberLabels(partitionCount, outer + 10),
    hashes: hashLabels(outer + (isNarrow ? 26 : 30)),
  };
}

/** Half a place is left free on either side of a zone. */
function placesOf(groups: readonly ZoneGroup<ZoneOf>[]) {
  const nodes = groups.reduce((sum, group) => sum + group.nodes.length, 0);
  const gap = groups.length > 1 ? 0.6 : 0;
  return { nodes, gap, all: nodes + gap * groups.length };
}

function hubsOf(groups: readonly ZoneGroup<ZoneOf>[], radius: number): ReadonlyMap<string, Hub> {
  const { nodes, gap, all } = placesOf(groups);
  const form = formOf(nodes, all, radius);
  const hubs = new Map<string, Hub>();
  let place = gap / 2;
  for (const group of groups) {
    for (const { id } of group.nodes) {
      hubs.set(id, hubAt(id, (place + 0.5) / all, form, radius, all));
      place++;
    }
    place += gap;
  }
  return hubs;
}

/** Inside of a dot there is the name, and inside of the names room for what moves. */
const SPOKE_LENGTH_MIN = 5 * LETTER_WIDTH;
const CENTRE_SHARE = 0.45;

function formOf(nodes: number, places: number, radius: number): HubForm {
  if (nodes <= PILLS_MAX && widthBetween(places, radius - PILL_HEIGHT / 2) >= 46) return 'pill';
  const length = radius * (1 - CENTRE_SHARE);
  const isRoom = widthBetween(places, radius * CENTRE_SHARE + 12) >= LABEL_HEIGHT * 0.75;
  return isRoom && length >= SPOKE_LENGTH_MIN ? 'spoke' : 'dot';
}

function widthBetween(places: number, radius: number): number {
  return places <= 1 ? 2 * radius : 2 * radius * Math.sin(Math.PI / places);
}

function hubAt(id: string, turn: number, form: HubForm, radius: number, places: number): Hub {
  if (form === 'pill') return pillAt(id, turn, radius, places);
  const at = pointAt(turn, radius);
  const dot = Math.min(14, widthBetween(places, radius) * 0.62);
  if (form === 'dot') return { id, form, turn, at, width: dot, label: undefined };
  const letters = Math.floor((radius * (1 - CENTRE_SHARE) - 12) / LETTER_WIDTH);
  const isRight = turn < 0.5;
  const label: Label = {
    text: shortened(id, letters),
    at: pointAt(turn, radius - dot / 2 - 4),
    // Towards the middle, readable from the left to the right.
    rotation: turn * 360 + (isRight ? -90 : 90),
    anchor: isRight ? 'end' : 'start',
  };
  return { id, form, turn, at, width: dot, label };
}

/** Pills stand a little further in, so that they stay clear of the zones. */
function pillAt(id: string, turn: number, radius: number, places: number): Hub {
  const between = widthBetween(places, radius - PILL_HEIGHT / 2);
  const room = Math.min(132, between * 0.92, radius * 0.85);
  const text = shortened(id, Math.max(2, Math.floor((room - PILL_PADDING) / LETTER_WIDTH)));
  const width = Math.max(40, text.length * LETTER_WIDTH + PILL_PADDING);
  const sideways = Math.abs(Math.sin(2 * Math.PI * turn));
  const inwards = PILL_HEIGHT / 2 + sideways * (width / 2 - PILL_HEIGHT / 2);
  const at = pointAt(turn, radius + 8 - inwards);
  const label: Label = { text, at, rotation: 0, anchor: 'middle' };
  return { id, form: 'pill', turn, at, width, label };
}

/** With a sign where something is missing. */
export function shortened(text: string, letters: number): string {
  if (text.length <= letters) return text;
  return `${text.slice(0, Math.max(1, letters - 1))}…`;
}

function zoneArcs(groups: readonly ZoneGroup<ZoneOf>[], radius: number): readonly ZoneArc[] {
  const { gap, all } = placesOf(groups);
  let place = gap / 2;
  return groups.map(({ zone, nodes }) => {
    const from = (place - gap * 0.3) / all;
    const to = (place + nodes.length + gap * 0.3) / all;
    place += nodes.length + gap;
    const middle = (from + to) / 2;
    const length = (to - from) * 2 * Math.PI * (radius - 12);
    const letters = Math.floor(length / LETTER_WIDTH) - 1;
    const text = letters < 2 ? '' : shortened(zone ?? 'no zone', letters);
    const isUpsideDown = middle > 0.25 && middle < 0.75;
    // One zone alone would close its circle, which no path along it can.
    return { zone, from, to: Math.min(to, from + 0.999), radius, text, isUpsideDown };
  });
}

/** Every one that there is room for, or every second, fourth, ... */
function numberLabels(count: number, radius: number): readonly Label[] {
  const step = numberStep(count, radius);
  const labels: Label[] = [];
  for (let partition = 0; partition < count; partition += step) {
    labels.push(labelAlong((partition + 0.5) / count, radius, String(partition)));
  }
  return labels;
}

export function numberStep(count: number, radius: number): number {
  const width = (String(count - 1).length + 1) * LETTER_WIDTH;
  const room = Math.max(1, Math.floor((2 * Math.PI * radius) / Math.max(width, LABEL_HEIGHT + 4)));
  let step = 1;
  while (count / step > room) step *= 2;
  return step;
}

/** The quarters of the hash ring. */
function hashLabels(radius: number): readonly Label[] {
  const quarters = ['0000…', '4000…', '8000…', 'c000…'];
  return quarters.map((text, quarter) => labelAlong(quarter / 4, radius, text));
}

/** Along the circle, so that it is as high as a letter everywhere; in the lower half turned over. */
function labelAlong(turn: number, radius: number, text: string): Label {
  const degrees = turn * 360;
  const rotation = turn > 0.25 && turn < 0.75 ? degrees - 180 : degrees;
  return { text, at: pointAt(turn, radius), rotation, anchor: 'middle' };
}
