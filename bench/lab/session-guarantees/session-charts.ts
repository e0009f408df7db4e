/** Violations as a heat map; what keeping the guarantees costs as bars. */

import type { Spread } from '../../throughput/spread.ts';
import type { BarChart, HeatChart } from '../chart.ts';
import type { VariantTally } from './session-tally.ts';
import { JUDGED_BY } from './session-variants.ts';

const PER_READS = 10_000;

export function violationsChart(tallies: readonly VariantTally[]): HeatChart {
  const kept = tallies.filter(({ variant }) => variant.promises.length > 0);
  const broken = kept.reduce((sum, { variant, violations }) => {
    return sum + variant.promises.reduce((of, check) => of + (violations[check] ?? 0), 0);
  }, 0);
  return {
    kind: 'heat',
    name: 'violations',
    title: 'Violations of each guarantee, by what clients ask for',
    caption: `Whatever is promised is kept, which makes its cell 0 (${broken} violations in all of these); cells of what nobody promised show how often a client meets it.`,
    label: `violations per ${PER_READS.toLocaleString('en')} reads`,
    rows: tallies.map(({ variant }) => variant.title),
    columns: JUDGED_BY,
    cells: tallies.map(({ reads, violations }) =>
      JUDGED_BY.map((check) =>
        reads === 0 ? null : Math.round((PER_READS * (violations[check] ?? 0)) / reads),
      ),
    ),
  };
}

export function costChart(tallies: readonly VariantTally[]): BarChart {
  const off = tallies[0]?.readP99.median ?? Number.NaN;
  const session = tallies.find(({ variant }) => variant.name === 'session')?.readP99.median ?? off;
  return {
    kind: 'bars',
    name: 'latency',
    title: 'The 99th percentile of latency while one replica lags',
    caption: `A read that has to know waits for the replica that lags: session=session adds ${(session - off).toFixed(0)} ms to reads; mw and wfr wait when they write.`,
    y: { label: 'latency at the 99th percentile (ms)', min: 0 },
    groups: tallies.map(({ variant }) => variant.title),
    series: [
      barsOf(
        'reads',
        tallies.map(({ readP99 }) => readP99),
      ),
      barsOf(
        'writes',
        tallies.map(({ writeP99 }) => writeP99),
      ),
    ],
  };
}

export function unavailableChart(tallies: readonly VariantTally[]): BarChart {
  const share = (count: { readonly unavailable: number; readonly requests: number }) =>
    count.requests === 0 ? null : (100 * count.unavailable) / count.requests;
  return {
    kind: 'bars',
    name: 'unavailable',
    title: 'Requests without an answer',
    caption:
      'While the replica only lags everybody is answered; while it is cut off, those are refused there who must know what they cannot know.',
    y: { label: 'requests without an answer (%)', min: 0 },
    groups: tallies.map(({ variant }) => variant.title),
    series: [
      { name: 'the replica lags', tone: 'plain', values: tallies.map(share) },
      { name: 'it is cut off', tone: 'bad', values: tallies.map(({ cutOff }) => share(cutOff)) },
    ],
  };
}

function barsOf(name: string, spreads: readonly Spread[]) {
  return {
    name,
    values: spreads.map(({ median }) => median),
    ranges: spreads.map(({ min, max }) => [min, max] as const),
  };
}
