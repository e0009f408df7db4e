/** How many acknowledged elements are there in the end, and how many were lost. */

import type { FaultWindow } from '../../../src/checkers/history.ts';
import type { BarChart } from '../chart.ts';
import type { Claim, Findings, Table } from '../experiment.ts';
import { CONDITIONS, POLICIES, type Policy } from './conditions.ts';
import { CLIENTS, type SetRound } from './set-round.ts';
import { historyOf, type SetTally, tallyOf } from './set-tally.ts';

export interface SetUp {
  readonly seed: number;
  readonly repeats: number;
  readonly roundMs: number;
  readonly skewMs: number;
  readonly faults: readonly FaultWindow[];
}

/** As many values or more are one group of the chart. */
const SIBLINGS_SHOWN_MAX = 5;

const JEPSEN: Table = {
  title: 'What was found elsewhere (Jepsen, Riak)',
  head: ['conflict', 'levels', 'fault', 'acknowledged additions lost'],
  rows: [
    ['last write wins', 'default', 'none', '71.7%'],
    ['last write wins', 'R=W=quorum', 'partition', '91.4%'],
    ['last write wins', 'PR=PW=quorum', 'partition', '91.7%'],
    ['siblings, merged', 'any', 'partition', '0%'],
  ],
  caption: 'Other software, other clients and another pace: for the direction, not for the size.',
};

export function setFindings(rounds: readonly SetRound[], setUp: SetUp): Findings {
  const tallies = CONDITIONS.flatMap((condition) =>
    POLICIES.map((policy) => tallyOf(policy, condition, rounds)),
  );
  return {
    summary: summaryOf(tallies),
    claims: claimsOf(tallies),
    setUp: setUpOf(setUp),
    faults: setUp.faults,
    charts: [lossChart(tallies), siblingsChart(tallies)],
    tables: [tableOf(tallies), JEPSEN],
    histories: tallies.flatMap(({ policy, condition, rounds: [first] }) => {
      if (first === undefined) return [];
      const history = historyOf(first, setUp.faults);
      const expected = policy.name === 'lww' ? ('violation' as const) : ('ok' as const);
      return [
        { name: `${policy.name}-${condition.name}`, history, checks: ['contents'], expected },
      ];
    }),
    figures: {
      tallies: tallies.map(({ policy, condition, rounds: _, ...counts }) => ({
        policy: policy.name,
        condition: condition.name,
        ...counts,
      })),
    },
  };
}

function named(tallies: readonly SetTally[], policy: Policy['name'], condition: string): SetTally {
  return tallies.find((tally) => {
    return tally.policy.name === policy && tally.condition.name === condition;
  }) as SetTally;
}

function claimsOf(tallies: readonly SetTally[]): readonly Claim[] {
  const siblings = tallies.filter(({ policy }) => policy.name === 'siblings');
  const [calm, partition, skewed] = ['calm', 'partition', 'partition-skew'].map((condition) =>
    named(tallies, 'lww', condition),
  ) as [SetTally, SetTally, SetTally];
  const lww = tallies.filter(({ policy }) => policy.name === 'lww');
  return [
    ...siblings.map((tally) => ({
      text: `Siblings lose no acknowledged addition: ${tally.condition.title}`,
      holds: tally.lost === 0 && tally.violations === 0 && tally.acknowledged > 0,
      evidence: evidenceOf(tally),
    })),
    {
      text: 'Where the last write wins, additions at the same time are enough to lose some',
      holds: calm.lost > 0,
      evidence: evidenceOf(calm),
    },
    {
      text: 'Where the last write wins, a partition loses what one side added',
      holds: partition.lost > 0,
      evidence: evidenceOf(partition),
    },
    {
      text: 'In a partition more is lost where the clock of the smaller side is ahead',
      holds: lossOf(skewed) > lossOf(partition),
      evidence: `${percent(lossOf(skewed))} instead of ${percent(lossOf(partition))}`,
    },
    {
      text: 'The checker finds every loss of last write wins',
      holds: lww.every(({ lost, violations }) => violations >= lost) && calm.violations > 0,
      evidence: lww
        .map(({ condition, violations, lost }) => {
          return `${condition.title}: ${violations} violations, ${lost} lost in the end`;
        })
        .join('; '),
      broken: true,
    },
  ];
}

function lossOf({ lost, acknowledged }: SetTally): number {
  return lost / Math.max(1, acknowledged);
}

function evidenceOf(tally: SetTally): string {
  const { lost, acknowledged } = tally;
  return `${lost} of ${acknowledged} acknowledged additions lost (${percent(lossOf(tally))})`;
}

