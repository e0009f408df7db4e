/** Elements of SVG as text. */

import { escaped } from '../../../src/checkers/timeline/markup.ts';

type Attributes = Readonly<Record<string, string | number>>;

/** @param content is markup */
export function tag(name: string, attributes: Attributes, content = ''): string {
  const all = Object.entries(attributes).map(([key, value]) => ` ${key}="${valueText(value)}"`);
  return `<${name}${all.join('')}${content === '' ? '/>' : `>${content}</${name}>`}`;
}

/** @param text is none */
export function textTag(text: string, attributes: Attributes): string {
  return tag('text', attributes, escaped(text));
}

/** What is shown where a pointer rests. */
export function tip(text: string): string {
  return tag('title', {}, escaped(text));
}

const CHARACTER_SHARE = 0.6;

/** Of a text, in pixels, as nearly as it can be known without its font. */
export function textWidth(text: string, size = 12): number {
  return text.length * size * CHARACTER_SHARE;
}

/** Of a path: `12.5,3`. */
export function place(x: number, y: number): string {
  return `${short(x)},${short(y)}`;
}

/** So many characters at most. */
export function shortened(text: string, charactersMax: number): string {
  const characters = [...text];
  if (characters.length <= charactersMax) return text;
  return `${characters.slice(0, Math.max(1, charactersMax - 1)).join('')}…`;
}

function valueText(value: string | number): string {
  return typeof value === 'number' ? short(value) : escaped(value);
}

/** With as many digits as a screen can show. */
export function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}
