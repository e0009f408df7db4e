/** Charts as SVG: what is drawn of ordinary figures, of odd ones, and of hostile names. */

import { describe, expect, it } from 'vitest';
import type { BarChart, Chart, LineChart } from '../../../../bench/lab/chart.ts';
import { chartSvg } from '../../../../bench/lab/report/chart-svg.ts';
import {
  CHARTS,
  CONVERGENCE,
  FRESHNESS,
  LOSSES,
  PARTITION,
  SESSIONS,
  TRADE,
  VERDICTS,
} from './charts.ts';

const HOSTILE = '</title><script>alert("x")</script>\u202e&\'"';

const described = { name: 'odd', title: 'Odd', caption: 'Nothing to see.' };
const axes = { x: { label: 'time (s)' }, y: { label: 'keys' } };

function lines(over: Partial<LineChart>): LineChart {
  return { ...described, ...axes, kind: 'lines', series: [], ...over };
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

/** Tags that are opened are closed, in order. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, end, name, , empty] of svg.matchAll(
    /<(\/?)([a-z]+)((?:"[^"]*"|[^">])*?)(\/?)>/gi,
  )) {
    if (end === '/') expect(open.pop()).toBe(name);
    else if (empty !== '/') open.push(name as string);
  }
  expect(open).toEqual([]);
}

describe('every chart', () => {
  it.each(CHARTS.map((chart) => [chart.kind, chart] as const))(
    'of kind %s is one document',
    (_, chart) => {
      const svg = chartSvg(chart);
      expectWellFormed(svg);
      expect(svg).toMatch(
        /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" class="chart" role="img"/,
      );
      expect(svg).toContain('prefers-color-scheme: dark');
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
        /https?:|url\(|href/,
      );
    },
  );

  it.each(CHARTS.map((chart) => [chart.kind, chart] as const))(
    'of kind %s says its title, caption and unit',
    (_, chart) => {
      const svg = chartSvg(chart);
      expect(svg).toContain(`<title>${chart.title}</title>`);
      expect(svg).toContain(`<desc>${chart.caption}</desc>`);
      const unit = chart.kind === 'heat' ? chart.label : chart.y.label;
      expect(svg).toContain(`>${unit}</text>`);
    },
  );

  it('takes hostile names for text', () => {
    const named = { ...described, title: HOSTILE, caption: HOSTILE, name: HOSTILE };
    const point = { x: 1, y: 2, label: HOSTILE };
    const axis = { label: HOSTILE };
    const hostile: readonly Chart[] = [
      ...(['lines', 'scatter', 'stacked'] as const).map((kind) => ({
        ...named,
        kind,
        x: axis,
        y: axis,
        series: [{ name: HOSTILE, points: [point] }],
        spans: [{ from: 0, until: 2, label: HOSTILE }],
      })),
      ...(['bars', 'stacked-bars'] as const).map((kind) => ({
        ...named,
        kind,
        y: axis,
        groups: [HOSTILE],
        series: [{ name: HOSTILE, values: [1] }],
      })),
      { ...named, kind: 'heat', label: HOSTILE, rows: [HOSTILE], columns: [HOSTILE], cells: [[1]] },
    ];
    for (const chart of hostile) {
      const svg = chartSvg(chart);
      expectWellFormed(svg);
      expect(svg).not.toContain('<script');
      expect(svg).not.toContain('\u202e');
      expect(svg).toContain('&lt;script&gt;');
    }
  });
});

describe('lines', () => {
  it('has a legend entry and a line for each series, and a band for each interval', () => {
    const svg = chartSvg(FRESHNESS);
    for (const { name } of FRESHNESS.series) expect(svg).toContain(`>${name}</text>`);
    expect(count(svg, /<path class="stroke line"/g)).toBe(4);
    expect(count(svg, /<path class="stroke line dashed"/g)).toBe(4);
    expect(count(svg, /<path class="fill band"/g)).toBe(4);
  });

  it('gives a prediction the colour of what it predicts', () => {
    const svg = chartSvg(FRESHNESS);
    const colourOf = (name: string) =>
      new RegExp(`<g class="(c\\d)" transform[^>]*><line[^>]*><text[^>]*>${name}`).exec(svg)?.[1];
    expect(colourOf('R=1 W=2 predicted')).toBe(colourOf('R=1 W=2 measured'));
    expect(colourOf('R=1 W=2 measured')).not.toBe(colourOf('R=1 W=1 measured'));
  });

  it('shows zero at a place of its own below a logarithmic axis', () => {
    const svg = chartSvg(CONVERGENCE);
    for (const tick of ['0', '1', '10', '100', '1,000']) expect(svg).toContain(`>${tick}</text>`);
  });

  it('leaves a gap where nothing was measured', () => {
    const at = (x: number, y: number | null) => ({ x, y });
    const series = [
      {
        name: 'a',
        points: [at(0, 1), at(1, 2), at(2, null), at(3, Number.NaN), at(4, 3), at(5, 4)],
      },
    ];
    const [, path = ''] =
      /<path class="stroke line" d="([^"]+)"/.exec(chartSvg(lines({ series }))) ?? [];
    expect(path.replaceAll(/[\d.,-]/g, '')).toBe('MLML');
  });

  it('draws a single point, of any value', () => {
    for (const [x, y] of [
      [0, 0],
      [5, -3],
      [-1, 1e9],
      [0.001, 1e-9],
    ] as const) {
      const chart = lines({ series: [{ name: 'a', points: [{ x, y, low: y - 1, high: y + 1 }] }] });
      const svg = chartSvg(chart);
      expect(svg).not.toMatch(/NaN|Infinity/);
      expect(count(svg, /class="fill dot"/g)).toBe(1);
      expect(count(svg, /class="stroke whisker"/g)).toBe(1);
    }
  });

  it('says so where nothing was measured at all', () => {
    const nothing = [
      lines({}),
      lines({ series: [{ name: 'a', points: [] }] }),
      lines({ kind: 'stacked', series: [{ name: 'a', points: [{ x: 1, y: null }] }] }),
      lines({ ...axes, x: { label: 'x', log: true }, y: { label: 'y', log: true } }),
    ];
    for (const chart of nothing) {
      const svg = chartSvg(chart);
      expect(svg).toContain('nothing was measured');
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
  });

  it('survives a logarithmic axis with only zeros', () => {
    const series = [
      {
        name: 'a',
        points: [
          { x: 0, y: 0 },
          { x: 1, y: 0 },
        ],
      },
    ];
    const log = { x: { label: 'x', log: true }, y: { label: 'y', log: true } } as const;
    expect(chartSvg(lines({ ...log, series }))).not.toMatch(/NaN|Infinity/);
  });

  it('shades spans and names them', () => {
    const svg = chartSvg(PARTITION);
    expect(count(svg, /class="span fault"/g)).toBe(1);
    expect(svg).toContain('>partition n1 n2 | n3 n4 n5</text>');
  });

  it('stacks areas in the colours of their tones', () => {
    const svg = chartSvg(PARTITION);
    expect(svg).toMatch(/<g class="ok"><path class="fill area"/);
    expect(svg).toMatch(/<g class="bad"><path class="fill area"/);
    expect(svg).toMatch(/<g class="unknown"><path class="fill area"/);
  });

  it('names dots, and gives each series a shape', () => {
    const svg = chartSvg(TRADE);
    expect(count(svg, /class="fill dot"/g)).toBe(8 + 2);
    expect(new Set([...svg.matchAll(/class="fill dot" d="([^"]+)"/g)].map(([, d]) => d)).size).toBe(
      2,
    );
    expect(count(svg, />R1 W1<\/text>/g)).toBe(2);
  });
});

describe('bars', () => {
  const heights = (svg: string) =>
    [...svg.matchAll(/class="fill bar"[^>]* height="([\d.]+)"/g)].map(([, height]) =>
      Number(height),
    );

  it('has one for each value that was measured, with its number', () => {
    const svg = chartSvg(LOSSES);
    expect(heights(svg)).toHaveLength(7);
    expect(count(svg, /class="range whisker"/g)).toBe(3);
    for (const number of ['71.7', '83.2', '91.4', '12']) expect(svg).toContain(`>${number}</text>`);
  });

  it('makes them as high as their values', () => {
    const [first = 0, second = 0] = heights(chartSvg(LOSSES));
    expect(first / second).toBeCloseTo(71.7 / 83.2, 2);
  });

  it('stacks them to the sum', () => {
    const all = heights(chartSvg(VERDICTS));
    const [ok = 0, , , paxos = 0] = all;
    const violation = all[5] ?? 0;
    expect(ok + violation).toBeCloseTo(paxos, 0);
  });

  it('survives no groups, negative values and a logarithmic axis', () => {
    const bars = (over: Partial<BarChart>): BarChart => ({
      ...described,
      kind: 'bars',
      y: { label: 'y' },
      groups: ['a', 'b'],
      series: [{ name: 's', values: [-5, 3] }],
      ...over,
    });
    for (const chart of [
      bars({}),
      bars({ groups: [], series: [] }),
      bars({ y: { label: 'y', log: true }, series: [{ name: 's', values: [0, 1_000] }] }),
      bars({ kind: 'stacked-bars', series: [{ name: 's', values: [null, null] }] }),
    ]) {
      expect(chartSvg(chart)).not.toMatch(/NaN|Infinity/);
    }
  });
});

describe('heat', () => {
  it('has a cell for each row and column, the strongest for the greatest', () => {
    const svg = chartSvg(SESSIONS);
    const strengths = [...svg.matchAll(/class="heat"[^>]* fill-opacity="([\d.]+)"/g)].map(([, s]) =>
      Number(s),
    );
    expect(strengths).toHaveLength(20);
    expect(strengths.indexOf(Math.max(...strengths))).toBe(0);
    expect(svg).toContain('>–</text>');
  });

  it('survives cells that are missing', () => {
    const svg = chartSvg({ ...SESSIONS, cells: [] });
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});
