/**
 * Histories (history.ts) to JSON lines and back.
 *
 * Decoding is strict: a misspelt field that was passed over would make a check weaker without
 * a word. So every line has exactly the fields that its operation knows, of the right kind.
 */

import type { Operation, OperationName, Output } from './history.ts';
import { excerpt, HistoryError, shortened } from './history-error.ts';

export function encodeHistory(operations: Iterable<Operation>): string {
  let text = '';
  for (const operation of operations) text += `${JSON.stringify(operation)}\n`;
  return text;
}

/** Throws `HistoryError`. Blank lines are passed over. */
export function decodeHistory(text: string): readonly Operation[] {
  const operations: Operation[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() !== '') operations.push(decodeOperation(line, index + 1));
  }
  return operations;
}

type Fields = Readonly<Record<string, unknown>>;

interface Kind {
  readonly right: string;
  readonly holds: (value: unknown) => boolean;
}

interface Field {
  readonly kind: Kind;
  readonly needed: boolean;
}

type FieldTable = Readonly<Record<string, Field>>;

const isText = (value: unknown) => typeof value === 'string';
const isScalar = (value: unknown) => isText(value) || Number.isFinite(value);
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TEXT: Kind = { right: 'a string', holds: isText };
const SCALAR: Kind = { right: 'a string or a number', holds: isScalar };
const VALUE: Kind = {
  right: 'a string, a number, or null for absent',
  holds: (value) => value === null || isScalar(value),
};
const MILLISECONDS: Kind = { right: 'a number of milliseconds', holds: Number.isFinite };
const COMPLETION: Kind = {
  right: 'a number of milliseconds, or null for never',
  holds: (value) => value === null || Number.isFinite(value),
};
const LANE: Kind = {
  right: 'a whole number from 0',
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
};
const BOOLEAN: Kind = { right: 'true or false', holds: (value) => typeof value === 'boolean' };
const TRUE: Kind = { right: 'true, or leave it out', holds: (value) => value === true };
const OBJECT: Kind = { right: 'an object', holds: isObject };

const needed = (kind: Kind): Field => ({ kind, needed: true });
const optional = (kind: Kind): Field => ({ kind, needed: false });

const COMMON: FieldTable = {
  process: needed(LANE),
  session: optional(TEXT),
  key: needed(TEXT),
  op: needed(TEXT),
  invoke: needed(MILLISECONDS),
  complete: needed(COMPLETION),
  outcome: needed(oneOf(['ok', 'fail', 'unknown'])),
  output: optional(OBJECT),
  info: optional(OBJECT),
};

const INPUT: Readonly<Record<OperationName, FieldTable>> = {
  read: {},
  write: { value: needed(SCALAR), ifVersion: optional(SCALAR), ifAbsent: optional(TRUE) },
  cas: { expected: needed(VALUE), value: needed(SCALAR) },
  delete: { ifVersion: optional(SCALAR) },
  append: { value: needed(TEXT) },
};

const CONDITIONAL: FieldTable = {
  applied: optional(BOOLEAN),
  value: optional(VALUE),
  version: optional(VALUE),
};

const OUTPUT: Readonly<Record<OperationName, FieldTable>> = {
  read: { value: needed(VALUE), version: optional(VALUE) },
  write: CONDITIONAL,
  cas: CONDITIONAL,
  delete: CONDITIONAL,
  append: {},
};

const OP: Kind = oneOf(Object.keys(INPUT));

function oneOf(names: readonly string[]): Kind {
  return {
    right: names.map((name) => JSON.stringify(name)).join(' or '),
    holds: (value) => names.includes(value as string),
  };
}

function decodeOperation(text: string, line: number): Operation {
  const fields = parsed(text, line);
  const fault =
    faultOfField('op', fields, needed(OP)) ??
    faultOfFields(fields, { ...COMMON, ...INPUT[fields.op as OperationName] }, '') ??
    faultOfOutput(fields) ??
    faultBetween(fields as unknown as Operation);
  if (fault !== undefined) throw new HistoryError(line, fault);
  return fields as unknown as Operation;
}

function parsed(text: string, line: number): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HistoryError(line, `${excerpt(text)} is not JSON: give one JSON object a line`);
  }
  if (isObject(value)) return value;
  throw new HistoryError(line, `${excerpt(text)} is not an object: give one JSON object a line`);
}

function faultOfFields(fields: Fields, table: FieldTable, of: string): string | undefined {
  for (const name of Object.keys(fields)) {
    if (Object.hasOwn(table, name)) continue;
    const known = Object.keys(table).join(', ') || 'none';
    return `${excerpt(of + name)} is not a field of this operation; it has: ${known}`;
  }
  for (const [name, field] of Object.entries(table)) {
    const fault = faultOfField(name, fields, field, of);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOfField(name: string, fields: Fields, field: Field, of = ''): string | undefined {
  const value = fields[name];
  const { right, holds } = field.kind;
  if (value === undefined) {
    return field.needed ? `"${of}${name}" is missing: give ${right}` : undefined;
  }
  if (holds(value)) return undefined;
  return `"${of}${name}" is ${shortened(JSON.stringify(value))}: give ${right}`;
}

function faultOfOutput({ op, outcome, output }: Fields): string | undefined {
  if (outcome !== 'ok') {
    if (output === undefined) return undefined;
    return `an operation of outcome ${excerpt(String(outcome))} has no "output": leave it out`;
  }
  return faultOfFields((output ?? {}) as Fields, OUTPUT[op as OperationName], 'output.');
}

/** What no single field can tell. */
function faultBetween(operation: Operation): string | undefined {
  const { invoke, complete, outcome, output } = operation;
  if (complete === null && outcome !== 'unknown') {
    return `"complete" is null though "outcome" is "${outcome}": give the time, or "unknown"`;
  }
  if (complete !== null && complete < invoke) {
    return `"complete" is ${complete}, before "invoke", ${invoke}: give a time from ${invoke} on`;
  }
  if (operation.op === 'write' && operation.ifAbsent && operation.ifVersion !== undefined) {
    return 'there are both "ifVersion" and "ifAbsent", which cannot hold together: give one';
  }
  return output === undefined ? undefined : faultOfAnswer(operation, output);
}

function faultOfAnswer(operation: Operation, output: Output): string | undefined {
  const { applied, value, version } = output;
  if (operation.op === 'read') {
    if (version === undefined || (value === null) === (version === null)) return undefined;
    return '"output.value" and "output.version" disagree: give null for both if it was absent';
  }
  if (applied === false) {
    return isConditional(operation)
      ? undefined
      : 'a write without "ifVersion" or "ifAbsent" always applies: leave out "output.applied"';
  }
  if (value !== undefined) {
    return '"output.value" is what a condition that did not hold found: give "output.applied": false';
  }
  if (version === undefined || (version !== null && operation.op !== 'cas')) return undefined;
  return '"output.version" is the one that a write or delete made: leave it out, or give a string or a number';
}

function isConditional(operation: Operation): boolean {
  if (operation.op !== 'write') return true;
  return operation.ifAbsent === true || operation.ifVersion !== undefined;
}
