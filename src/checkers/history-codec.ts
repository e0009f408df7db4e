/**
 * Histories (history.ts) to JSON lines and back. A line is an operation, which has `op`, or a
 * fault, which has `fault`; the first may be the facts, which begin with `"history": 1`.
 *
 * Decoding is strict: a misspelt field that was passed over would make a check weaker without
 * a word. So every line has exactly the fields that its kind knows, of the right kind. Only the
 * facts are free.
 */

import {
  conditionsOf,
  type Facts,
  type FaultWindow,
  type History,
  type Operation,
  type OperationName,
  type Output,
} from './history.ts';
import { excerpt, HistoryError } from './history-error.ts';
import {
  BOOLEAN,
  CLOCK,
  COMPLETION,
  COUNT,
  DOT,
  DOTS,
  type Fields,
  type FieldTable,
  faultOfFields,
  isObject,
  MILLISECONDS,
  needed,
  OBJECT,
  OBJECTS,
  oneOf,
  optional,
  SCALAR,
  SCALARS,
  STEP,
  TEXT,
  TEXTS,
  TRUE,
  VALUE,
} from './line-fields.ts';

const FORMAT = 1;

/** Facts and faults may be left out. */
export type HistoryParts = Pick<History, 'operations'> & Partial<History>;

export function encodeHistory({ facts, operations, faults = [] }: HistoryParts): string {
  const isTold = facts !== undefined && Object.keys(facts).length > 0;
  const lines = [...(isTold ? [{ history: FORMAT, ...facts }] : []), ...operations, ...faults];
  let text = '';
  for (const line of lines) text += `${JSON.stringify(line)}\n`;
  return text;
}

/** Throws `HistoryError`. Blank lines are passed over. */
export function decodeHistory(text: string): History {
  let facts: Facts | undefined;
  const operations: Operation[] = [];
  const faults: FaultWindow[] = [];
  for (const [index, content] of text.split('\n').entries()) {
    if (content.trim() === '') continue;
    const line = index + 1;
    const fields = parsed(content, line);
    if (Object.hasOwn(fields, 'fault')) faults.push(faultOf(fields, line));
    else if (Object.hasOwn(fields, 'history')) {
      if (facts !== undefined || operations.length + faults.length > 0) {
        throw new HistoryError(line, 'facts stand in the first line: give them once, before all');
      }
      facts = factsOf(fields, line);
    } else operations.push(operationOf(fields, line));
  }
  return { facts: facts ?? {}, operations, faults };
}

const FAULT: FieldTable = {
  fault: needed(TEXT),
  from: needed(MILLISECONDS),
  until: needed(COMPLETION),
  nodes: optional(TEXTS),
  wiped: optional(TEXTS),
};

const QUORUM: FieldTable = {
  n: needed(COUNT),
  needed: needed(COUNT),
  strict: needed(BOOLEAN),
  blocking: optional(TRUE),
  primaries: optional(COUNT),
  fallbacks: optional(COUNT),
  reached: optional(TEXTS),
};

const COMMON: FieldTable = {
  process: needed(COUNT),
  session: optional(TEXT),
  at: optional(TEXT),
  key: needed(TEXT),
  op: needed(TEXT),
  invoke: needed(MILLISECONDS),
  complete: needed(COMPLETION),
  outcome: needed(oneOf(['ok', 'fail', 'unknown'])),
  quorum: optional(OBJECT, QUORUM),
  output: optional(OBJECT),
  info: optional(OBJECT),
};

const REPLACES = {
  replaces: optional(OBJECT, {
    clock: optional(CLOCK),
    dots: optional(DOTS),
    values: optional(SCALARS),
  }),
};

const CONDITIONS = {
  ifVersion: optional(SCALAR),
  ifAbsent: optional(TRUE),
  ifPresent: optional(TRUE),
};

const INPUT: Readonly<Record<OperationName, FieldTable>> = {
  read: { final: optional(TRUE) },
  write: { value: needed(SCALAR), ttlMs: optional(COUNT), ...CONDITIONS, ...REPLACES },
  cas: { expected: needed(VALUE), value: needed(SCALAR) },
  delete: { ...CONDITIONS, ...REPLACES },
  append: { value: needed(TEXT), ...CONDITIONS },
  increment: { by: needed(STEP), ...CONDITIONS },
  add: { value: needed(SCALAR) },
};

const CONDITIONAL: FieldTable = {
  applied: optional(BOOLEAN),
  value: optional(VALUE),
  version: optional(VALUE),
};

