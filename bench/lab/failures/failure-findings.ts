/** What failures cost: claims, timelines and a table. */

import { availabilityChart, countOutcomes, type TimedRequest } from '../availability.ts';
import type { BarChart, LineChart } from '../chart.ts';
import type { Findings, Lab, Table } from '../experiment.ts';
import { levelsFrom, levelsTerm } from '../levels.ts';
import type { Mode } from '../modes.ts';
import { claimsOf } from './failure-claims.ts';
import type { FailurePhase, FailureSizes } from './failure-phase.ts';
import { type FailureFigures, loneCopies, recordOf } from './failure-records.ts';

interface Context {
  readonly lab: Lab;
  readonly modes: readonly Mode[];
  readonly sizes: FailureSizes;
}

export function findingsOf(
  phases: readonly FailurePhase[],
  { lab, modes, sizes }: Context,
): Findings {
  const records = phases.flatMap((phase, i) =>
    phase.registers.map((registers) => recordOf(registers, { phase, number: i + 1, lab })),
  );
  const lone = phases.flatMap((phase) =>
    phase.lone === undefined ? [] : [loneCopies(phase.lone, lab)],
  );
  const figures = records.map((record) => record.figures);
  return {
    summary: summaryOf(figures),
    claims: claimsOf(records, lone, levelsFrom(lab)),
    setUp: [
      ['nodes', `${lab.nodes}, all on one machine`],
      levelsTerm(lab),
      [
        'failures',
        phases
          .map(({ strike, victim }) => (strike === 'join' ? strike : `${strike} of ${victim}`))
          .join('; '),
      ],
      [
        'who',
        'crash, pause and wrong clock (two minutes ahead) strike the node that leads the metadata group',
      ],
      [
        'clients',
        `in each mode, in an open loop: ${sizes.readsPerS} reads and ${sizes.writesPerS} writes a second, to any node; where one certainly did nothing another is asked, for ${sizes.timeoutMs} ms`,
      ],
      ['stated model', 'W of 2 or more, majorities for paxos and raft; one node at a time'],
    ],
    faults: phases.flatMap(({ faults }) => faults),
    charts: [...modes.map((mode) => timelineOf(phases, mode)), gapChart(figures, modes)],
    tables: [tableOf(figures)],
    histories: [...records.map(({ recorded }) => recorded), ...lone],
    figures: { failures: figures },
  };
}

function summaryOf(figures: readonly FailureFigures[]): string {
  const acknowledged = figures.reduce((sum, one) => sum + one.acknowledged, 0);
  const violations = figures.reduce((sum, one) => sum + one.violations, 0);
  const worst = figures.reduce((a, b) => (b.gapMs > a.gapMs ? b : a));
  return (
    `${violations} violations among ${acknowledged} acknowledged writes. The longest time without a ` +
    `success was ${(worst.gapMs / 1_000).toFixed(2)} s (${worst.strike}, ${worst.mode}).`
  );
}

function timelineOf(phases: readonly FailurePhase[], { name, title }: Mode): LineChart {
  const requests: TimedRequest[] = phases.flatMap((phase) =>
    phase.requests.filter(({ mode }) => mode === name),
  );
  const { ok, fail, unknown } = countOutcomes(requests);
  const spans = phases.map(({ strike, struckAtMs, overAtMs }) => {
    return { from: struckAtMs, until: overAtMs, label: strike };
  });
  const untilMs = Math.max(...phases.map(({ endedAtMs }) => endedAtMs));
  return availabilityChart(
    {
      name: `${name}-failures`,
      title: `${title} through all failures`,
      caption: `Of ${ok + fail + unknown} requests ${fail} failed for certain, and of ${unknown} nobody knows; between failures nothing is asked while everything is read.`,
    },
    requests,
    { untilMs, spans },
  );
}

function gapChart(figures: readonly FailureFigures[], modes: readonly Mode[]): BarChart {
  const strikes = [...new Set(figures.map(({ strike }) => strike))];
  const of = (mode: string, strike: string) => {
    return figures
      .filter((one) => one.mode === mode && one.strike === strike)
      .map(({ gapMs }) => gapMs);
  };
  const longest = Math.max(...figures.map(({ gapMs }) => gapMs));
  return {
    kind: 'bars',
    name: 'longest-gap',
    title: 'Longest time without a success',
    caption: `No failure kept any mode from answering for more than ${(longest / 1_000).toFixed(2)} s.`,
    y: { label: 'longest gap (ms)', min: 0 },
    groups: strikes,
    series: modes.map(({ name, title }) => ({
      name: title,
      values: strikes.map((strike) => Math.max(...of(name, strike))),
    })),
  };
}

function tableOf(figures: readonly FailureFigures[]): Table {
  return {
    title: 'What failures cost',
    head: [
      'failure',
      'mode',
      'acknowledged',
      'violations',
      'failed',
      'in doubt',
      'longest gap',
      'slowest success',
      'last trouble after',
      'lasted',
    ],
    rows: figures.map((one) => [
      one.strike,
      one.mode,
      ...[one.acknowledged, one.violations, one.outcomes.fail, one.outcomes.unknown].map(String),
      ...[one.gapMs, one.slowestMs, one.recoveredMs, one.lastedMs].map(
        (ms) => `${(ms / 1_000).toFixed(2)} s`,
      ),
    ]),
    caption:
      'Failed and in doubt: of the requests that were to be sent from the failure on; "last trouble" is the last of them.',
  };
}
