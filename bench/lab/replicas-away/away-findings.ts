/** What replicas that were away showed: claims, charts, a table and histories. */

import type { BarChart, LineChart } from '../chart.ts';
import type { Claim, Findings, Lab, Recorded, Table } from '../experiment.ts';
import { judged } from '../judging.ts';
import { type Levels, levelsFrom, levelsTerm, overlaps } from '../levels.ts';
import { takenForStrict } from '../taken-for-strict.ts';
import { wilson } from '../wilson.ts';
import { claimsOf } from './away-claims.ts';
import { type AwayCounts, type AwaySizes, awayCounts, type VariantRound } from './away-round.ts';

export interface AwayFigures extends AwayCounts {
  readonly variant: string;
  readonly away: number;
  /** The most that waited at a time, of all modes on the cluster. */
  readonly hintsMost: number;
  /** From the moment in which all were together again until none waited. */
  readonly handedOverMs: number;
}

interface Context {
  readonly lab: Lab;
  readonly sizes: AwaySizes;
}

export function findingsOf(rounds: readonly VariantRound[], { lab, sizes }: Context): Findings {
  const levels = levelsFrom(lab);
  const figures = rounds.map(figuresOf);
  const recorded = rounds.map((one) => recordedOf(one, lab));
  const lied = recorded
    .filter((_, i) => rounds[i]?.mode.name === 'sloppy' && (figures[i] as AwayFigures).missed > 0)
    .filter(() => overlaps(levels))
    .slice(0, 1)
    .map(takenForStrict);
  return {
    summary: summaryOf(figures, levels),
    claims: [...claimsOf(figures, levels, lab.nodes), nothingLost(recorded), ...lied.map(caught)],
    setUp: [
      ['nodes', `${lab.nodes}, all on one machine`],
      levelsTerm(levels),
      ['keys', `all of the same ${levels.n} replicas`],
      ['away', 'together, and cut off from the others; clients ask the nodes that stayed'],
      [
        'swap',
        'clients ask those that were away (where they are fewer than R, nodes that keep no copy of the keys have joined them), which reach nobody else',
      ],
      [
        'requests',
        `${sizes.writes} writes of each kind at ${sizes.writesPerS}/s, then a read of each key at ${sizes.readsPerS}/s; a node may take ${sizes.timeoutMs} ms`,
      ],
      ['no hints', '--hint-bytes-max 0'],
    ],
    faults: rounds.find(({ round }) => round.faults.length > 0)?.round.faults ?? [],
    charts: [writesChart(figures, levels), readsChart(figures, levels), hintsChart(rounds)],
    tables: [tableOf(figures, levels)],
    histories: [...recorded, ...lied],
    figures: {
      rounds: figures,
      hints: rounds.map(({ name, round }) => ({
        variant: name,
        away: round.away.length,
        samples: round.hints,
      })),
    },
  };
}

function figuresOf({ name, mode, round }: VariantRound): AwayFigures {
  const { operations } = operationsOf({ mode, round });
  return {
    variant: name,
    away: round.away.length,
    ...awayCounts(round, operations),
    hintsMost: Math.max(0, ...round.hints.map(({ hints }) => hints)),
    handedOverMs: round.deliveredAtMs - round.wholeAtMs,
  };
}

function operationsOf({ mode, round }: Pick<VariantRound, 'mode' | 'round'>) {
  const registers = round.registers.find((its) => its.mode === mode);
  if (registers === undefined) throw new Error(`${mode.name} was not measured`);
  return registers.history({}, round.faults);
}

function recordedOf({ name, mode, round }: VariantRound, { seed }: Lab): Recorded {
  const checks = ['losses', 'convergence'] as const;
  const away = round.away.length;
  const facts = { experiment: 'E4', seed, variant: name, away, checks };
  return {
    name: `${name.replace(', ', '-').replace(' ', '-')}-${away}-away`,
    history: { ...operationsOf({ mode, round }), facts },
    checks,
    expected: 'ok',
  };
}

function nothingLost(all: readonly Recorded[]): Claim {
  const found = all.map((recorded) => ({ recorded, ...judged(recorded) }));
  const bad = found.find(({ verdict }) => verdict !== 'ok');
  const acknowledged = all.reduce((sum, { history }) => {
    return (
      sum +
      history.operations.filter(({ op, outcome }) => op === 'write' && outcome === 'ok').length
    );
  }, 0);
  return {
    text: 'When all are back and hints are handed over, every acknowledged write is at every replica',
    holds: bad === undefined,
    evidence: bad?.text ?? `0 of ${acknowledged} acknowledged writes lost`,
  };
}

function caught(recorded: Recorded): Claim {
  const { verdict, violations } = judged(recorded);
  return {
    text: 'A check for lost writes finds what sloppy quorums miss where they are taken for strict ones',
    holds: verdict === 'violation',
    evidence: `${violations} found in ${recorded.name}`,
    broken: true,
  };
}

