/** An operation in one line, for a person. */

import { conditionsOf, isMismatch, type Operation, type Replaced, valuesFound } from './history.ts';
import { describeValue } from './register-model.ts';

/** What the times of a history are: milliseconds, or lines of a log of events. */
export type Times = 'ms' | 'lines';

export function operationText(operation: Operation, times: Times): string {
  const { process, invoke, complete, at } = operation;
  const name = times === 'ms' ? 'ms' : 'line';
  const end = complete === null ? 'never' : `${name} ${rounded(complete)}`;
  const where = at === undefined ? '' : ` at ${at}`;
  const what = `${inputText(operation)}${answerText(operation)}`;
  return `process ${process}${where}, ${name} ${rounded(invoke)} to ${end}: ${what}`;
}

/** What is short enough for a bar in a picture: what was found, or what is put there. */
export function shortText(operation: Operation): string {
  switch (operation.op) {
    case 'read': {
      const values = valuesFound(operation)?.map(describeValue) ?? [];
      if (operation.outcome !== 'ok') return 'read';
      return values.length === 0 ? 'absent' : values.join(' ');
    }
    case 'write':
      return describeValue(operation.value);
    case 'cas':
      return `${describeValue(operation.expected)} → ${describeValue(operation.value)}`;
    case 'delete':
      return 'delete';
    case 'append':
    case 'add':
      return `+ ${describeValue(operation.value)}`;
    case 'increment':
      return operation.by < 0 ? `${operation.by}` : `+${operation.by}`;
  }
}

/** A thousandth is enough for a person. */
function rounded(time: number): string {
  return `${Number(time.toFixed(3))}`;
}

/** What was asked for. */
export function inputText(operation: Operation): string {
  const condition = conditionText(operation);
  switch (operation.op) {
    case 'read':
      return operation.final ? 'final read' : 'read';
    case 'write': {
      const { value, ttlMs, replaces } = operation;
      const end = ttlMs === undefined ? '' : ` for ${ttlMs} ms`;
      return `write ${describeValue(value)}${end}${condition}${replacedText(replaces)}`;
    }
    case 'cas':
      return `cas from ${describeValue(operation.expected)} to ${describeValue(operation.value)}`;
    case 'delete':
      return `delete${condition}${replacedText(operation.replaces)}`;
    case 'append':
    case 'add':
      return `${operation.op} ${describeValue(operation.value)}${condition}`;
    case 'increment':
      return `increment by ${operation.by}${condition}`;
  }
}

/** What came of it: empty where it just was done. */
export function answerText(operation: Operation): string {
  if (operation.outcome !== 'ok') return `, outcome ${operation.outcome}`;
  const { value, version, values, siblings, clock, dot } = operation.output ?? {};
  const found = operation.op === 'read' || isMismatch(operation) ? 'found' : 'made';
  const several = siblings?.map((one) => `${describeValue(one.value)} (${one.dot})`);
  const list = several ?? values?.map(describeValue);
  const parts = [
    ...(value === undefined ? [] : [describeValue(value)]),
    ...(list === undefined ? [] : [`[${list.join(', ')}]`]),
    ...(version === undefined || version === null ? [] : [`version ${describeValue(version)}`]),
    ...(value === undefined && version === null ? ['absent'] : []),
  ];
  const told = parts.length === 0 ? '' : `, ${found} ${parts.join(' at ')}`;
  const seen = clock === undefined ? '' : `, seen ${clockText(clock)}`;
  const named = dot === undefined ? '' : `, dot ${dot}`;
  return `${isMismatch(operation) ? ', did not apply' : ''}${told}${seen}${named}`;
}

function conditionText(operation: Operation): string {
  const { ifVersion, ifAbsent, ifPresent } = conditionsOf(operation);
  if (ifVersion !== undefined) return ` if version ${describeValue(ifVersion)}`;
  if (ifAbsent) return ' if absent';
  return ifPresent ? ' if present' : '';
}

function replacedText(replaces: Replaced | undefined): string {
  const { values = [], clock = {}, dots = [] } = replaces ?? {};
  const names = [...values.map(describeValue), ...dots];
  const seen = Object.keys(clock).length === 0 ? '' : ` ${clockText(clock)}`;
  return names.length === 0 && seen === '' ? '' : ` in place of${seen} [${names.join(', ')}]`;
}

function clockText(clock: Readonly<Record<string, number>>): string {
  const entries = Object.entries(clock).map(([actor, counter]) => `${actor}:${counter}`);
  return `{${entries.join(' ')}}`;
}
