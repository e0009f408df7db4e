/** How lines are told apart: by colour, and by dashes for who does not see colours. */

import { colourAt } from '../node-colours.ts';

/** In CSS pixels, drawn and left out; empty: drawn through. */
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 2]];

export interface LineLook {
  /** A CSS colour, by the theme. */
  readonly colour: string;
  readonly dash: readonly number[];
}

export function lineLook(place: number): LineLook {
  return { colour: colourAt(place), dash: DASHES[place % DASHES.length] ?? [] };
}
