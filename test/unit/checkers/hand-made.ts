/** Histories written by hand, in few characters. */

import type {
  Operation,
  Outcome,
  Output,
  StoredValue,
  Value,
} from '../../../src/checkers/history.ts';
import type { CheckLimits, CheckResult } from '../../../src/checkers/linearizability.ts';
import { checkHistory, modelsFor } from '../../../src/checkers/models.ts';

/** From when to when; open where there is no end. */
export type Span = readonly [invoke: number, complete?: number];

interface When {
  readonly process: number;
  readonly key: string;
  readonly invoke: number;
  readonly complete: number | null;
  readonly outcome: Outcome;
}

/** The outcome is unknown where there is no end. */
function when([invoke, complete]: Span): When {
  const outcome = complete === undefined ? 'unknown' : 'ok';
  return { process: 0, key: 'k', invoke, complete: complete ?? null, outcome };
}

export function read(span: Span, value: Value, output: Output = {}): Operation {
  return { ...when(span), op: 'read', output: { value, ...output } };
}

export function write(span: Span, value: StoredValue, more: Partial<Operation> = {}): Operation {
  return { ...when(span), op: 'write', value, ...more } as Operation;
}

export function cas(span: Span, expected: Value, value: StoredValue, output?: Output): Operation {
  return { ...when(span), op: 'cas', expected, value, ...(output && { output }) };
}

export function remove(span: Span, more: Partial<Operation> = {}): Operation {
  return { ...when(span), op: 'delete', ...more } as Operation;
}

export function append(span: Span, value: string, more: Partial<Operation> = {}): Operation {
  return { ...when(span), op: 'append', value, ...more } as Operation;
}

export function increment(
  span: Span,
  by: number,
  value?: number,
  more: Partial<Operation> = {},
): Operation {
  const told = value !== undefined && { output: { value } };
  return { ...when(span), op: 'increment', by, ...told, ...more } as Operation;
}

export function add(span: Span, value: StoredValue, more: Partial<Operation> = {}): Operation {
  return { ...when(span), op: 'add', value, ...more } as Operation;
}

export function readAll(span: Span, values: readonly StoredValue[], more = {}): Operation {
  return { ...when(span), op: 'read', output: { values }, ...more };
}

export const MISMATCH = { output: { applied: false } } as const;

/** No limit that a test could meet. */
export const UNLIMITED: CheckLimits = { now: () => 0, timeMs: 1 };

export function check(history: readonly Operation[], limits = UNLIMITED): CheckResult<Operation> {
  const [model = 'register'] = modelsFor(history).keys();
  return checkHistory(history, model, limits);
}

export function verdict(...history: readonly Operation[]): string {
  return check(history).verdict;
}
