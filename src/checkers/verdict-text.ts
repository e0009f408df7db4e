/** A verdict on a history, for a person. Its words are those of history.ts. */

import { isMismatch, type Operation } from './history.ts';
import type { CheckResult, Witness } from './linearizability.ts';
import type { ModelName } from './models.ts';
import { describeValue } from './register-model.ts';

/** What was checked, and how. */
export interface CheckSubject {
  readonly model: ModelName;
  readonly operations: number;
  readonly keys: number;
  readonly tookMs: number;
  /** What the times of the history are: milliseconds, or lines of a log of events. */
  readonly times: 'ms' | 'lines';
}

/** Of a list that may be long: enough to see what is meant. */
const SHOWN_MAX = 8;

export function verdictText(result: CheckResult<Operation>, subject: CheckSubject): string {
  const checked = `${counted(subject.operations, 'operation')} on ${counted(subject.keys, 'key')}, model ${subject.model}, ${(subject.tookMs / 1_000).toFixed(2)} s`;
  switch (result.verdict) {
    case 'ok':
      return `linearizable\n${checked}`;
    case 'violation':
      return `NOT linearizable\n${checked}\n\n${witnessText(result.witness, subject.times)}`;
    case 'unknown': {
      const keys = counted(result.keys.length, 'key');
      const why = `the ${result.limit} ran out with ${keys} undecided: ${listed(result.keys.map((key) => JSON.stringify(key)))}`;
      return `UNKNOWN whether it is linearizable\n${checked}\n\n${why}\nno violation was found on the way`;
    }
  }
}

function witnessText(witness: Witness<Operation>, times: CheckSubject['times']): string {
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

export function operationText(operation: Operation, times: CheckSubject['times']): string {
  const { process, invoke, complete, outcome } = operation;
  const name = times === 'ms' ? 'ms' : 'line';
  const end = complete === null ? 'never' : `${name} ${complete}`;
  const heard = outcome === 'ok' ? answerText(operation) : `, outcome ${outcome}`;
  return `process ${process}, ${name} ${invoke} to ${end}: ${inputText(operation)}${heard}`;
}

function inputText(operation: Operation): string {
  switch (operation.op) {
    case 'read':
      return 'read';
    case 'write': {
      const condition = operation.ifAbsent ? ' if absent' : versionCondition(operation.ifVersion);
      return `write ${describeValue(operation.value)}${condition}`;
    }
    case 'cas':
      return `cas from ${describeValue(operation.expected)} to ${describeValue(operation.value)}`;
    case 'delete':
      return `delete${versionCondition(operation.ifVersion)}`;
    case 'append':
      return `append ${describeValue(operation.value)}`;
  }
}

function versionCondition(version: string | number | undefined): string {
  return version === undefined ? '' : ` if version ${describeValue(version)}`;
}

function answerText(operation: Operation): string {
  const { value, version } = operation.output ?? {};
  const found = operation.op === 'read' || isMismatch(operation) ? 'found' : 'made';
  const parts = [
    ...(value === undefined ? [] : [describeValue(value)]),
    ...(version === undefined || version === null ? [] : [`version ${describeValue(version)}`]),
    ...(value === undefined && version === null ? ['absent'] : []),
  ];
  const told = parts.length === 0 ? '' : `, ${found} ${parts.join(' at ')}`;
  return isMismatch(operation) ? `, did not apply${told}` : told;
}

function listed(texts: readonly string[]): string {
  const more = texts.length - SHOWN_MAX;
  const shown = texts.slice(0, SHOWN_MAX).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
