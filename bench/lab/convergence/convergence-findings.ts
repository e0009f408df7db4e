/** How soon replicas agreed: claims, decay curves and a table. */

import type { LineChart, Point } from '../chart.ts';
import type { Claim, Findings, Lab, Recorded, Table } from '../experiment.ts';
import { judged } from '../judging.ts';
import { mechanismsText, type VariantRound } from './mechanisms.ts';
import type { ReturnRound, ReturnSizes } from './return-round.ts';

export interface ConvergenceFigures {
  readonly mechanisms: string;
  readonly keys: number;
  /** Divergent at the last look. */
  readonly left: number;
  /** Until so much was as it should be: milliseconds since the return; null: not in time. */
  readonly t50Ms: number | null;
  readonly t99Ms: number | null;
  readonly t100Ms: number | null;
  readonly watchedMs: number;
  /** Sent between nodes for data beyond what the reads alone send. */
  readonly bytes: number;
}

interface Context {
  readonly lab: Lab;
  readonly sizes: ReturnSizes;
}

export function findingsOf(rounds: readonly VariantRound[], { lab, sizes }: Context): Findings {
  const none = rounds.find(({ on }) => mechanismsText(on) === 'none')?.round;
  const readBytesPerMs = none === undefined ? 0 : none.bytes / none.watchedMs;
  const figures = rounds.map((one) => figuresOf(one, readBytesPerMs));
  const recorded = rounds.flatMap((one) => recordedOf(one, lab));
  return {
    summary: summaryOf(figures),
    claims: claimsOf(rounds, recorded),
    setUp: [
      ['nodes', `${lab.nodes}, three replicas of each key, all on one machine`],
      [
        'keys',
        `${sizes.keys} in each variant, written once with W=2 while one of their replicas is cut off`,
      ],
      [
        'looks',
        `at that replica alone (R=1, no repair), every ${sizes.lookMs} ms, from the moment in which its links are given back`,
      ],
      [
        'reads',
        `${sizes.readsPerS}/s of keys by chance, R=3, in every variant; with read repair in the background, or without any`,
      ],
      [
        'off',
        'hints: --hint-bytes-max 0; anti-entropy: --compare-every never; read repair: read_repair=off',
      ],
    ],
    faults: rounds[0]?.round.faults ?? [],
    charts: [decayChart(rounds, sizes)],
    tables: [tableOf(figures)],
    histories: recorded,
    figures: {
      variants: figures,
      curves: rounds.map(({ on, round }) => ({
        mechanisms: mechanismsText(on),
        samples: round.samples,
      })),
    },
  };
}

function figuresOf({ on, round }: VariantRound, readBytesPerMs: number): ConvergenceFigures {
  const { keys, samples, left, watchedMs, bytes } = round;
  const until = (share: number) => {
    const most = Math.floor((1 - share) * keys.length + 1e-9);
    return samples.find(({ divergent }) => divergent <= most)?.atMs ?? null;
  };
  return {
    mechanisms: mechanismsText(on),
    keys: keys.length,
    left: left.size,
    t50Ms: until(0.5),
    t99Ms: until(0.99),
    t100Ms: until(1),
    watchedMs,
    bytes: Math.max(0, Math.round(bytes - readBytesPerMs * watchedMs)),
  };
}

/** All replicas must agree where something mends all; without anything they must be found not to. */
function recordedOf({ on, round }: VariantRound, { seed }: Lab): readonly Recorded[] {
  const mechanisms = mechanismsText(on);
  const mendsAll = on.hints || on.antiEntropy;
  if (!mendsAll && on.readRepair) return [];
  return [
    {
      name: mechanisms.replaceAll(' + ', '-').replaceAll(' ', '-'),
      history: round.history({ experiment: 'E5', seed, mechanisms }),
      checks: ['convergence'],
      expected: mendsAll ? 'ok' : 'violation',
    },
  ];
}

