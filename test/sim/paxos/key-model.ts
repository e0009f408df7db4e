/**
 * What one key of a linearizable bucket does, one operation after the other: a value with a
 * version that only grows, changed as a whole or in place, under conditions, and expiring.
 *
 * After a change that did not tell its version, the version is open until an operation tells it.
 */

import type { Model } from '../../../src/checkers/model.ts';
import {
  type Answer,
  type AskedChange,
  type Change,
  type Condition,
  compareVersions,
  type Operation,
} from './asked.ts';

interface State {
  /** Null: absent. */
  readonly value: string | null;
  /** The last that is known to have been in use; undefined: none is. */
  readonly version: string | undefined;
  /** It is that of the value; false while that is open, and while absent. */
  readonly isCurrent: boolean;
  /** The write that gave the value an end. */
  readonly endedBy: number | undefined;
}

const ABSENT: State = {
  value: null,
  version: undefined,
  isCurrent: false,
  endedBy: undefined,
};

export const keyModel: Model<State, Operation> = {
  initial: ABSENT,
  step,
  keyOf: ({ value, version, isCurrent, endedBy }) =>
    JSON.stringify([value, version, isCurrent, endedBy]),
  observes: ({ answer }) => answer !== undefined && answer.type !== 'applied',
  isMissed: ({ version, isCurrent }, { answer }) => {
    if (answer?.version === undefined || version === undefined) return false;
    const order = compareVersions(answer.version, version);
    return order < 0 || (order === 0 && (answer.type === 'applied' || !isCurrent));
  },
  effectOf: ({ asked }) => JSON.stringify(asked),
  describe: ({ value, version, isCurrent }) => {
    if (value === null) return `absent, after ${version}`;
    return `${JSON.stringify(value)} at ${isCurrent ? version : `a version after ${version}`}`;
  },
};

function step(state: State, operation: Operation): State | undefined {
  const { asked, answer, number } = operation;
  if (asked.op === 'expire') {
    if (state.endedBy !== asked.write) return undefined;
    return { ...ABSENT, version: state.version };
  }
  if (asked.op === 'read') {
    if (answer === undefined) return undefined;
    const value = answer.type === 'found' ? (answer.value ?? null) : null;
    return value === state.value ? told(state, answer) : undefined;
  }
  if (answer?.type === 'refused') return refused(state, asked, answer);
  return applied(state, asked, answer, number);
}

/** The state, given that this is the version of the value, or that there is none. */
function told(state: State, { version }: Answer): State | undefined {
  if (state.value === null) return version === undefined ? state : undefined;
  return version === undefined ? undefined : pinned(state, version);
}

function pinned(state: State, version: string): State | undefined {
  if (state.value === null) return undefined;
  if (state.isCurrent) return state.version === version ? state : undefined;
  return isNewer(version, state.version) ? { ...state, version, isCurrent: true } : undefined;
}

function isNewer(version: string, than: string | undefined): boolean {
  return than === undefined || compareVersions(version, than) > 0;
}

function refused(
  state: State,
  asked: AskedChange,
  answer: Answer & { readonly type: 'refused' },
): State | undefined {
  const known = told(state, answer);
  if (known === undefined) return undefined;
  if (answer.value !== undefined && answer.value !== known.value) return undefined;
  switch (answer.code) {
    case 'condition_failed':
      return fails(known, asked.condition) ? known : undefined;
    case 'not_found':
      return asked.op === 'delete' && known.value === null ? known : undefined;
    case 'not_a_number':
      return asked.op === 'increment' && isNoNumber(known, asked) ? known : undefined;
  }
}

function isNoNumber(state: State, asked: AskedChange): boolean {
  const before = meeting(state, asked.condition);
  return before !== undefined && after(before.value, asked) === undefined;
}

/** Certainly; its version is told, where there is a value. */
function fails({ value, version }: State, condition: Condition): boolean {
  switch (condition.type) {
    case 'none':
      return false;
    case 'version':
      return value === null || version !== condition.version;
    case 'absent':
      return value !== null;
    case 'present':
      return value === null;
  }
}

function applied(
  state: State,
  asked: AskedChange,
  answer: Answer | undefined,
  number: number,
): State | undefined {
  const before = meeting(state, asked.condition);
  if (before === undefined) return undefined;
  const value = after(before.value, asked);
  if (value === undefined) return undefined;
  const given = answer?.type === 'applied' ? answer : undefined;
  if (given?.result !== undefined && String(given.result) !== value) return undefined;
  const version = given?.version;
  if (version !== undefined && !isNewer(version, before.version)) return undefined;
  return {
    value,
    version: version ?? before.version,
    isCurrent: version !== undefined && value !== null,
    endedBy: endOf(before, asked, number),
  };
}

function meeting(state: State, condition: Condition): State | undefined {
  switch (condition.type) {
    case 'none':
      return state;
    case 'version':
      return pinned(state, condition.version);
    case 'absent':
      return state.value === null ? state : undefined;
    case 'present':
      return state.value === null ? undefined : state;
  }
}

const NUMBER = /^[0-9]{1,15}$/;

/** The value that the change makes; undefined where it makes none. */
function after(value: string | null, change: Change): string | null | undefined {
  switch (change.op) {
    case 'put':
      return change.value;
    case 'delete':
      return value === null ? undefined : null;
    case 'increment':
      return NUMBER.test(value ?? '0') ? String(Number(value ?? '0') + 1) : undefined;
    case 'append':
      return (value ?? '') + change.text;
  }
}

function endOf({ endedBy }: State, change: Change, number: number): number | undefined {
  if (change.op === 'put') return change.ttlMs === undefined ? undefined : number;
  return change.op === 'delete' ? undefined : endedBy;
}
