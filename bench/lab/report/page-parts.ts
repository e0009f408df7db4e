/** What pages are made of. Arguments called `markup` are; all others are texts of anybody. */

import { escaped } from '../../../src/checkers/timeline/markup.ts';
import { CHART_STYLE } from './chart-colours.ts';
import { PAGE_STYLE } from './page-style.ts';

export interface Page {
  readonly title: string;
  /** Of the Content-Security-Policy: what may be loaded. */
  readonly policy: string;
  /** CSS beside that of all pages. */
  readonly style?: string;
  readonly body: string;
}

export function page({ title, policy, style = '', body }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}${PAGE_STYLE}${CHART_STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** Nothing where there is nothing in it. */
export function section(heading: string, markup: string, id = ''): string {
  if (markup === '') return '';
  const named = id === '' ? '' : ` id="${id}"`;
  return `<section${named}><h2>${escaped(heading)}</h2>\n${markup}</section>\n`;
}

/** With a unit of up to a few letters; also a date. */
const NUMBER =
  /^[-+]?[\d.,]+(?:\s?(?:%|[A-Za-zµ]{1,3}(?:\/s)?))?$|^\d+ min \d+ s$|^\d{4}-\d\d-\d\d /;
const SENTENCE_CHARACTERS = 40;
/** Longer tables scroll within the page. */
const ROWS_MAX = 14;

/** @param rows of markup */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const names = head.map((name) => `<th scope="col">${escaped(name)}</th>`).join('');
  const lines = rows.map((cells) => `<tr>${cells.map(cell).join('')}</tr>`);
  const long = rows.length > ROWS_MAX ? ' long' : '';
  return `<div class="scroll${long}" tabindex="0"><table><thead><tr>${names}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>\n`;
}

function cell(markup: string): string {
  if (NUMBER.test(markup)) return `<td class="number">${markup}</td>`;
  const isSentence = !markup.startsWith('<') && markup.length > SENTENCE_CHARACTERS;
  return `<td${isSentence ? ' class="sentence"' : ''}>${markup}</td>`;
}

/** Pairs of a name and a value. */
export function terms(pairs: readonly (readonly [name: string, value: string])[]): string {
  if (pairs.length === 0) return '';
  const items = pairs.map(
    ([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`,
  );
  return `<dl class="terms">${items.join('')}</dl>\n`;
}

export function badge(kind: 'good' | 'bad' | 'doubt' | 'calm', text: string): string {
  return `<span class="badge ${kind}">${escaped(text)}</span>`;
}

/** To a file beside the page or in a folder beside it. */
export function link(path: string, text: string): string {
  const address = path.split('/').map(encodeURIComponent).join('/');
  return `<a href="${escaped(address)}">${escaped(text)}</a>`;
}

/** `2026-11-22 04:30 UTC`, of an ISO 8601 text. */
export function dateText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

export function durationText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