const OUTPUT: Readonly<Record<OperationName, FieldTable>> = {
  read: {
    value: optional(VALUE),
    version: optional(VALUE),
    values: optional(SCALARS),
    siblings: optional(OBJECTS, { dot: needed(DOT), value: needed(SCALAR) }),
    clock: optional(CLOCK),
  },
  write: { ...CONDITIONAL, dot: optional(DOT) },
  cas: CONDITIONAL,
  delete: { ...CONDITIONAL, dot: optional(DOT) },
  append: CONDITIONAL,
  increment: CONDITIONAL,
  add: {},
};

const OP: FieldTable = { op: needed(oneOf(Object.keys(INPUT))) };

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

function factsOf({ history, ...facts }: Fields, line: number): Facts {
  const { checks } = facts;
  const fault =
    history === FORMAT
      ? faultOfFields(checks === undefined ? {} : { checks }, { checks: optional(TEXTS) }, FACTS)
      : `"history" is ${excerpt(String(history))}: this format is ${FORMAT}`;
  if (fault !== undefined) throw new HistoryError(line, fault);
  return facts as Facts;
}

const FACTS = { what: 'line of facts' };

function faultOf(fields: Fields, line: number): FaultWindow {
  const { from, until } = fields;
  const isBackward = typeof until === 'number' && typeof from === 'number' && until < from;
  const fault =
    faultOfFields(fields, FAULT, { what: 'fault' }) ??
    (isBackward ? `"until" is ${until}, before "from", ${from}` : undefined);
  if (fault !== undefined) throw new HistoryError(line, fault);
  return fields as unknown as FaultWindow;
}

function operationOf(fields: Fields, line: number): Operation {
  const { op } = fields;
  const what = 'operation';
  const fault =
    faultOfFields(op === undefined ? {} : { op }, OP, { what }) ??
    faultOfFields(fields, { ...COMMON, ...INPUT[op as OperationName] }, { what }) ??
    faultOfOutput(fields) ??
    faultBetween(fields as unknown as Operation);
  if (fault !== undefined) throw new HistoryError(line, fault);
  return fields as unknown as Operation;
}

function faultOfOutput({ op, outcome, output }: Fields): string | undefined {
  if (outcome !== 'ok') {
    if (output === undefined) return undefined;
    return `an operation of outcome ${excerpt(String(outcome))} has no "output": leave it out`;
  }
  const where = { of: 'output.', what: 'operation' };
  return faultOfFields((output ?? {}) as Fields, OUTPUT[op as OperationName], where);
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
  const [first, second] = Object.keys(conditionsOf(operation));
  if (second !== undefined) return `there are both "${first}" and "${second}": give one condition`;
  if (operation.op === 'read') return outcome === 'ok' ? faultOfFound(output ?? {}) : undefined;
  return output === undefined ? undefined : faultOfAnswer(operation, output);
}

function faultOfFound({ value, values, siblings, version }: Output): string | undefined {
  const told = [value, values, siblings].filter((found) => found !== undefined);
  if (told.length === 0) {
    return `"output.value" is missing: give ${VALUE.right}, or "output.values" or "output.siblings"`;
  }
  if (told.length > 1) {
    return 'there are several of "output.value", "output.values" and "output.siblings": give one';
  }
  if (version === undefined) return undefined;
  if (value !== undefined && (value === null) === (version === null)) return undefined;
  return '"output.value" and "output.version" disagree: give null for both if it was absent';
}

function faultOfAnswer(operation: Operation, output: Output): string | undefined {
  const { op } = operation;
  const { applied, value, version } = output;
  if (applied === false) {
    return isConditional(operation)
      ? undefined
      : `a plain ${op} always applies: leave out "output.applied", or give "ifVersion", "ifAbsent" or "ifPresent"`;
  }
  if (op === 'increment') {
    if (value === undefined || STEP.holds(value)) return undefined;
    return `"output.value" is ${excerpt(JSON.stringify(value))}: an increment makes ${STEP.right}`;
  }
  if (value !== undefined) {
    return '"output.value" is what a condition that did not hold found: give "output.applied": false';
  }
  if (version === undefined || (version !== null && operation.op !== 'cas')) return undefined;
  return '"output.version" is the one that a write or delete made: leave it out, or give a string or a number';
}

function isConditional(operation: Operation): boolean {
  if (operation.op !== 'write' && operation.op !== 'append') return true;
  return Object.keys(conditionsOf(operation)).length > 0;
}
