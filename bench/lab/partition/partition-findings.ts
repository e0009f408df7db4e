/** What a partition showed: claims, charts and tables. */

import { spreadOf } from '../../throughput/spread.ts';
import { countsOf } from '../../workloads/verdicts.ts';
import { availability, availabilityChart } from '../availability.ts';
import type { BarChart, Chart } from '../chart.ts';
import type { Findings, Lab, Table } from '../experiment.ts';
import { levelsFrom, levelsTerm } from '../levels.ts';
import type { Mode } from '../modes.ts';
import { type CutRound, type CutSizes, SIDES } from './cut-round.ts';
import { claimsOf } from './partition-claims.ts';
import { brokenPromises, historiesOf } from './partition-histories.ts';
import { countsText, type SideFigures, sideFigures, successShare } from './side-figures.ts';

export interface PartitionContext {
  readonly lab: Lab;
  readonly modes: readonly Mode[];
  readonly sizes: CutSizes;
}

export function findingsOf(
  rounds: readonly CutRound[],
  { lab, modes, sizes }: PartitionContext,
): Findings {
  const figures = rounds.map((round) => sideFigures(round, modes));
  const [first] = rounds as [CutRound];
  const histories = rounds.flatMap((round, i) => historiesOf(round, i + 1, lab));
  const sloppy = histories.find(({ mode }) => mode === 'sloppy') as (typeof histories)[number];
  const levels = levelsFrom(lab);
  const broken = brokenPromises(sloppy, first, levels);
  return {
    summary: summaryOf(figures.flat()),
    claims: claimsOf(figures.flat(), { histories, broken, levels, nodes: lab.nodes }),
    setUp: setUpOf(first, rounds.length, { lab, modes, sizes }),
    faults: first.faults,
    charts: chartsOf(first, figures, modes),
    tables: [tableOf(figures)],
    histories: [...histories, ...broken.map(({ recorded }) => recorded)],
    figures: {
      rounds: rounds.map(({ nodesOf, cutAtMs, healedAtMs, endedAtMs }, i) => ({
        ...{ nodesOf, cutAtMs, healedAtMs, endedAtMs, sides: figures[i] },
        availability: availabilityOf(rounds[i] as CutRound, modes),
      })),
      operations: histories.map(({ name, history }) => ({ name, ...countsOf(history) })),
    },
  };
}

function summaryOf(figures: readonly SideFigures[]): string {
  const share = (mode: string, side: string) => {
    const shares = figures
      .filter((one) => one.mode === mode && one.side === side)
      .map(({ cut }) => successShare(cut));
    return `${(100 * spreadOf(shares).median).toFixed(0)} %`;
  };
  const both = (mode: string) => SIDES.map((side) => share(mode, side)).join(' and ');
  return (
    `Two of the nodes were cut off from the others. Of what was sent meanwhile on the smaller and on ` +
    `the larger side, a sloppy quorum answered ${both('sloppy')}, a strict one ${both('strict')}, ` +
    `paxos ${both('paxos')}, raft, whose leader was on the smaller side, ${both('raft')}.`
  );
}

function setUpOf(
  { nodesOf }: CutRound,
  rounds: number,
  { lab, modes, sizes }: PartitionContext,
): Findings['setUp'] {
  const sides = SIDES.map((side) => `${side}: ${nodesOf[side].join(' ')}`).join('; ');
  return [
    ['nodes', `${lab.nodes}, all on one machine`],
    levelsTerm(lab),
    ['modes', modes.map(({ title }) => title).join('; ')],
    ['partitions', `${rounds}, of ${sizes.cutMs / 1_000} s each; what is drawn is the first`],
    ['sides', `${sides}; the smaller one has the leader of the metadata group`],
    ['keys', `${sizes.keys} in each mode, each with most of its replicas on the larger side`],
    [
      'clients',
      `on each side, in each mode, in an open loop: ${sizes.readsPerS} reads and ` +
        `${sizes.writesPerS} writes a second, to the nodes of that side in turn; a node may take ` +
        `${sizes.timeoutMs} ms`,
    ],
    ['counted', 'each request at the time at which it was to be sent'],
  ];
}

function chartsOf(
  round: CutRound,
  figures: readonly (readonly SideFigures[])[],
  modes: readonly Mode[],
): readonly Chart[] {
  const { cutAtMs, healedAtMs, endedAtMs, requests } = round;
  const spans = [{ from: cutAtMs, until: healedAtMs, label: 'cut' }];
  const timelines = modes.flatMap(({ name, title }) =>
    SIDES.map((side) => {
      const its = requests.filter((one) => one.mode === name && one.side === side);
      const found = (figures[0] ?? []).find((one) => one.mode === name && one.side === side);
      const { ok, fail, unknown } = (found as SideFigures).cut;
      return availabilityChart(
        {
          name: `${name}-${side.replace(' ', '-')}`,
          title: `${title}, ${side}`,
          caption: `While the network was cut ${ok} of the ${ok + fail + unknown} requests of this side succeeded, ${fail} certainly failed, and of ${unknown} nobody knows.`,
        },
        its,
        { untilMs: endedAtMs, spans },
      );
    }),
  );
  return [...timelines, recoveryChart(figures, modes)];
}

function recoveryChart(
  figures: readonly (readonly SideFigures[])[],
  modes: readonly Mode[],
): BarChart {
  const all = figures.flat();
  const series = SIDES.map((side) => {
    const spreads = modes.map(({ name }) => {
      const times = all
        .filter((one) => one.mode === name && one.side === side)
        .flatMap(({ firstAfterHealMs }) => firstAfterHealMs ?? []);
      return times.length === 0 ? null : spreadOf(times);
    });
    return {
      name: side,
      values: spreads.map((spread) => spread?.median ?? null),
      ranges: spreads.map((spread) => spread && ([spread.min, spread.max] as const)),
    };
  });
  const slowest = Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  return {
    kind: 'bars',
    name: 'first-success-after-heal',
    title: 'From the healing to the first success',
    caption: `Every mode had answered on both sides ${slowest.toFixed(0)} ms after the network was whole again (median of ${figures.length}; lines from the least to the most).`,
    y: { label: 'time to the first success (ms)', min: 0 },
    groups: modes.map(({ title }) => title),
    series,
  };
}

function tableOf(figures: readonly (readonly SideFigures[])[]): Table {
  const head = ['mode', 'side', 'before', 'cut', 'after', 'longest gap in cut', 'first after heal'];
  return {
    title: 'What was answered',
    head: figures.length === 1 ? head : ['partition', ...head],
    rows: figures.flatMap((sides, i) =>
      sides.map((one) => [
        ...(figures.length === 1 ? [] : [String(i + 1)]),
        ...[one.mode, one.side, countsText(one.before), countsText(one.cut), countsText(one.after)],
        `${(one.gapWhileCutMs / 1_000).toFixed(2)} s`,
        one.firstAfterHealMs === null ? 'none' : `${one.firstAfterHealMs.toFixed(0)} ms`,
      ]),
    ),
    caption:
      'Succeeded / certainly failed / in doubt, by the time at which a request was to be sent; one ' +
      'that was sent shortly before the healing may have been answered after it.',
  };
}

function availabilityOf({ requests, endedAtMs }: CutRound, modes: readonly Mode[]) {
  return modes.flatMap(({ name }) =>
    SIDES.map((side) => {
      const its = requests.filter((one) => one.mode === name && one.side === side);
      return { mode: name, side, per250Ms: availability(its, endedAtMs) };
    }),
  );
}
