/**
 * A colour for each node, the same in all panels. Neighbours in the list of names differ by the
 * golden angle, so few nodes and many are told apart as well as hues can be.
 */

const GOLDEN_ANGLE = 137.508;
const FIRST_HUE = 250;

/** As a CSS colour; lightness and chroma are the theme’s. Of an unknown node: that of quiet text. */
export function nodeColour(name: string, sortedNames: readonly string[]): string {
  const place = sortedNames.indexOf(name);
  return place < 0 ? 'var(--quiet)' : colourAt(place);
}

/** Of what has this place among others of its kind. */
export function colourAt(place: number): string {
  const hue = (FIRST_HUE + place * GOLDEN_ANGLE) % 360;
  return `oklch(var(--node-lightness) var(--node-chroma) ${hue.toFixed(1)})`;
}
