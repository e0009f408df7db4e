/** What the checks of a history found, in one form for the picture. */

import { type CheckReport, verdictOf } from '../checks.ts';
import { type Operation, valuesFound } from '../history.ts';
import type { CheckName } from '../violation.ts';

export interface Finding {
  readonly check: CheckName;
  readonly key: string;
  readonly text: string;
  /** Places in the history: what obliged, if there is any, and last what failed it. */
  readonly operations: readonly number[];
  /** Places in the history of a longest order without what failed, if orders were tried. */
  readonly order: readonly number[];
}

export interface CheckLine {
  readonly check: CheckName;
  readonly verdict: ReturnType<typeof verdictOf>;
  readonly text: string;
}

/** Of a list that nobody reads to its end. */
const STATES_MAX = 8;

export function findingsOf(
  reports: readonly CheckReport[],
  history: readonly Operation[],
): readonly Finding[] {
  return reports.flatMap((report) => {
    if (report.check !== 'linearizable') return report.violations.map(withoutOrder);
    const { result } = report;
    if (result.verdict !== 'violation') return [];
    const { key, blocked, placed, states } = result.witness;
    const places = new Map(history.map((operation, at) => [operation, at]));
    const placeOf = ({ operation }: { readonly operation: Operation }) =>
      places.get(operation) as number;
    const shown = states.slice(0, STATES_MAX).join(', ');
    const more = states.length > STATES_MAX ? ` and ${states.length - STATES_MAX} more` : '';
    const text = `this operation fits nowhere: before it the key could only be ${shown}${more}`;
    const order = placed.map(placeOf);
    const operations = [...writersOf(blocked.operation, history), placeOf(blocked)];
    return [{ check: report.check, key, text, operations, order }];
  });
}

/** Of what a read found, as far as somebody wrote it: places in the history. */
function writersOf(read: Operation, history: readonly Operation[]): readonly number[] {
  const found = new Set(read.op === 'read' ? valuesFound(read) : []);
  return [...history.entries()].flatMap(([place, operation]) => {
    const isWriter =
      operation.key === read.key && 'value' in operation && found.has(operation.value);
    return isWriter ? [place] : [];
  });
}

export function checkLines(reports: readonly CheckReport[]): readonly CheckLine[] {
  return reports.map((report) => {
    const verdict = verdictOf(report);
    const { check } = report;
    if (check !== 'linearizable') {
      const { length } = report.violations;
      const found = `${length} violation${length === 1 ? '' : 's'}`;
      return { check, verdict, text: length === 0 ? 'ok' : found };
    }
    const models = `model ${report.models.join(', ')}`;
    const word = { ok: 'ok', violation: 'violated', unknown: 'undecided' }[verdict];
    return { check, verdict, text: `${word}, ${models}` };
  });
}

function withoutOrder<Found extends Omit<Finding, 'order'>>(found: Found): Finding {
  return { ...found, order: [] };
}
