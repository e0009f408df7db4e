/** Verdicts as bars, and the first counterexample as dots over time. */

import type { Operation } from '../../../src/checkers/history.ts';
import type { BarChart, LineChart, Series } from '../chart.ts';
import { type JudgedRace, type ModeRaces, numberOf } from './judged-race.ts';

/** Of the counterexample that much is shown before the answer that fits nowhere, and after. */
const BEFORE_MS = 250;
const AFTER_MS = 50;

export function verdictChart(modes: readonly ModeRaces[]): BarChart {
  const strict = modes.find(({ mode }) => mode.name === 'strict');
  const races = strict?.races.length ?? 0;
  return {
    kind: 'stacked-bars',
    name: 'verdicts',
    title: 'Is it linearizable?',
    caption: `${strict?.violated ?? 0} of ${races} races with strict quorums have a counterexample; what theory calls linearizable has none where theory holds.`,
    y: { label: 'races', min: 0 },
    groups: modes.map(({ mode }) => mode.title),
    series: [
      {
        name: 'linearizable',
        tone: 'ok',
        values: modes.map((mode) => mode.races.length - mode.violated - mode.undecided),
      },
      { name: 'a counterexample', tone: 'bad', values: modes.map(({ violated }) => violated) },
      { name: 'undecided', tone: 'unknown', values: modes.map(({ undecided }) => undecided) },
    ],
  };
}

/** Of a race that is not linearizable. */
export function counterexampleChart({ mode, seed, history, report }: JudgedRace): LineChart {
  const blocked = blockedOf(report);
  const end = blocked.complete ?? blocked.invoke;
  const [from, until] = [end - BEFORE_MS, end + AFTER_MS];
  const shown = history.operations.filter(
    ({ outcome, complete }) =>
      outcome === 'ok' && Number(complete) >= from && Number(complete) <= until,
  );
  const nodes = [...new Set(shown.map(({ at }) => at ?? ''))].sort();
  const reads = nodes.map((node): Series => {
    const its = shown.filter(({ op, at }) => op === 'read' && at === node);
    return { name: `read at ${node}`, points: its.map(dotOf) };
  });
  const writes = shown.filter(({ op }) => op === 'write').map(dotOf);
  return {
    kind: 'scatter',
    name: 'counterexample',
    title: `${mode.title}: the first counterexample (seed ${seed})`,
    caption: `A dot is an answer: the one at ${end.toFixed(0)} ms fits nowhere, since answers before it had shown a later value.`,
    x: { label: 'time since the race began (ms)' },
    y: { label: 'number of the value (1 was written first)' },
    series: [
      { name: 'write acknowledged', tone: 'ok', points: writes },
      ...reads,
      { name: 'fits nowhere', tone: 'bad', points: [dotOf(blocked)] },
    ],
  };
}

function dotOf(operation: Operation) {
  return { x: Number(operation.complete), y: numberOf(operation) };
}

function blockedOf(report: JudgedRace['report']): Operation {
  if (report.check !== 'linearizable' || report.result.verdict !== 'violation') {
    throw new Error('only a violation has a counterexample');
  }
  return report.result.witness.blocked.operation;
}
