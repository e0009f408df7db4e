/** What keeping each guarantee prevents, and what it costs. */

import type { Claim, Findings, Recorded, Table } from '../experiment.ts';
import { costChart, unavailableChart, violationsChart } from './session-charts.ts';
import { tallyOf, type VariantTally } from './session-tally.ts';
import { CLIENTS, type Traffic } from './session-traffic.ts';
import { JUDGED_BY, type SessionVariant, VARIANTS } from './session-variants.ts';

export interface SessionMeasurements {
  readonly lagging: readonly Traffic[];
  readonly cutOff: readonly Traffic[];
  readonly rounds: number;
  readonly roundMs: number;
  readonly cutMs: number;
  readonly lagMs: number;
  readonly seed: number;
}

export function sessionFindings(measured: SessionMeasurements): Findings {
  const tallies = VARIANTS.map((variant) => tallyOf(variant, measured.lagging, measured.cutOff));
  return {
    summary: summaryOf(tallies),
    claims: claimsOf(tallies, measured),
    setUp: setUpOf(measured),
    faults: measured.lagging[0]?.history.faults ?? [],
    charts: [violationsChart(tallies), costChart(tallies), unavailableChart(tallies)],
    tables: [tableOf(tallies)],
    histories: keptOf(measured),
    figures: { variants: tallies.map(({ variant, ...tally }) => ({ ...variant, ...tally })) },
  };
}

function named(tallies: readonly VariantTally[], name: string): VariantTally {
  return tallies.find(({ variant }) => variant.name === name) as VariantTally;
}

function claimsOf(
  tallies: readonly VariantTally[],
  { lagMs }: SessionMeasurements,
): readonly Claim[] {
  const off = named(tallies, 'off');
  const session = named(tallies, 'session');
  const forgetful = named(tallies, 'forgetful');
  const waiting = tallies.filter(({ variant }) => refuses(variant));
  const refused = waiting.reduce((sum, { cutOff }) => sum + cutOff.unavailable, 0);
  const asked = waiting.reduce((sum, { cutOff }) => sum + cutOff.requests, 0);
  return [
    ...tallies.filter(({ variant }) => variant.promises.length > 0).map(promiseKept),
    ...JUDGED_BY.map((check) => ({
      text: `Without a session, ${check} is violated`,
      holds: violationsOf(off, check) > 0,
      evidence: `${violationsOf(off, check)} of ${off.reads} reads at R=W=1`,
    })),
    {
      text: 'At the replica that lags, sessions whose reads make demands wait instead of showing less',
      holds: waiting.some(({ readP99 }) => readP99.max >= lagMs / 2),
      evidence: `the 99th percentile of reads: ${waiting.map(({ variant, readP99 }) => `${variant.title} ${ms(readP99.median)}`).join(', ')}; without a session ${ms(off.readP99.median)}; the lag is ${lagMs} ms`,
    },
    {
      text: 'While a replica is cut off, R=W=1 without a session is always available',
      holds: off.cutOff.unavailable === 0,
      evidence: `${off.cutOff.unavailable} of ${off.cutOff.requests} requests failed`,
    },
    {
      text: 'While a replica is cut off, sessions whose reads make demands are refused now and then',
      holds: refused > 0,
      evidence: `${refused} of ${asked} requests failed, of ${waiting.map(({ variant }) => variant.title).join(', ')}`,
    },
    {
      text: 'A client that loses its token has no session, and the checkers see it',
      holds: session.variant.promises.some((check) => violationsOf(forgetful, check) > 0),
      evidence: session.variant.promises
        .map((check) => `${check} ${violationsOf(forgetful, check)}`)
        .join(', ')
        .concat(` violations in ${forgetful.reads} reads`),
      broken: true,
    },
  ];
}

/** Its reads wait for what the session has seen. */
function refuses({ promises, session, forgetful }: SessionVariant): boolean {
  const isKept = session !== undefined && forgetful !== true;
  return isKept && (promises.includes('ryw') || promises.includes('mr'));
}

