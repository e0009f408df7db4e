/**
 * Where the nodes stand inside the ring: on a circle, zone by zone. A few have their names in
 * them; of more the names stand along the radius, inside of their dots; of too many for that
 * there are only dots.
 */

import { type Point, pointAt } from './geometry.ts';
import { type Label, LETTER_WIDTH, shortened } from './labels.ts';
import type { ZoneGroup, ZoneOf } from './zones.ts';

/** `pill`: its name is in it; `spoke`: its name stands along the radius; `dot`: it has none. */
export type HubForm = 'pill' | 'spoke' | 'dot';

export interface Hub {
  readonly id: string;
  readonly form: HubForm;
  readonly turn: number;
  readonly at: Point;
  /** Of a pill; of a dot its diameter. */
  readonly width: number;
  readonly label: Label | undefined;
  /** Where lines through the middle begin and end: what is written is not crossed by them. */
  readonly gate: Point;
}

/** On the circle, one node’s part being 1. */
export interface Places {
  /** Left free between two zones. */
  readonly gap: number;
  readonly all: number;
}

export function placesOf(groups: readonly ZoneGroup<ZoneOf>[]): Places {
  const nodes = groups.reduce((sum, group) => sum + group.nodes.length, 0);
  const gap = groups.length > 1 ? 0.6 : 0;
  return { gap, all: nodes + gap * groups.length };
}

/** What all of them have in common. */
interface Arrangement {
  readonly form: HubForm;
  readonly radius: number;
  readonly places: number;
  /** Of a name along the radius. */
  readonly letters: number;
}

export function hubsOf(
  groups: readonly ZoneGroup<ZoneOf>[],
  radius: number,
): ReadonlyMap<string, Hub> {
  const { gap, all } = placesOf(groups);
  const arrangement = arrangementOf(all, radius);
  const hubs = new Map<string, Hub>();
  let place = gap / 2;
  for (const { nodes } of groups) {
    for (const { id } of nodes) {
      hubs.set(id, hubAt(id, (place + 0.5) / all, arrangement));
      place++;
    }
    place += gap;
  }
  return hubs;
}

export const PILL_HEIGHT = 28;
const PILL_PADDING = 24;
const PILL_WIDTH_MIN = 46;
const PILL_WIDTH_MAX = 140;

/** Names along the radius end before they come too near to each other, or to the middle. */
const NAME_HEIGHT = 10.5;
const CENTRE_SHARE = 0.4;
const LETTERS_MIN = 3;
const DOT_MAX = 14;

function arrangementOf(places: number, radius: number): Arrangement {
  const narrowest = NAME_HEIGHT / 2 / Math.sin(Math.PI / Math.max(2, places));
  const room = radius - Math.max(radius * CENTRE_SHARE, narrowest) - DOT_MAX;
  const letters = Math.floor(room / LETTER_WIDTH);
  if (widthBetween(places, radius - PILL_WIDTH_MIN / 2) >= PILL_WIDTH_MIN * 1.1) {
    return { form: 'pill', radius, places, letters };
  }
  return { form: letters >= LETTERS_MIN ? 'spoke' : 'dot', radius, places, letters };
}

function widthBetween(places: number, radius: number): number {
  return places <= 1 ? 2 * radius : 2 * radius * Math.sin(Math.PI / places);
}

function hubAt(id: string, turn: number, arrangement: Arrangement): Hub {
  const { form, radius, places } = arrangement;
  if (form === 'pill') return pillAt(id, turn, arrangement);
  const at = pointAt(turn, radius);
  const width = Math.min(DOT_MAX, widthBetween(places, radius) * 0.62);
  const edge = radius - width / 2 - 4;
  if (form === 'dot')
    return { id, form, turn, at, width, label: undefined, gate: pointAt(turn, edge) };
  const text = shortened(id, arrangement.letters);
  const isRight = turn < 0.5;
  const label: Label = {
    text,
    at: pointAt(turn, edge),
    // Towards the middle, readable from the left to the right.
    rotation: turn * 360 + (isRight ? -90 : 90),
    anchor: isRight ? 'end' : 'start',
  };
  return {
    id,
    form,
    turn,
    at,
    width,
    label,
    gate: pointAt(turn, edge - 4 - text.length * LETTER_WIDTH),
  };
}

/** The wider it is, the further in it stands, so that it does not reach over the circle. */
function pillAt(id: string, turn: number, { radius, places }: Arrangement): Hub {
  const between = widthBetween(places, radius - PILL_WIDTH_MIN / 2);
  const room = Math.min(PILL_WIDTH_MAX, between * 0.92, radius * 0.85);
  const text = shortened(id, Math.max(2, Math.floor((room - PILL_PADDING) / LETTER_WIDTH)));
  const width = Math.max(PILL_WIDTH_MIN, text.length * LETTER_WIDTH + PILL_PADDING);
  const sideways = Math.abs(Math.sin(2 * Math.PI * turn));
  const inwards = PILL_HEIGHT / 2 + sideways * (width / 2 - PILL_HEIGHT / 2);
  const at = pointAt(turn, radius + 6 - inwards);
  const label: Label = { text, at, rotation: 0, anchor: 'middle' };
  const gate = pointAt(turn, radius + 2 - 2 * inwards);
  return { id, form: 'pill', turn, at, width, label, gate };
}
