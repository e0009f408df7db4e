/** An operation in one line, for a person. */

import { isMismatch, type Operation, type Replaced, valuesFound } from './history.ts';
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
  switch (operation.op) {
    case 'read':
      return operation.final ? 'final read' : 'read';
    case 'write': {
      const condition = operation.ifAbsent ? ' if absent' : versionCondition(operation.ifVersion);
      const replaced = replacedText(operation.replaces);
      return `write ${describeValue(operation.value)}${condition}${replaced}`;
    }
    case 'cas':
      return `cas from ${describeValue(operation.expected)} to ${describeValue(operation.value)}`;
    case 'delete':
      return `delete${versionCondition(operation.ifVersion)}${replacedText(operation.replaces)}`;
    case 'append':
    case 'add':
      return `${operation.op} ${describeValue(operation.value)}`;
    case 'increment':
      return `increment by ${operation.by}`;
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

function versionCondition(version: string | number | undefined): string {
  return version === undefined ? '' : ` if version ${describeValue(version)}`;
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