function lossChart(tallies: readonly SetTally[]): BarChart {
  const lww = tallies.filter(({ policy }) => policy.name === 'lww');
  const shares = lww.map((tally) => `${percent(lossOf(tally))} (${tally.condition.title})`);
  return {
    kind: 'bars',
    name: 'lost',
    title: 'Acknowledged additions that were lost',
    caption: `Where the last write wins, additions are lost that their clients were told of: ${shares.join(', ')}; of siblings none is.`,
    y: { label: 'acknowledged additions lost (%)', min: 0, max: 100 },
    groups: CONDITIONS.map(({ title }) => title),
    series: POLICIES.map((policy) => {
      const its = tallies.filter((tally) => tally.policy === policy);
      return {
        name: policy.title,
        tone: policy.name === 'lww' ? ('bad' as const) : ('ok' as const),
        values: its.map((tally) => 100 * lossOf(tally)),
        ranges: its.map(({ lostShare: { min, max } }) => [100 * min, 100 * max] as const),
      };
    }),
  };
}

function siblingsChart(tallies: readonly SetTally[]): BarChart {
  const siblings = tallies.filter(({ policy }) => policy.name === 'siblings');
  const most = Math.max(0, ...siblings.flatMap((tally) => tally.siblings));
  const counts = Array.from({ length: SIBLINGS_SHOWN_MAX }, (_, i) => i + 1);
  const share = (all: readonly number[], count: number) => {
    const those = all.filter((each) => Math.min(each, SIBLINGS_SHOWN_MAX) === count);
    return all.length === 0 ? null : (100 * those.length) / all.length;
  };
  return {
    kind: 'bars',
    name: 'siblings',
    title: 'Values per key when all is over',
    caption: `Clients that merge what they read leave few siblings: a key had ${most} at the most, which the next client to write would have merged.`,
    y: { label: 'keys (%)', min: 0, max: 100 },
    groups: counts.map((count) => (count === SIBLINGS_SHOWN_MAX ? `${count} or more` : `${count}`)),
    series: siblings.map((tally) => ({
      name: tally.condition.title,
      values: counts.map((count) => share(tally.siblings, count)),
    })),
  };
}

function tableOf(tallies: readonly SetTally[]): Table {
  return {
    title: 'What became of acknowledged additions',
    head: ['condition', 'conflict', 'acknowledged', 'survived', 'lost', 'lost %', 'values per key'],
    rows: tallies.map((tally) => [
      tally.condition.title,
      tally.policy.title,
      String(tally.acknowledged),
      String(tally.survivors),
      String(tally.lost),
      percent(lossOf(tally)),
      valuesText(tally.siblings),
    ]),
    caption:
      'In the end every set was read from all three replicas together; a survivor is in that read.',
  };
}

function valuesText(siblings: readonly number[]): string {
  if (siblings.length === 0) return '-';
  const mean = siblings.reduce((sum, count) => sum + count, 0) / siblings.length;
  return `${mean.toFixed(1)}, at most ${Math.max(...siblings)}`;
}

function summaryOf(tallies: readonly SetTally[]): string {
  const kept = tallies.filter(({ policy }) => policy.name === 'siblings');
  const lost = kept.reduce((sum, tally) => sum + tally.lost, 0);
  const acknowledged = kept.reduce((sum, tally) => sum + tally.acknowledged, 0);
  const calm = named(tallies, 'lww', 'calm');
  const skewed = named(tallies, 'lww', 'partition-skew');
  return `Siblings lost ${lost} of ${acknowledged} acknowledged additions. Where the last write wins, ${percent(lossOf(calm))} were lost without any fault, and ${percent(lossOf(skewed))} in a partition with a wrong clock.`;
}

function setUpOf({ seed, repeats, roundMs, skewMs }: SetUp): Findings['setUp'] {
  return [
    ['nodes', '3, each a replica of every key'],
    ['seed', String(seed)],
    [
      'rounds',
      `${repeats} of ${roundMs} ms at least under each condition, both policies at the same time`,
    ],
    [
      'clients',
      `${CLIENTS} of each policy: one at n1, the others at n2 and n3; each reads, merges and writes with the context of its read`,
    ],
    ['no fault, clock skew', 'R=W=2, strict; 3 sets at a time, for a second'],
    ['partition', 'n1 | n2 n3, with R=W=1, so that both sides accept; 10 sets'],
    ['skew', `the wall clock of n1 is ${skewMs / 1_000} s ahead`],
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
