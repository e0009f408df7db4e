/**
 * The log of Jepsen's etcd test: one compare-and-set register, absent at first.
 *
 *     INFO  jepsen.util - 2   :invoke   :cas   [3 0]
 *
 * `:fail` on a cas is a definite mismatch, which is an observation; on a read it is a read that
 * told nothing. `:info` leaves the outcome unknown. Lines of the nemesis are passed over.
 */

import type { Operation, StoredValue, Value } from './history.ts';
import { excerpt, HistoryError } from './history-error.ts';
import { type Completion, type Invocation, OpenOperations } from './open-operations.ts';

/** The log does not name the register. */
const KEY = 'register';

const LINE =
  /^INFO\s+jepsen\.util\s+-\s+(\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)\s+(.+)$/;
const NEMESIS = /^INFO\s+jepsen\.util\s+-\s+:nemesis\s/;
const CAS = /^\[(nil|-?\d+)\s+(-?\d+)\]$/;

type EventType = 'invoke' | 'ok' | 'fail' | 'info';
type RegisterOp = 'read' | 'write' | 'cas';

interface Event {
  readonly process: number;
  readonly type: EventType;
  readonly op: RegisterOp;
  readonly text: string;
  readonly line: number;
}

/** Throws `HistoryError`. Times are the numbers of the lines. */
export function parseJepsenRegister(text: string): readonly Operation[] {
  const operations = new OpenOperations();
  for (const [index, content] of text.split('\n').entries()) {
    const trimmed = content.trim();
    if (trimmed === '' || NEMESIS.test(trimmed)) continue;
    const event = eventOf(trimmed, index + 1);
    if (event.type === 'invoke') operations.invoke(invocationOf(event), event.line);
    else operations.complete(event.process, event.op, completionOf(event), event.line);
  }
  return operations.all();
}

function eventOf(content: string, line: number): Event {
  const [, process, type, op, text] = LINE.exec(content) ?? [];
  if (text === undefined) {
    throw new HistoryError(
      line,
      `${excerpt(content)} is not an event: give "INFO jepsen.util - PROCESS :invoke|:ok|:fail|:info :read|:write|:cas VALUE"`,
    );
  }
  return { process: Number(process), type: type as EventType, op: op as RegisterOp, text, line };
}

function invocationOf(event: Event): Invocation {
  const { process, op } = event;
  switch (op) {
    case 'read':
      return { process, key: KEY, op };
    case 'write':
      return { process, key: KEY, op, value: storedValueOf(event) };
    case 'cas':
      return { process, key: KEY, op, ...comparisonOf(event) };
  }
}

function completionOf(event: Event): Completion {
  switch (event.type) {
    case 'ok':
      return event.op === 'read'
        ? { outcome: 'ok', output: { value: registerValueOf(event) } }
        : { outcome: 'ok' };
    case 'fail':
      if (event.op === 'read') return { outcome: 'unknown' };
      return event.op === 'cas'
        ? { outcome: 'ok', output: { applied: false } }
        : { outcome: 'fail' };
    default:
      return { outcome: 'unknown' };
  }
}

function registerValueOf({ text, line }: Event): Value {
  if (text === 'nil') return null;
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new HistoryError(line, `${excerpt(text)} is not a value: give a whole number or nil`);
}

function storedValueOf(event: Event): StoredValue {
  const value = registerValueOf(event);
  if (value !== null) return value;
  throw new HistoryError(event.line, 'nil is not a value to write: give a whole number');
}

function comparisonOf({ text, line }: Event): { expected: Value; value: StoredValue } {
  const [, expected, value] = CAS.exec(text) ?? [];
  if (value === undefined) {
    throw new HistoryError(line, `${excerpt(text)} is not a comparison: give [EXPECTED NEW]`);
  }
  return { expected: expected === 'nil' ? null : Number(expected), value: Number(value) };
}
