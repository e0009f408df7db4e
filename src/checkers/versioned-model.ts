/**
 * A register with versions, as the linearizable buckets are over HTTP: a read tells the version
 * with the value, a write makes a new one (a delete may, too), and a write or delete may ask
 * for a version (If-Match) or a write for absence (If-None-Match: *).
 *
 * A version is never given twice, so a write must not return the one it replaced or deleted;
 * versions that are numbers grow, as the indexes of a log do. After a write that did not tell
 * its version, one of unknown outcome above all, the version is open until an operation says
 * it. That it is *not* a certain one, which a mismatch that told nothing proves, is not
 * remembered: the model accepts a little too much, never too little.
 */

import { effectOf, isMismatch, type Operation, type Value, type Version } from './history.ts';
import type { Model } from './model.ts';
import { describeValue, keyOfValue } from './register-model.ts';

interface VersionedValue {
  readonly value: Value;
  /** The last version that is known to have been in use. */
  readonly version: Version | null;
  /** Whether it is the version of the value; false while that is open, and while absent. */
  readonly isCurrent: boolean;
}

export const versionedModel: Model<VersionedValue, Operation> = {
  initial: { value: null, version: null, isCurrent: false },
  step,
  keyOf: ({ value, version, isCurrent }) =>
    JSON.stringify([keyOfValue(value), keyOfValue(version), isCurrent]),
  observes: (operation) => operation.op === 'read' || isMismatch(operation),
  isMissed,
  effectOf,
  describe({ value, version, isCurrent }) {
    if (value === null) return 'absent';
    const named = isCurrent ? `version ${describeValue(version)}` : 'a version not told yet';
    return `${describeValue(value)} at ${named}`;
  },
};

function step(state: VersionedValue, operation: Operation): VersionedValue | undefined {
  switch (operation.op) {
    case 'read':
      return observed(state, operation);
    case 'write':
    case 'delete': {
      if (isMismatch(operation)) return mismatched(state, operation);
      const before = conditionMet(state, operation);
      return before && changed(before, operation);
    }
    default:
      return undefined;
  }
}

/** The state, as far as the answer told it. */
function observed(state: VersionedValue, { output }: Operation): VersionedValue | undefined {
  if (output?.value !== undefined && output.value !== state.value) return undefined;
  if (output?.version === undefined) return state;
  if (output.version === null) return state.value === null ? state : undefined;
  return pinned(state, output.version);
}

/** The state, given that this is its version. */
function pinned(state: VersionedValue, version: Version): VersionedValue | undefined {
  if (state.value === null) return undefined;
  if (state.isCurrent) return state.version === version ? state : undefined;
  return isNewer(version, state.version)
    ? { value: state.value, version, isCurrent: true }
    : undefined;
}

/** Its version is older than one that has been in use already. */
function isMissed({ version, isCurrent }: VersionedValue, operation: Operation): boolean {
  const told = operation.output?.version;
  if (typeof told !== 'number' || typeof version !== 'number') return false;
  const isOfRead = operation.op === 'read' || isMismatch(operation);
  return isOfRead && isCurrent ? told < version : told <= version;
}

function isNewer(version: Version, than: Version | null): boolean {
  if (typeof version === 'number' && typeof than === 'number') return version > than;
  return version !== than;
}

type Change = Extract<Operation, { op: 'write' | 'delete' }>;

function mismatched(state: VersionedValue, change: Change): VersionedValue | undefined {
  if (change.ifVersion !== undefined) {
    const isThatVersion = state.isCurrent && state.version === change.ifVersion;
    if (isThatVersion || change.output?.version === change.ifVersion) return undefined;
  } else if ((state.value === null) !== (change.op === 'delete')) {
    // A condition on absence fails on what is there, a plain delete on what is not.
    return undefined;
  }
  return observed(state, change);
}

function conditionMet(state: VersionedValue, change: Change): VersionedValue | undefined {
  if (change.ifVersion !== undefined) return pinned(state, change.ifVersion);
  const asksForAbsence = change.op === 'write' && change.ifAbsent === true;
  return asksForAbsence && state.value !== null ? undefined : state;
}

function changed({ version }: VersionedValue, change: Change): VersionedValue | undefined {
  const value = change.op === 'write' ? change.value : null;
  const made = change.output?.version ?? null;
  if (made === null) return { value, version, isCurrent: false };
  return isNewer(made, version) ? { value, version: made, isCurrent: value !== null } : undefined;
}
