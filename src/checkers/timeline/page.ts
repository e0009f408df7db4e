/**
 * The timeline of a history: one page of HTML that needs nothing else. A lane for each process
 * or session, a bar for each operation, shades for faults; what was found is marked.
 *
 * Whatever a history holds comes into the page as text: in the head escaped, in the picture's
 * data as JSON without any `<`, which the script sets as text alone. The page's own policy
 * keeps it from loading anything.
 */

import type { CheckReport } from '../checks.ts';
import type { Facts } from '../history.ts';
import type { CheckSubject } from '../verdict-text.ts';
import { type CheckLine, checkLines, findingsOf } from './findings.ts';
import { embedded, escaped } from './markup.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { type Picture, pictureOf } from './picture.ts';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

export function timelinePage(
  reports: readonly CheckReport[],
  { history, times }: Pick<CheckSubject, 'history' | 'times'>,
): string {
  const { operations, faults, facts } = history;
  const lines = checkLines(reports);
  const picture = pictureOf(operations, faults, findingsOf(reports, operations), times);
  const headline = headlineOf(lines);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(headline)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(headline)}</h1>
<p class="counts">${escaped(countsText(operations.length, picture))}</p>
<ul class="checks">${lines.map(checkItem).join('')}</ul>
${factsList(facts)}</header>
<section class="controls" aria-label="Controls">
<label>Key <select id="key"></select></label>
<span class="zoom"><button id="out" title="Zoom out (−)">−</button><button id="in" title="Zoom in (+)">+</button><button id="fit" title="All of it (0)">fit</button><button id="back" title="Where it was found">found</button></span>
<span class="legend"><i class="ok change"></i>change <i class="ok read"></i>read <i class="unknown"></i>outcome unknown <i class="fail"></i>had no effect <i class="cause"></i>concerned <i class="failed"></i>fits nowhere or fails <i class="fault"></i>fault <b class="place">1</b>place in the order</span>
</section>
<section class="stage" id="stage" tabindex="0" aria-label="Timeline"><div class="canvas" id="canvas"><div class="corner" id="corner"></div><div class="axis" id="axis"></div><div class="names" id="names"></div><svg id="picture"></svg></div></section>
<section class="found"><h2>${picture.findings.length === 0 ? 'Nothing was found' : 'What was found'}</h2><ol id="findings"></ol></section>
<div id="tip" role="tooltip" hidden></div>
<noscript><p>The picture is drawn by a script in this page.</p></noscript>
<script type="application/json" id="data">${embedded(picture)}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function headlineOf(lines: readonly CheckLine[]): string {
  const violated = lines.filter(({ verdict }) => verdict === 'violation');
  if (violated.length > 0) return `Violated: ${violated.map(({ check }) => check).join(', ')}`;
  const isDecided = lines.every(({ verdict }) => verdict === 'ok');
  return isDecided ? 'All checks hold' : 'Not decided';
}

function countsText(operations: number, { barsLeftOut, bars, findingsLeftOut }: Picture): string {
  const drawn = bars.length === operations ? 'all drawn' : `${bars.length} drawn`;
  const left =
    barsLeftOut > 0 ? `, ${barsLeftOut} left out that are further from what was found` : '';
  const more = findingsLeftOut > 0 ? `; ${findingsLeftOut} more findings are not listed` : '';
  return `${operations} operation${operations === 1 ? '' : 's'}: ${drawn}${left}${more}`;
}

function checkItem({ check, verdict, text }: CheckLine): string {
  return `<li class="${verdict}"><b>${escaped(check)}</b> ${escaped(text)}</li>`;
}

function factsList(facts: Facts): string {
  const items = Object.entries(facts).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `<dt>${escaped(name)}</dt><dd>${escaped(text ?? '')}</dd>`;
  });
  return items.length === 0 ? '' : `<dl class="facts">${items.join('')}</dl>\n`;
}
