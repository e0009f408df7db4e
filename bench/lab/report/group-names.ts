/** Names below groups or above columns: on a few lines where they fit, else leaning. */

import type { Plot } from './chart-frame.ts';
import { place, shortened, tag, textTag, textWidth } from './svg-markup.ts';

const LINE = 14;
const LINES_MAX = 5;
const SIZE = 11.5;
const CHARACTERS_MAX = 40;
const LEAN_DEGREES = 38;

/** @returns markup, and the height it needs */
export function namesBelow(
  names: readonly string[],
  { left, top, width, height }: Plot,
): { readonly markup: string; readonly height: number } {
  const room = width / Math.max(1, names.length);
  const bottom = top + height;
  const texts = names.map((name) => linesOf(name, room - 6));
  if (texts.every((lines) => lines !== undefined)) {
    const markup = texts.map((lines, i) => {
      const x = left + room * (i + 0.5);
      return lines.map((line, row) => upright(line, x, bottom + 18 + row * LINE)).join('');
    });
    const rows = Math.max(1, ...texts.map((lines) => lines.length));
    return { markup: markup.join(''), height: 10 + rows * LINE };
  }
  const lean = (LEAN_DEGREES * Math.PI) / 180;
  const longest = Math.max(...names.map((name) => Math.min(CHARACTERS_MAX, name.length)));
  const charactersMax = (i: number) => {
    const roomToTheLeft = (left + room * (i + 0.5)) / Math.cos(lean);
    return Math.min(CHARACTERS_MAX, Math.floor(roomToTheLeft / textWidth('x', SIZE)));
  };
  const markup = names.map((name, i) => {
    const transform = `translate(${place(left + room * (i + 0.5) + 4, bottom + 14)}) rotate(-${LEAN_DEGREES})`;
    const text = { class: 'tick', 'text-anchor': 'end' };
    return tag('g', { transform }, textTag(shortened(name, charactersMax(i)), text));
  });
  return {
    markup: markup.join(''),
    height: 16 + Math.sin(lean) * textWidth('x'.repeat(longest), SIZE),
  };
}

/** Undefined where it does not fit. */
export function linesOf(name: string, room: number): readonly string[] | undefined {
  const lines: string[] = [];
  for (const word of name.split(/\s+/)) {
    const last = lines.at(-1);
    const joined = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && textWidth(joined, SIZE) <= room) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  const fits = lines.every((line) => textWidth(line, SIZE) <= room);
  return fits && lines.length <= LINES_MAX ? lines : undefined;
}

function upright(text: string, x: number, y: number): string {
  return textTag(text, { class: 'tick', x, y, 'text-anchor': 'middle' });
}
