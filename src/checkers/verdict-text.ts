/** What checks say of a history, for a person. Its words are those of history.ts. */

import { type CheckReport, verdictOf } from './checks.ts';
import type { History, Operation } from './history.ts';
import type { CheckResult, Witness } from './linearizability.ts';
import { operationText, type Times } from './operation-text.ts';
import type { Violation } from './violation.ts';

/** What was checked. */
export interface CheckSubject {
  readonly history: History;
  readonly tookMs: number;
  readonly times: Times;
}

/** Of a list that may be long: enough to see what is meant. */
const SHOWN_MAX = 8;

const WORDS = { ok: 'ok      ', violation: 'VIOLATED', unknown: 'UNKNOWN ' } as const;

/** One line for each check, what was checked, and what was found. */
export function verdictText(reports: readonly CheckReport[], subject: CheckSubject): string {
  const { history, tookMs } = subject;
  const { operations, faults } = history;
  const keys = new Set(operations.map(({ key }) => key)).size;
  const counts = [
    `${counted(operations.length, 'operation')} on ${counted(keys, 'key')}`,
    ...(faults.length > 0 ? [counted(faults.length, 'fault')] : []),
    `${(tookMs / 1_000).toFixed(2)} s`,
  ];
  const found = violationText(reports, subject);
  return [
    ...reports.map((report) => `${WORDS[verdictOf(report)]}  ${headOf(report)}`),
    counts.join(', '),
    ...(found === undefined ? [] : ['', found]),
  ].join('\n');
}

/** What was found, or could not be decided; undefined: all is well. */
export function violationText(
  reports: readonly CheckReport[],
  { history, times }: Pick<CheckSubject, 'history' | 'times'>,
): string | undefined {
  const texts = reports.flatMap((report) => {
    if (report.check === 'linearizable') return resultText(report.result, times);
    if (report.violations.length === 0) return [];
    return violationsText(report.check, report.violations, history, times);
  });
  return texts.length === 0 ? undefined : texts.join('\n\n');
}

function headOf(report: CheckReport): string {
  if (report.check === 'linearizable') return `linearizable (model ${report.models.join(', ')})`;
  const { check, violations } = report;
  return violations.length === 0 ? check : `${check}: ${counted(violations.length, 'violation')}`;
}

function resultText(result: CheckResult<Operation>, times: Times): readonly string[] {
  switch (result.verdict) {
    case 'ok':
      return [];
    case 'violation':
      return [`NOT linearizable: ${witnessText(result.witness, times)}`];
    case 'unknown': {
      const keys = counted(result.keys.length, 'key');
      const names = listed(result.keys.map((key) => JSON.stringify(key)));
      return [
        `UNKNOWN whether it is linearizable: the ${result.limit} ran out with ${keys} undecided: ${names}\nno violation was found on the way`,
      ];
    }
  }
}

function witnessText(witness: Witness<Operation>, times: Times): string {
  const { key, blocked, placed, states } = witness;
  const last = placed.slice(-SHOWN_MAX);
  const line = ({ operation }: { readonly operation: Operation }) =>
    `  ${operationText(operation, times)}`;
  return [
    `key ${JSON.stringify(key)}: this operation fits nowhere:`,
    line(blocked),
    `before it the key could only be: ${listed(states)}`,
    last.length === 0
      ? 'nothing can be placed before it'
      : `a longest order without it (the last ${last.length} of ${placed.length}):`,
    ...last.map(line),
  ].join('\n');
}

function violationsText(
  check: string,
  violations: readonly Violation[],
  { operations }: History,
  times: Times,
): string {
  const shown = violations.slice(0, SHOWN_MAX);
  const first = violations.length > SHOWN_MAX ? `, the first ${SHOWN_MAX}` : '';
  return [
    `${check}: ${counted(violations.length, 'violation')}${first}:`,
    ...shown.flatMap(({ key, text, operations: places }) => [
      `key ${JSON.stringify(key)}: ${text}`,
      ...places.map((at) => `  ${operationText(operations[at] as Operation, times)}`),
    ]),
  ].join('\n');
}

function listed(texts: readonly string[]): string {
  const more = texts.length - SHOWN_MAX;
  const shown = texts.slice(0, SHOWN_MAX).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