function summaryOf(figures: readonly AwayFigures[], { n }: Levels): string {
  const most = Math.max(...figures.map(({ away }) => away));
  const of = (variant: string) => {
    return figures.find((one) => one.away === most && one.variant === variant) as AwayFigures;
  };
  const [hints, strict] = [of('sloppy, hints'), of('strict')];
  return (
    `With ${most} of ${n} replicas away, sloppy quorums with hints acknowledged ${hints.acknowledged} of ` +
    `${hints.writes} writes and strict quorums ${strict.acknowledged} of ${strict.writes}. Quorum reads at the replicas ` +
    `that had been away missed ${hints.missed} of these ${hints.acknowledged} until they were handed over.`
  );
}

function groupsOf(figures: readonly AwayFigures[]): readonly number[] {
  return [...new Set(figures.map(({ away }) => away))];
}

function variantsOf(figures: readonly AwayFigures[]): readonly string[] {
  return [...new Set(figures.map(({ variant }) => variant))];
}

function writesChart(figures: readonly AwayFigures[], { n, w }: Levels): BarChart {
  const aways = groupsOf(figures);
  const none = figures.filter(({ away, acknowledged }) => away > n - w && acknowledged === 0);
  return {
    kind: 'bars',
    name: 'acknowledged-writes',
    title: 'Writes that were acknowledged',
    caption: `With fewer than W=${w} of ${n} replicas there, ${[...new Set(none.map(({ variant }) => variant))].join(' and ') || 'nobody'} acknowledged no write; lines are 95 % intervals.`,
    y: { label: 'acknowledged (%)', min: 0, max: 100 },
    groups: aways.map((away) => `${away} of ${n} away`),
    series: variantsOf(figures).map((variant) => {
      const its = aways.map((away) => find(figures, variant, away));
      return {
        name: variant,
        values: its.map(({ acknowledged, writes }) => (100 * acknowledged) / writes),
        ranges: its.map(({ acknowledged, writes }) => {
          const { low, high } = wilson(acknowledged, writes);
          return [100 * low, 100 * high] as const;
        }),
      };
    }),
  };
}

function readsChart(figures: readonly AwayFigures[], levels: Levels): BarChart {
  const all = figures.filter(({ acknowledged }) => acknowledged > 0);
  const missed = all
    .filter((one) => one.missed > 0)
    .map(({ variant, away }) => `${variant} with ${away} away`);
  const series = [
    ['found', 'ok'],
    ['missed', 'bad'],
    ['unread', 'unknown'],
  ] as const;
  return {
    kind: 'stacked-bars',
    name: 'reads-after-swap',
    title: `Acknowledged writes, read with R=${levels.r} after the swap`,
    caption: `${overlaps(levels) ? 'R+W>N, and yet reads' : 'Reads'} missed acknowledged writes: ${missed.join('; ') || 'none'}.`,
    y: { label: 'acknowledged writes', min: 0 },
    groups: all.map(({ variant, away }) => `${variant}, ${away} away`),
    series: series.map(([name, tone]) => ({
      name: name === 'unread' ? 'read failed' : name,
      tone,
      values: all.map((one) => one[name]),
    })),
  };
}

function hintsChart(rounds: readonly VariantRound[]): LineChart {
  const its = rounds.filter(({ name }) => name === 'sloppy, hints');
  const slowest = Math.max(...its.map(({ round }) => round.deliveredAtMs - round.wholeAtMs));
  return {
    kind: 'lines',
    name: 'hints',
    title: 'Hints that wait, sloppy quorums',
    caption: `Hints pile up while replicas are away, and are all handed over ${(slowest / 1_000).toFixed(1)} s after the last link is back at the latest.`,
    x: { label: 'time since all links are back (s)' },
    y: { label: 'hints on all nodes', min: 0 },
    series: its.map(({ round }) => ({
      name: `${round.away.length} away`,
      points: round.hints.map(({ atMs, hints }) => ({
        x: (atMs - round.wholeAtMs) / 1_000,
        y: hints,
      })),
    })),
  };
}

function find(figures: readonly AwayFigures[], variant: string, away: number): AwayFigures {
  return figures.find((one) => one.variant === variant && one.away === away) as AwayFigures;
}

function tableOf(figures: readonly AwayFigures[], { n }: Levels): Table {
  return {
    title: 'Writes while replicas were away, reads after the swap, hints',
    head: [
      'quorums',
      'away',
      'acknowledged',
      'found',
      'missed',
      'read failed',
      'hints',
      'handed over after',
    ],
    rows: figures.map((one) => [
      one.variant,
      `${one.away} of ${n}`,
      `${one.acknowledged} of ${one.writes}`,
      ...[one.found, one.missed, one.unread].map(String),
      one.variant === 'strict' ? '' : String(one.hintsMost),
      one.variant !== 'strict' && one.hintsMost > 0
        ? `${(one.handedOverMs / 1_000).toFixed(2)} s`
        : '',
    ]),
    caption: 'A strict quorum leaves no hints: it fails where a sloppy one would miss.',
  };
}
