/**
 * A register with versions, as the linearizable buckets are over HTTP: a read tells the version
 * with the value, a write makes a new one (a delete may, too). A value is a text, which is
 * replaced, added to at its end or, where it is a number, counted up; each of that only under
 * its condition (If-Match, If-None-Match).
 *
 * A version is never given twice, so a write must not return the one it replaced or deleted;
 * where versions have an order they grow. After a write that did not tell its version, one of
 * unknown outcome above all, the version is open until an operation says it. That it is *not* a
 * certain one, which a mismatch that told nothing proves, is not remembered: the model accepts a
 * little too much, never too little.
 */

import {
  type Append,
  type Delete,
  effectOf,
  type Increment,
  isMismatch,
  type Operation,
  type Value,
  type Version,
  type Write,
} from './history.ts';
import type { Call, Model } from './model.ts';
import { describeValue, keyOfValue } from './register-model.ts';
import { compareVersions } from './version-order.ts';

interface VersionedValue {
  /** Null: absent. */
  readonly value: string | null;
  /** The last version that is known to have been in use. */
  readonly version: Version | null;
  /** Whether it is the version of the value; false while that is open, and while absent. */
  readonly isCurrent: boolean;
  /** The value was given an end. */
  readonly hasEnd: boolean;
}

const ABSENT: VersionedValue = { value: null, version: null, isCurrent: false, hasEnd: false };

/**
 * The end of what a write wrote, for which nobody asks. Which write that is makes no difference:
 * each has one expiry, possible from its own beginning on.
 */
interface Expiry extends Delete {
  readonly isExpiry: true;
}

type Change = Write | Delete | Append | Increment;

export const versionedModel: Model<VersionedValue, Operation> = {
  initial: ABSENT,
  step,
  keyOf: ({ value, version, isCurrent, hasEnd }) =>
    JSON.stringify([value, keyOfValue(version), isCurrent, hasEnd]),
  observes: (operation) => operation.op === 'read' || isMismatch(operation),
  isMissed,
  effectOf: (operation) => (isExpiry(operation) ? 'expiry' : effectOf(operation)),
  describe({ value, version, isCurrent }) {
    if (value === null) return 'absent';
    const named = isCurrent ? `version ${describeValue(version)}` : 'a version not told yet';
    return `${describeValue(value)} at ${named}`;
  },
};

/** With the ends of what may have been written. */
export function withExpiries(calls: readonly Call<Operation>[]): readonly Call<Operation>[] {
  return calls.flatMap((call) => {
    const { key, operation, invoke } = call;
    if (operation.op !== 'write' || operation.ttlMs === undefined) return [call];
    if (isMismatch(operation)) return [call];
    const { process } = operation;
    const unknown = { complete: null, outcome: 'unknown', info: { expiry: true } } as const;
    const expiry: Expiry = { process, key, op: 'delete', invoke, ...unknown, isExpiry: true };
    return [call, { key, operation: expiry, invoke, complete: undefined }];
  });
}

function isExpiry(operation: Operation): operation is Expiry {
  return operation.op === 'delete' && 'isExpiry' in operation;
}

function step(state: VersionedValue, operation: Operation): VersionedValue | undefined {
  if (isExpiry(operation)) return state.hasEnd ? { ...ABSENT, version: state.version } : undefined;
  switch (operation.op) {
    case 'read':
      return observed(state, operation);
    case 'write':
    case 'delete':
    case 'append':
    case 'increment':
      return isMismatch(operation) ? mismatched(state, operation) : applied(state, operation);
    default:
      return undefined;
  }
}

/** The state, as far as the answer told it. */
function observed(state: VersionedValue, { output }: Operation): VersionedValue | undefined {
  if (output?.value !== undefined && textOf(output.value) !== state.value) return undefined;
  if (output?.version === undefined) return state;
  if (output.version === null) return state.value === null ? state : undefined;
  return pinned(state, output.version);
}

/** The state, given that this is its version. */
function pinned(state: VersionedValue, version: Version): VersionedValue | undefined {
  if (state.value === null) return undefined;
  if (state.isCurrent) return state.version === version ? state : undefined;
  return isNewer(version, state.version) ? { ...state, version, isCurrent: true } : undefined;
}

/** Its version is older than one that has been in use already. */
function isMissed({ version, isCurrent }: VersionedValue, operation: Operation): boolean {
  const told = operation.output?.version ?? null;
  if (told === null || version === null) return false;
  const order = compareVersions(told, version);
  if (order === undefined) return false;
  const isOfRead = operation.op === 'read' || isMismatch(operation);
  return order < 0 || (order === 0 && !(isOfRead && isCurrent));
}

function isNewer(version: Version, than: Version | null): boolean {
  if (than === null) return true;
  const order = compareVersions(version, than);
  return order === undefined ? version !== than : order > 0;
}

function mismatched(state: VersionedValue, change: Change): VersionedValue | undefined {
  const known = observed(state, change);
  return known !== undefined && mayRefuse(known, change) ? known : undefined;
}

/** Whether the condition fails, or there is nothing to delete, or no number to count on. */
function mayRefuse({ value, version, isCurrent }: VersionedValue, change: Change): boolean {
  const { op, ifVersion, ifAbsent, ifPresent } = change;
  if (value === null) return op === 'delete' || ifVersion !== undefined || ifPresent === true;
  if (op === 'increment' && totalAfter(value, change) === undefined) return true;
  if (ifVersion !== undefined) return !(isCurrent && version === ifVersion);
  return ifAbsent === true;
}

function applied(state: VersionedValue, change: Change): VersionedValue | undefined {
  const before = conditionMet(state, change);
  if (before === undefined) return undefined;
  const value = valueAfter(before.value, change);
  const made = change.output?.version ?? null;
  if (value === undefined || (made !== null && !isNewer(made, before.version))) return undefined;
  return {
    value,
    version: made ?? before.version,
    isCurrent: made !== null && value !== null,
    hasEnd: value !== null && (change.op === 'write' ? change.ttlMs !== undefined : before.hasEnd),
  };
}

function conditionMet(state: VersionedValue, change: Change): VersionedValue | undefined {
  const { ifVersion, ifAbsent, ifPresent } = change;
  if (ifVersion !== undefined) return pinned(state, ifVersion);
  const isFailed = state.value === null ? ifPresent === true : ifAbsent === true;
  return isFailed ? undefined : state;
}

/** Undefined where it changes nothing, or cannot have answered what it did. */
function valueAfter(value: string | null, change: Change): string | null | undefined {
  switch (change.op) {
    case 'write':
      return textOf(change.value);
    case 'delete':
      return value === null && !mayDeleteNothing(change) ? undefined : null;
    case 'append':
      return (value ?? '') + change.value;
    case 'increment': {
      const total = totalAfter(value, change);
      const told = change.output?.value;
      return told === undefined || textOf(told) === total ? total : undefined;
    }
  }
}

/** Some stores call that done; none makes a version of it. */
function mayDeleteNothing({ outcome, output }: Delete): boolean {
  return outcome === 'ok' && output?.version === undefined;
}

const DECIMAL = /^(0|-?[1-9][0-9]*)$/;

/** Undefined where there is no number, or none that is exact. Nothing counts as 0. */
function totalAfter(value: string | null, { by }: Increment): string | undefined {
  const total = Number(value) + by;
  if (value !== null && !DECIMAL.test(value)) return undefined;
  return Number.isSafeInteger(total) ? String(total) : undefined;
}

/** A store of bytes does not tell 1 from "1". */
function textOf(value: Value): string | null {
  return value === null ? null : String(value);
}
