/** The legend above a drawing: a sample and the name of each series, in as many rows as needed. */

import type { Tone } from '../chart.ts';
import { type Colour, coloursOf } from './chart-colours.ts';
import { short, shortened, tag, textTag, textWidth } from './svg-markup.ts';

export interface LegendEntry {
  readonly name: string;
  readonly colour: Colour;
  /** What its marks look like, with its middle at the left end of the entry's base line. */
  readonly sample: string;
}

const ROW = 20;
const SAMPLE = 24;
const GAP = 18;
const NAME_CHARACTERS_MAX = 60;

/** @returns its markup, whose upper left corner is at 0,0, and how high it is */
export function legend(
  entries: readonly LegendEntry[],
  width: number,
): { readonly markup: string; readonly height: number } {
  let left = 0;
  let row = 0;
  const items = entries.map(({ name, colour, sample }) => {
    const text = shortened(name, NAME_CHARACTERS_MAX);
    const room = SAMPLE + 6 + textWidth(text);
    if (left > 0 && left + room > width) {
      left = 0;
      row += 1;
    }
    const transform = `translate(${short(left)} ${row * ROW + ROW / 2})`;
    left += room + GAP;
    return tag(
      'g',
      { class: colour.name, transform },
      sample + textTag(text, { x: SAMPLE + 6, y: 4 }),
    );
  });
  return { markup: items.join(''), height: entries.length === 0 ? 0 : (row + 1) * ROW };
}

export function lineSample(dashed: boolean): string {
  const line = { class: `stroke line${dashed ? ' dashed' : ''}`, x1: 1, y1: 0, x2: SAMPLE, y2: 0 };
  return tag('line', line);
}

export function boxSample(className: string): string {
  return tag('rect', { class: `fill ${className}`, x: 6, y: -6, width: 13, height: 12, rx: 2 });
}

/** Of series that are shown as boxes: bars and areas. */
export function boxEntries(
  series: readonly { readonly name: string; readonly tone?: Tone }[],
  className: string,
): readonly LegendEntry[] {
  const colours = coloursOf(series);
  return series.map(({ name }, i) => ({
    name,
    colour: colours[i] as Colour,
    sample: boxSample(className),
  }));
}
