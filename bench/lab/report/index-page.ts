/**
 * All runs beside each other: one page of HTML beside their folders. By experiment, of each
 * the newest run first.
 */

import { escaped } from '../../../src/checkers/timeline/markup.ts';
import { levelsText } from '../levels.ts';
import { REPORT_FILE, type Results } from '../run-folder.ts';
import { badge, dateText, durationText, link, page, table } from './page-parts.ts';
import { runVerdict } from './run-verdict.ts';

/** Pictures come from the folders of the runs, and nothing else is loaded. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:";

interface Run {
  readonly folder: string;
  readonly results: Results;
}

export function indexPage(runs: readonly Run[]): string {
  const ordered = runs.toSorted(inOrder);
  const experiments = new Set(ordered.map(({ results }) => results.experiment));
  const well = runs.filter(({ results }) => runVerdict(results).isWell).length;
  const counts = `${runs.length === 1 ? '1 run' : `${runs.length} runs`}, ${well} as theory says`;
  return page({
    title: 'Quorate laboratory: all runs',
    policy: POLICY,
    body: [
      `<header><p class="crumbs">Quorate laboratory</p><h1>All runs</h1><p class="question">${counts}</p></header>`,
      runs.length === 0 ? '<p>There is none yet.</p>' : overview(ordered),
      ...[...experiments].map((experiment) =>
        experimentSection(ordered.filter(({ results }) => results.experiment === experiment)),
      ),
    ].join('\n'),
  });
}

function inOrder({ results: a }: Run, { results: b }: Run): number {
  const byName = a.experiment.localeCompare(b.experiment, 'en', { numeric: true });
  return byName || b.startedAt.localeCompare(a.startedAt);
}

function overview(runs: readonly Run[]): string {
  const head = ['experiment', 'about', 'verdict', 'scale', 'seed', 'nodes', 'took', 'when'];
  const rows = runs.map(({ folder, results }) => {
    const { experiment, about, scale, seed, nodes, seconds, startedAt } = results;
    return [
      link(`${folder}/${REPORT_FILE}`, experiment),
      escaped(about.title),
      verdictBadge(results),
      escaped(scale),
      String(seed),
      nodes === 0 ? 'simulated' : String(nodes),
      durationText(seconds),
      dateText(startedAt),
    ];
  });
  return table(head, rows);
}

function verdictBadge(results: Results): string {
  const { isWell, headline } = runVerdict(results);
  return badge(isWell ? 'good' : 'bad', headline);
}

function experimentSection(runs: readonly Run[]): string {
  const [{ results }] = runs as readonly [Run];
  const { experiment, about } = results;
  return `<section class="experiment"><h2>${escaped(`${experiment}: ${about.title}`)}</h2>
<p class="question">${escaped(about.question)}</p>
${runs.map(runCard).join('\n')}
</section>`;
}

function runCard({ folder, results }: Run): string {
  const { scale, seed, nodes, seconds, startedAt, summary, durationMs } = results;
  const facts = [
    `scale ${scale}`,
    `seed ${seed}`,
    nodes === 0 ? 'simulated' : `${nodes} nodes`,
    ...[levelsText(results)].filter((levels) => levels !== ''),
    ...(durationMs === undefined ? [] : [`${durationMs / 1_000} s each`]),
    `took ${durationText(seconds)}`,
    dateText(startedAt),
  ].join(' · ');
  return `<article class="card run">${thumbnail(folder, results)}
<p>${verdictBadge(results)}</p>
<p>${escaped(summary)}</p>
<p class="facts">${escaped(facts)} · ${link(`${folder}/${REPORT_FILE}`, 'report')}</p>
</article>`;
}

function thumbnail(folder: string, { charts }: Results): string {
  const [first] = charts;
  if (first === undefined) return '<div class="thumbnail none">no chart</div>';
  const picture = [folder, `${first.name}.svg`].map(encodeURIComponent).join('/');
  const report = [folder, REPORT_FILE].map(encodeURIComponent).join('/');
  return `<a class="thumbnail" href="${escaped(report)}"><img src="${escaped(picture)}" alt="${escaped(first.title)}" loading="lazy"></a>`;
}
