/** Dots that differ in shape as well, for those who do not see their colours differ. */

import { place, tag } from './svg-markup.ts';

const RADIUS = 4.5;

/** A circle, a square, a triangle and a diamond around 0,0, as SVG has paths. */
export const DOT_PATHS: readonly string[] = [
  'M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0Z',
  'M-4,-4h8v8h-8Z',
  'M0,-5.5L5.2,4.2H-5.2Z',
  'M0,-6L6,0L0,6L-6,0Z',
];

/** @param content markup */
export function dot(shape: number, x: number, y: number, radius = RADIUS, content = ''): string {
  const at = `translate(${place(x, y)})`;
  const transform = radius === RADIUS ? at : `${at} scale(${(radius / RADIUS).toFixed(2)})`;
  return tag(
    'path',
    { class: 'fill dot', d: DOT_PATHS[shape % DOT_PATHS.length] as string, transform },
    content,
  );
}
