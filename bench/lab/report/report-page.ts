/**
 * The report of a run: one page of HTML that needs nothing else, for a reader who knows neither
 * the program nor the experiment. What was found comes first, what it was found with last.
 *
 * All texts come into the page escaped, data as JSON without any `<`, and the page's own policy
 * keeps it from loading anything. Charts over a numeric axis are drawn by a script; where none
 * runs, and on paper, there are still pictures.
 */

import {
  embedded,
  escaped,
  escapedLines,
  quotedMarkup,
} from '../../../src/checkers/timeline/markup.ts';
import { machineFactsText } from '../../machine.ts';
import type { Chart, LineChart } from '../chart.ts';
import type { Claim } from '../experiment.ts';
import type { JudgedHistory } from '../judged-histories.ts';
import { givenLevels, levelsText } from '../levels.ts';
import { RESULTS_FILE, type Results } from '../run-folder.ts';
import { drawChart } from './chart-svg.ts';
import { badge, dateText, durationText, link, page, section, table, terms } from './page-parts.ts';
import { plotData } from './plot-data.ts';
import { PLOT_SCRIPT } from './plot-script.ts';
import { isSurprise, runVerdict } from './run-verdict.ts';
import { uplotFiles } from './uplot-files.ts';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
const WIDE = 900;
const NARROW = 360;

/** @param timeline the page of the first history that has one */
export function reportPage(results: Results, timeline?: string): string {
  const { experiment, about, charts } = results;
  const uplot = uplotFiles();
  const plots = charts.filter(isPlotted).map(plotData);
  return page({
    title: `${experiment}: ${about.title}`,
    policy: POLICY,
    style: uplot.style,
    body: [
      header(results),
      section('What theory says, and what was seen', claimList(results, false)),
      section('Charts', chartsMarkup(charts)),
      section('Figures', tablesMarkup(results)),
      section('Broken on purpose', brokenMarkup(results)),
      section('Histories and verdicts', historiesMarkup(results, timeline), 'histories'),
      section('Fault schedule', faultsMarkup(results)),
      section('Set-up', terms(results.setUp)),
      section('How to repeat it', repetition(results)),
      section('Measured on', machineMarkup(results)),
      `<script>${uplot.script}</script>`,
      `<script type="application/json" id="plots">${embedded(plots)}</script>`,
      `<script>${PLOT_SCRIPT}</script>`,
    ].join('\n'),
  });
}

function isPlotted(chart: Chart): chart is LineChart {
  return chart.kind === 'lines' || chart.kind === 'scatter' || chart.kind === 'stacked';
}

function header(results: Results): string {
  const { experiment, about, summary, scale, seed, startedAt } = results;
  const { isWell, failed, surprises, headline } = runVerdict(results);
  const lines = [
    ...failed.map(({ text, evidence }) => `${text}: ${evidence}`),
    ...surprises.map(({ name, verdict }) => `history ${name}: ${VERDICT_TEXTS[verdict]}`),
  ].map((text) => `<li>${escaped(text)}</li>`);
  const list = lines.length === 0 ? '' : `<ul>${lines.join('')}</ul>`;
  const levels = levelsText(results);
  const crumbs = [
    ...['Quorate laboratory', experiment, nodesText(results), ...(levels === '' ? [] : [levels])],
    ...[`scale ${scale}`, `seed ${seed}`, dateText(startedAt)],
  ].join(' · ');
  return `<header>
<p class="crumbs">${escaped(crumbs)}</p>
<h1>${escaped(about.title)}</h1>
<p class="question">${escaped(about.question)}</p>
<div class="verdict ${isWell ? 'good' : 'bad'}"><strong>${escaped(headline)}</strong><p>${escaped(summary)}</p>${list}</div>
<p class="hypothesis"><b>Hypothesis</b>${escaped(about.hypothesis)}</p>
</header>`;
}

function nodesText({ nodes }: Results): string {
  if (nodes === 0) return 'simulated';
  return nodes === 1 ? '1 node' : `${nodes} nodes`;
}

function claimList({ claims }: Results, ofBroken: boolean): string {
  const shown = claims.filter(({ broken }) => (broken === true) === ofBroken);
  return shown.length === 0 ? '' : `<ul class="claims">${shown.map(claimItem).join('\n')}</ul>\n`;
}

function claimItem({ text, holds, evidence }: Claim): string {
  const mark = holds
    ? '<span class="mark good" role="img" aria-label="holds">✓</span>'
    : '<span class="mark bad" role="img" aria-label="does not hold">✗</span>';
  return `<li>${mark}<b>${escaped(text)}</b><span class="evidence">${escaped(evidence)}</span></li>`;
}

function chartsMarkup(charts: readonly Chart[]): string {
  if (charts.length === 0) return '';
  const hint = charts.some(isPlotted)
    ? '<p class="hint">A pointer shows values; a drag along the axis zooms in, a double click out again; a click on a name hides its series.</p>\n'
    : '';
  return hint + charts.map(figure).join('\n');
}