function promiseKept(tally: VariantTally): Claim {
  const { promises, title } = tally.variant;
  const broken = promises.reduce((sum, check) => {
    return sum + violationsOf(tally, check) + (tally.cutOff.violations[check] ?? 0);
  }, 0);
  return {
    text: `${title}: ${promises.join(', ')} ${promises.length === 1 ? 'is' : 'are'} never violated`,
    holds: broken === 0 && tally.reads > 0,
    evidence: `${broken} violations in ${tally.reads} reads while a replica lagged and ${tally.cutOff.reads} while it was cut off`,
  };
}

function violationsOf({ violations }: VariantTally, check: string): number {
  return violations[check] ?? 0;
}

/** Of each variant the round in which most is found, and how a session fared in the cut. */
function keptOf({ lagging, cutOff }: SessionMeasurements): readonly Recorded[] {
  const worst = VARIANTS.flatMap((variant) =>
    lagging
      .filter((traffic) => traffic.variant === variant)
      .toSorted((a, b) => foundIn(b) - foundIn(a))
      .slice(0, 1),
  );
  return [
    ...worst.map((traffic) => recordedOf(traffic, 'lag')),
    ...cutOff
      .filter(({ variant }) => variant.name === 'session')
      .map((traffic) => recordedOf(traffic, 'cut')),
  ];
}

function foundIn({ variant, violations }: Traffic): number {
  const checks = variant.promises.length > 0 ? variant.promises : JUDGED_BY;
  return checks.reduce((sum, check) => sum + (violations[check] ?? 0), 0);
}

function recordedOf({ variant, history }: Traffic, phase: string): Recorded {
  const name = `${phase}-${variant.name}`;
  const { promises } = variant;
  if (promises.length > 0) return { name, history, checks: promises, expected: 'ok' };
  const expected = variant.name === 'context' ? 'either' : 'violation';
  return { name, history, checks: JUDGED_BY, expected };
}

function tableOf(tallies: readonly VariantTally[]): Table {
  return {
    title: 'Violations, and what they cost',
    head: [
      'clients ask for',
      'reads',
      ...JUDGED_BY,
      'read p99 ms',
      'write p99 ms',
      'failed, cut off',
    ],
    rows: tallies.map(({ variant, reads, violations, readP99, writeP99, cutOff }) => [
      variant.title,
      String(reads),
      ...JUDGED_BY.map((check) => String(violations[check] ?? 0)),
      readP99.median.toFixed(0),
      writeP99.median.toFixed(0),
      percent(cutOff.unavailable / Math.max(1, cutOff.requests)),
    ]),
    caption:
      'Reads that violate each guarantee while one replica lags; the 99th percentiles of latency then; and the share of requests without an answer while that replica is cut off.',
  };
}

function summaryOf(tallies: readonly VariantTally[]): string {
  const off = named(tallies, 'off');
  const session = named(tallies, 'session');
  const share = percent(violationsOf(off, 'ryw') / Math.max(1, off.reads));
  const kept = session.variant.promises.reduce(
    (sum, check) => sum + violationsOf(session, check),
    0,
  );
  return `Of the reads of clients that hop between replicas while one lags, ${share} missed what their own session had written; with session=session ${kept} reads violated any of the four guarantees, at ${ms(session.readP99.median)} instead of ${ms(off.readP99.median)} for the slowest hundredth.`;
}

function setUpOf(measured: SessionMeasurements): Findings['setUp'] {
  const { rounds, roundMs, cutMs, lagMs, seed } = measured;
  return [
    ['nodes', '3, each a replica of every key'],
    ['seed', String(seed)],
    [
      'lagging replica',
      `n3: all that others send to it arrives ${lagMs} ms later, what it sends does not`,
    ],
    ['clients', `${CLIENTS} of each variant, half reads and half writes, half of them at n3`],
    ['pace', 'each waits 0 to 80 ms after an answer; latencies are from the end of that pause'],
    ['keys', '2 at a time, for a second; a session is a client and two such keys'],
    ['writes', 'blind: without a context, where nothing else is said'],
    [
      'rounds',
      `${rounds} of ${roundMs} ms, all variants at the same time; without a session further ones, until each kind of violation was seen`,
    ],
    ['cut off', `then n3 is cut off for ${cutMs} ms, all variants at the same time`],
  ];
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