function claimsOf(
  rounds: readonly VariantRound[],
  recorded: readonly Recorded[],
): readonly Claim[] {
  const background = rounds.filter(({ on }) => on.hints || on.antiEntropy);
  const idle = rounds.filter(({ on }) => !on.hints && !on.antiEntropy);
  const none = idle.filter(({ on }) => !on.readRepair).map(({ round }) => round);
  const readRepair = idle.filter(({ on }) => on.readRepair).map(({ round }) => round);
  const agreeing = recorded.filter(({ expected }) => expected === 'ok');
  return [
    {
      text: 'Without hints, read repair and anti-entropy nothing is mended',
      holds: none.every(({ keys, left }) => left.size === keys.length),
      evidence: none
        .map(({ keys, left }) => `${left.size} of ${keys.length} keys are divergent at the end`)
        .join('; '),
    },
    {
      text: 'Read repair alone mends what is read, and nothing else',
      holds: readRepair.every((round) => mendedUnread(round) === 0 && unmendedRead(round) === 0),
      evidence: readRepair
        .map(
          (round) =>
            `${unmendedRead(round)} of ${round.readEarly.size} keys that were read are divergent, ${mendedUnread(round)} of ${round.keys.length - round.read.size} that were not are mended`,
        )
        .join('; '),
    },
    {
      text: 'Hints and anti-entropy, each alone or with others, mend everything',
      holds: background.every(({ round }) => round.left.size === 0),
      evidence: background
        .map(
          ({ on, round }) =>
            `${mechanismsText(on)}: ${round.left.size} of ${round.keys.length} left`,
        )
        .join('; '),
    },
    {
      text: 'All replicas agree in the end where hints or anti-entropy are on',
      holds: agreeing.every((one) => judged(one).verdict === 'ok'),
      evidence: `${agreeing.length} histories, each key read at all its replicas`,
    },
    ...recorded.filter(({ expected }) => expected === 'violation').map(caught),
  ];
}

function caught(recorded: Recorded): Claim {
  const { verdict, violations } = judged(recorded);
  return {
    text: 'The check for convergence finds replicas that nothing has mended',
    holds: verdict === 'violation',
    evidence: `${violations} keys`,
    broken: true,
  };
}

/** Keys that nobody had read and that are mended all the same. */
function mendedUnread({ keys, read, left }: ReturnRound): number {
  return keys.filter((key) => !read.has(key) && !left.has(key)).length;
}

function unmendedRead({ readEarly, left }: ReturnRound): number {
  return [...readEarly].filter((key) => left.has(key)).length;
}

function summaryOf(figures: readonly ConvergenceFigures[]): string {
  const text = ({ mechanisms, t100Ms, left, keys }: ConvergenceFigures) =>
    `${mechanisms}: ${t100Ms === null ? `${left} of ${keys} keys left` : seconds(t100Ms)}`;
  return `Until a replica that had been cut off had everything again: ${figures.map(text).join('; ')}.`;
}

function decayChart(rounds: readonly VariantRound[], sizes: ReturnSizes): LineChart {
  const most = Math.max(...rounds.map(({ round }) => round.keys.length));
  const measured = rounds.map(({ on, round }) => ({
    name: mechanismsText(on),
    points: round.samples.map(({ atMs, divergent }) => pointOf(atMs, divergent)),
  }));
  const readRepair = rounds.find(({ on }) => mechanismsText(on) === 'read repair');
  const endMs = readRepair?.round.samples.at(-1)?.atMs ?? 0;
  const predicted = Array.from({ length: 50 }, (_, i) => {
    const atMs = (i * endMs) / 49;
    return pointOf(atMs, most * Math.exp((-sizes.readsPerS * atMs) / 1_000 / most));
  });
  return {
    kind: 'lines',
    name: 'divergent-keys',
    title: 'Keys that the replica does not have yet',
    caption:
      'Hints and anti-entropy end it for good, read repair alone as keys are read by chance ' +
      '(dashed: as that predicts); a line that stops has none left.',
    x: { label: 'time since the links are back (s)', min: 0 },
    y: { label: 'divergent keys', log: true },
    series: [...measured, { name: 'read repair, predicted', points: predicted, dashed: true }],
  };
}

function pointOf(atMs: number, divergent: number): Point {
  return { x: atMs / 1_000, y: divergent === 0 ? null : divergent };
}

function tableOf(figures: readonly ConvergenceFigures[]): Table {
  return {
    title: 'Until replicas agree',
    head: ['mechanisms', 't50', 't99', 't100', 'left', 'sent beyond the reads'],
    rows: figures.map((one) => [
      one.mechanisms,
      ...[one.t50Ms, one.t99Ms, one.t100Ms].map((ms) => (ms === null ? 'never' : seconds(ms))),
      `${one.left} of ${one.keys}`,
      `${(one.bytes / 1024).toFixed(0)} KiB`,
    ]),
    caption: `Times to the look that found 50, 99 and 100 % of the keys mended; never: not in the ${seconds(Math.max(...figures.map(({ watchedMs }) => watchedMs)))} at most for which it was looked.`,
  };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