function figure(chart: Chart): string {
  const wide = drawChart(chart, { width: WIDE, isTitled: false });
  const narrow = drawChart(chart, { width: NARROW, isTitled: false });
  const plotted = isPlotted(chart) ? ` data-plot="${escaped(chart.name)}"` : '';
  return `<figure><h3>${escaped(chart.title)}</h3>
<div${plotted}><div class="still wide">${wide}</div><div class="still narrow">${narrow}</div></div>
<figcaption>${escaped(chart.caption)}</figcaption></figure>`;
}

function tablesMarkup({ tables }: Results): string {
  return tables
    .map(({ title, head, rows, caption }) => {
      const cells = rows.map((row) => row.map(escaped));
      return `<h3>${escaped(title)}</h3>\n${table(head, cells)}<p class="table-caption">${escaped(caption)}</p>\n`;
    })
    .join('');
}

/** A checker that finds nothing proves something only if it finds what is there. */
function brokenMarkup(results: Results): string {
  const list = claimList(results, true);
  const broken = results.histories.filter(({ expected }) => expected === 'violation');
  if (list === '' && broken.length === 0) return '';
  const found = broken.map(({ name, violation }) => {
    const text = violation ?? 'nothing was found';
    return `<details><summary>${escaped(name)}: what the checker says</summary><pre>${escapedLines(text)}</pre></details>\n`;
  });
  return `<p>A promise was broken deliberately, to see that the checker notices: one that always says "ok" would prove nothing.</p>\n${list}${found.join('')}`;
}

const VERDICT_TEXTS = { ok: 'ok', violation: 'violation found', unknown: 'undecided' } as const;
const EXPECTED_TEXTS = { ok: 'ok', violation: 'a violation', either: 'either' } as const;

function historiesMarkup({ histories }: Results, timeline: string | undefined): string {
  if (histories.length === 0) return '';
  const head = ['history', 'operations', 'checks', 'theory says', 'verdict', 'files'];
  const rows = histories.map((history) => {
    const { name, operations, checks, expected, file, timeline: page } = history;
    const files = [link(file, 'history'), ...(page === undefined ? [] : [link(page, 'timeline')])];
    return [
      escaped(name),
      operations.toLocaleString('en'),
      escaped(checks.join(', ')),
      escaped(EXPECTED_TEXTS[expected]),
      verdictBadge(history),
      files.join(' · '),
    ];
  });
  const first = histories.find((history) => history.timeline !== undefined);
  const picture =
    first === undefined || timeline === undefined ? '' : embeddedTimeline(first, timeline);
  const [{ file, checks }] = histories as readonly [JudgedHistory];
  const commands = `gunzip -k ${file}\nquorate check ${file.replace(/\.gz$/, '')} --check ${checks.join(',')}`;
  return `${table(head, rows)}<p>Each is what clients saw, and can be judged again:</p><pre>${escapedLines(commands)}</pre>\n${picture}`;
}

function verdictBadge(history: JudgedHistory): string {
  const { verdict, expected } = history;
  const text = VERDICT_TEXTS[verdict];
  if (isSurprise(history)) return badge(verdict === 'unknown' ? 'doubt' : 'bad', text);
  if (verdict === 'unknown') return badge('doubt', text);
  return badge(expected === 'either' && verdict === 'violation' ? 'calm' : 'good', text);
}

/** In a frame of its own, which may run its script and nothing else. */
function embeddedTimeline({ name, violation = '' }: JudgedHistory, timeline: string): string {
  return `<details><summary>Timeline of the first violation: ${escaped(name)}</summary>
<pre>${escapedLines(violation)}</pre>
<iframe title="timeline of ${escaped(name)}" sandbox="allow-scripts" loading="lazy" srcdoc="${quotedMarkup(timeline)}"></iframe></details>\n`;
}

function faultsMarkup({ faults }: Results): string {
  if (faults.length === 0) return '';
  const rows = faults.map(({ fault, from, until, nodes = [] }) => [
    escaped(fault),
    secondsText(from),
    until === null ? 'not undone' : secondsText(until),
    until === null ? '' : secondsText(until - from),
    escaped(nodes.join(', ')),
  ]);
  return table(['fault', 'from', 'until', 'for', 'nodes'], rows);
}

function secondsText(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

function repetition(results: Results): string {
  const { experiment, scale, seed, nodes, durationMs, version } = results;
  const options = [
    `--scale ${scale} --seed ${seed}`,
    ...(nodes === 0 ? [] : [`--nodes ${nodes}`]),
    ...givenLevels(results).map(([name, level]) => `--${name} ${level}`),
    ...(durationMs === undefined ? [] : [`--duration ${durationMs / 1_000}s`]),
  ].join(' ');
  const commands = `npm run lab -- ${experiment} ${options}\nquorate lab ${experiment} ${options}`;
  return `<p>With version ${escaped(version)}, from its sources or installed; <code>--again</code> repeats what is there already. What is left to chance is drawn from the seed alone; what time and the machine decide varies.</p>
<pre>${escapedLines(commands)}</pre>
<p>All figures: ${link(RESULTS_FILE, RESULTS_FILE)}</p>`;
}

function machineMarkup({ machine, startedAt, seconds }: Results): string {
  return terms([
    ...machineFactsText(machine),
    ['began', dateText(startedAt)],
    ['took', durationText(seconds)],
  ]);
}
