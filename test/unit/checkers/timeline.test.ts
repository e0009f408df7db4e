/** The page of a timeline: what it shows, and that nothing in a history becomes part of it. */

import { describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checkers/checks.ts';
import type { History, Operation } from '../../../src/checkers/history.ts';
import { timelinePage } from '../../../src/checkers/timeline/page.ts';
import { OPERATIONS_MAX, type Picture } from '../../../src/checkers/timeline/picture.ts';
import { add, read, readAll, UNLIMITED, write } from './hand-made.ts';

const EVIL = `</script><script>alert(1)</script>"'><img src=x onerror=alert(1)>\u202e\u2028\0&amp;`;

function pageOf(history: Partial<History> & Pick<History, 'operations'>): string {
  const whole = { facts: {}, faults: [], ...history };
  return timelinePage(runChecks(whole, UNLIMITED), { history: whole, times: 'ms' });
}

function pictureIn(page: string): Picture {
  const [, json = ''] =
    /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page) ?? [];
  return JSON.parse(json) as Picture;
}

const stale = [write([0, 1], 'a'), write([2, 3], 'b'), read([4, 5], 'a'), write([6], 'c')];

describe('the timeline', () => {
  it('shows the operation that fits nowhere, who wrote what it found, and a longest order', () => {
    const faults = [{ fault: 'kill n1', from: 1, until: null }];
    const page = pageOf({ operations: stale, facts: { seed: 7 }, faults });
    expect(page).toContain('<h1>Violated: linearizable</h1>');
    expect(page).toContain('<dt>seed</dt><dd>7</dd>');
    const picture = pictureIn(page);
    expect(picture.bars.map(({ outcome, to }) => [outcome, to])).toEqual([
      ['ok', 1],
      ['ok', 3],
      ['ok', 5],
      ['unknown', null],
    ]);
    expect(picture.findings).toMatchObject([
      { check: 'linearizable', key: 'k', bars: [0, 2], placed: 2 },
    ]);
    expect(picture.findings[0]?.order).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(picture.faults).toEqual([{ text: 'kill n1', from: 1, to: 6 }]);
    expect(picture.lanes).toEqual(['process 0']);
  });

  it('shows what other checks found, with a lane for each session', () => {
    const inSession = (session: string, operation: Operation) => ({ ...operation, session });
    const operations = [
      inSession('b', add([0, 1], 'a')),
      inSession('a', readAll([2, 3], [], { final: true })),
    ];
    const picture = pictureIn(pageOf({ operations, facts: { checks: ['contents'] } }));
    expect(picture.lanes).toEqual(['session a', 'session b']);
    expect(picture.findings).toMatchObject([{ check: 'contents', bars: [0, 1], order: [] }]);
  });

  it('is drawn of a history in which all is well, too', () => {
    const page = pageOf({ operations: [write([0, 1], 'a')] });
    expect(page).toContain('<h1>All checks hold</h1>');
    expect(pictureIn(page).findings).toEqual([]);
  });

  it('draws of a big history what is next to what was found, and says what it left out', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => write([i, i + 0.5], i));
    const operations = many.with(3_000, read([3_000, 3_000.5], 7));
    const page = pageOf({ operations });
    const { bars, barsLeftOut, findings } = pictureIn(page);
    expect(bars).toHaveLength(OPERATIONS_MAX);
    expect(barsLeftOut).toBe(3_500);
    expect(page).toContain('5000 operations: 1500 drawn, 3500 left out');
    const [finding] = findings;
    expect(finding?.bars.map((bar) => bars[bar]?.no)).toEqual([8, 3_001]);
    expect(bars[1]?.no).toBeGreaterThan(2_000);
  });

  it('takes nothing of a history for markup', () => {
    const operations = [
      { ...write([0, 1], EVIL), key: EVIL, session: EVIL, at: EVIL, info: { [EVIL]: EVIL } },
      { ...read([2, 3], `${EVIL}2`), key: EVIL, session: EVIL },
    ] as Operation[];
    const faults = [{ fault: EVIL, from: 0, until: null }];
    const page = pageOf({ operations, faults, facts: { [EVIL]: EVIL } });
    const plain = pageOf({ operations: stale, facts: { name: 'text' } });
    const tags = (text: string) =>
      text.match(/<\/?[a-z!][^>]*>/gi)?.map((tag) => tag.split(' ')[0]);
    expect(new Set(tags(page))).toEqual(new Set(tags(plain)));
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page).not.toContain('<img');
    expect(page).not.toMatch(/[\u202e\u2028\0]/);
    expect(pictureIn(page).keys[0]).toContain('</script><script>alert(1)</script>');
  });

  it('loads nothing', () => {
    const page = pageOf({ operations: stale });
    expect(page).toContain(`content="default-src 'none'; `);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=|@import/);
  });
});
