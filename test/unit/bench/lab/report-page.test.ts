/** The report of a run, and the page of all runs. */

import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { indexPage } from '../../../../bench/lab/report/index-page.ts';
import { reportPage } from '../../../../bench/lab/report/report-page.ts';
import { verdictText } from '../../../../bench/lab/report/verdict-text.ts';
import type { Results } from '../../../../bench/lab/run-folder.ts';
import { RESULTS, someTimeline } from './run-results.ts';

const HOSTILE = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>\u202e';

/** With every text of the results replaced by one that would be markup. */
function hostile(results: Results): Results {
  const keep = new Set(['kind', 'tone', 'expected', 'verdict', 'scale']);
  return JSON.parse(
    JSON.stringify(results, (key, value) =>
      typeof value === 'string' && !keep.has(key) ? HOSTILE : value,
    ),
  ) as Results;
}

/** Without the parts that are the program's own. */
function withoutScripts(page: string): string {
  return page.replaceAll(/<(script|style)\b[^>]*>.*?<\/\1>/gs, '');
}

const failing: Results = {
  ...RESULTS,
  claims: RESULTS.claims.map((claim, i) =>
    i === 0 ? { ...claim, holds: false, evidence: '3 of 840 acknowledged' } : claim,
  ),
};

describe('the report', () => {
  const report = reportPage(RESULTS, someTimeline());

  it('tells what was asked, expected and found before all else', () => {
    const [head = ''] = report.split('</header>');
    for (const text of [RESULTS.about.title, RESULTS.about.question, RESULTS.about.hypothesis]) {
      expect(head).toContain(text);
    }
    expect(head).toContain('<div class="verdict good"><strong>All 4 claims hold</strong>');
    expect(head).toContain(RESULTS.summary);
  });

  it('says at the top which claims do not hold', () => {
    const [head = ''] = reportPage(failing).split('</header>');
    expect(head).toContain('<div class="verdict bad"><strong>1 of 4 claims does not hold</strong>');
    expect(head).toContain('strict quorums: 3 of 840 acknowledged</li>');
  });

  it('does not call a run well whose histories were judged otherwise than theory says', () => {
    const histories = RESULTS.histories.map((one) => ({
      ...one,
      expected: 'violation' as const,
      verdict: 'ok' as const,
    }));
    const [head = ''] = reportPage({ ...RESULTS, histories }).split('</header>');
    expect(head).toContain('verdict bad');
    expect(head).toContain('2 histories were not judged as theory says');
  });

  it('does not call an undecided history well', () => {
    const histories = RESULTS.histories.map((one) => ({
      ...one,
      expected: 'ok' as const,
      verdict: 'unknown' as const,
    }));
    expect(reportPage({ ...RESULTS, histories })).toContain(
      'history strict-seed-7: undecided</li>',
    );
  });

  it('has what was broken on purpose in a section of its own', () => {
    const [, broken = ''] = report.split('<h2>Broken on purpose</h2>');
    expect(broken).toContain('A sloppy read that is called linearizable is caught');
    expect(report.split('<h2>Broken on purpose</h2>')[0]).not.toContain(
      'A sloppy read that is called',
    );
  });

  it('has set-up, faults, verdicts, files, machine and how to repeat it', () => {
    for (const text of [
      '<dt>replicas (N)</dt><dd>3</dd>',
      'partition n1 n2 | n3 n4 n5',
      '<a href="strict-seed-7.history.jsonl.gz">history</a>',
      '<a href="sloppy-as-linearizable.timeline.html">timeline</a>',
      'npm run lab -- E3 --scale small --seed 7 --nodes 5 --duration 30s',
      'Some Processor 3.0 GHz',
      '2026-11-22 04:00 UTC',
      '2 min 14 s',
    ]) {
      expect(report).toContain(text);
    }
  });

  it('has the timeline of the first violation within itself', () => {
    expect(report).toContain('sandbox="allow-scripts"');
    expect(report).toContain('srcdoc="&lt;!doctype html&gt;');
    expect(reportPage({ ...RESULTS, histories: [] })).not.toContain('<iframe');
  });

  it('has a caption, a still picture for either width and figures for each chart', () => {
    const data = JSON.parse(
      /<script type="application\/json" id="plots">(.*?)<\/script>/s.exec(report)?.[1] ?? '',
    );
    expect(data.map(({ name }: { name: string }) => name)).toEqual([
      'freshness',
      'strict-minority',
      'convergence',
      'latency-against-staleness',
    ]);
    for (const { caption } of RESULTS.charts)
      expect(report).toContain(`<figcaption>${caption}</figcaption>`);
    expect([...report.matchAll(/<div class="still (wide|narrow)"><svg/g)]).toHaveLength(14);
  });

  it('loads nothing', () => {
    expect(report).toContain(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">",
    );
    const markup = withoutScripts(report).replaceAll('http://www.w3.org/2000/svg', '');
    expect(markup).not.toMatch(/\b(src|href)="(https?:|\/\/|data:)/);
    expect(markup).not.toMatch(/<(link|img|object|embed|base)\b/);
    expect(report).not.toMatch(/@import|url\((?!#)/);
  });

  it('has scripts that are JavaScript', () => {
    const scripts = [...report.matchAll(/<script>(.*?)<\/script>/gs)];
    expect(scripts).toHaveLength(2);
    for (const [, script = ''] of scripts) expect(() => new Script(script)).not.toThrow();
  });

  it('takes hostile texts for text', () => {
    const page = reportPage(hostile(RESULTS), '<p title="">"><img src=x></p>');
    expect(page).not.toContain('<img');
    expect(withoutScripts(page)).not.toContain('<script');
    expect([...page.matchAll(/<script/g)]).toHaveLength(3);
    expect(page).not.toContain('\u202e');
  });

  it('is there where there is nothing to show', () => {
    const nothing = { claims: [], charts: [], tables: [], histories: [], faults: [], setUp: [] };
    const page = reportPage({ ...RESULTS, ...nothing, nodes: 0 });
    expect(page).toContain('Nothing was claimed');
    expect(page).toContain('simulated');
    for (const heading of ['Charts', 'Fault schedule', 'Broken on purpose', 'Set-up']) {
      expect(page).not.toContain(`<h2>${heading}</h2>`);
    }
  });
});

describe('the page of all runs', () => {
  const run = (over: Partial<Results>) => {
    const results = { ...RESULTS, ...over };
    return { folder: `${results.experiment}-${results.seed}`, results };
  };

  it('has them by experiment in the order of their numbers, the newest first', () => {
    const page = indexPage([
      run({ experiment: 'E10' }),
      run({ experiment: 'E2', seed: 1, startedAt: '2026-01-01T00:00:00.000Z' }),
      run({ experiment: 'E2', seed: 2, startedAt: '2026-02-01T00:00:00.000Z' }),
    ]);
    const [, rows = ''] = page.split('<tbody>');
    const links = [...(rows.split('</tbody>')[0] ?? '').matchAll(/href="([^"]+)"/g)];
    expect(links.map(([, href]) => href)).toEqual([
      'E2-2/report.html',
      'E2-1/report.html',
      'E10-7/report.html',
    ]);
  });

  it('shows verdicts, and the first chart of each', () => {
    const page = indexPage([run({}), { folder: 'bad', results: failing }]);
    expect(page).toContain('2 runs, 1 as theory says');
    expect(page).toContain('<span class="badge bad">1 of 4 claims does not hold</span>');
    expect(page).toContain('<img src="bad/freshness.svg"');
  });

  it('is there without runs and without charts', () => {
    expect(indexPage([])).toContain('There is none yet.');
    expect(indexPage([run({ charts: [] })])).toContain('no chart');
  });

  it('loads nothing but pictures beside it, and takes hostile texts for text', () => {
    const page = indexPage([{ folder: HOSTILE, results: hostile(RESULTS) }]);
    expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:");
    expect(page).not.toContain('<script');
    expect(page).not.toContain('onerror=alert(1)>');
  });
});

it('a terminal is told the same', () => {
  expect(verdictText(RESULTS)).toMatch(/^All 4 claims hold\. The minority side/);
  expect(verdictText(failing)).toMatch(/\nNO +The minority side refuses/);
});
