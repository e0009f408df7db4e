/**
 * The models that a history can be checked against, and which one fits it.
 *
 * Left to itself the check takes each key for what was done to it: `set` if anything adds,
 * `versioned` if a version, a condition or an end occurs, `append` or `counter` if anything
 * appends or increments, and else `register`.
 */

import { appendModel } from './append-model.ts';
import { counterModel } from './counter-model.ts';
import { addTo, groupByKey } from './groups.ts';
import { conditionsOf, type Operation, type OperationName } from './history.ts';
import { UncheckableError } from './history-error.ts';
import { type CheckLimits, type CheckResult, checkLinearizability } from './linearizability.ts';
import type { Call, Model } from './model.ts';
import { registerModel } from './register-model.ts';
import { setModel } from './set-model.ts';
import { versionedModel, withExpiries } from './versioned-model.ts';

export const MODEL_NAMES = ['register', 'append', 'counter', 'set', 'versioned'] as const;

export type ModelName = (typeof MODEL_NAMES)[number];

interface HistoryModel {
  readonly operations: readonly OperationName[];
  /** Versions, conditions and ends, which the others would pass over. */
  readonly knowsVersions: boolean;
  readonly check: (
    calls: readonly Call<Operation>[],
    limits: CheckLimits,
  ) => CheckResult<Operation>;
}

const MODELS: Readonly<Record<ModelName, HistoryModel>> = {
  register: {
    operations: ['read', 'write', 'cas', 'delete'],
    knowsVersions: false,
    check: checkWith(() => registerModel),
  },
  append: {
    operations: ['read', 'write', 'append'],
    knowsVersions: false,
    check: checkWith(appendModel),
  },
  counter: {
    operations: ['read', 'write', 'delete', 'increment'],
    knowsVersions: false,
    check: checkWith(() => counterModel),
  },
  set: {
    operations: ['read', 'delete', 'add'],
    knowsVersions: false,
    check: checkWith(setModel),
  },
  versioned: {
    operations: ['read', 'write', 'delete', 'append', 'increment'],
    knowsVersions: true,
    check: (calls, limits) => checkLinearizability(versionedModel, withExpiries(calls), limits),
  },
};

/** Where there are no versions. */
const MODEL_OF: Partial<Readonly<Record<OperationName, ModelName>>> = {
  append: 'append',
  increment: 'counter',
};

/** Each key's operations are under one model. */
export function modelsFor(
  history: readonly Operation[],
): ReadonlyMap<ModelName, readonly Operation[]> {
  const mayBeText = history.some(({ op }) => op === 'append');
  const modelOf = new Map<string, ModelName>();
  for (const [key, its] of groupByKey(history)) modelOf.set(key, modelOfKey(its, mayBeText));
  const groups = new Map<ModelName, Operation[]>();
  for (const operation of history) {
    addTo(groups, modelOf.get(operation.key) as ModelName, operation);
  }
  return groups;
}

/** Throws `UncheckableError` where the history has what the model does not know. */
export function checkHistory(
  history: readonly Operation[],
  name: ModelName,
  limits: CheckLimits,
): CheckResult<Operation> {
  const model = MODELS[name];
  for (const operation of history) {
    if (!model.operations.includes(operation.op)) {
      throw new UncheckableError(
        `the model ${name} has no operation ${operation.op}, only ${model.operations.join(', ')}`,
      );
    }
    if (!model.knowsVersions && hasVersions(operation)) {
      throw new UncheckableError(
        `the model ${name} has no versions, no ends and no conditions but that of cas; versioned has`,
      );
    }
  }
  return model.check(callsOf(history), limits);
}

function checkWith<State>(
  modelOf: (calls: readonly Call<Operation>[]) => Model<State, Operation>,
): HistoryModel['check'] {
  return (calls, limits) => checkLinearizability(modelOf(calls), calls, limits);
}

/** Where texts are added to, a key that tells nothing may be one, which is empty at first. */
function modelOfKey(its: readonly Operation[], mayBeText: boolean): ModelName {
  if (its.some(({ op }) => op === 'add')) return 'set';
  if (its.some(hasVersions)) return 'versioned';
  for (const { op } of its) {
    const name = MODEL_OF[op];
    if (name !== undefined) return name;
  }
  const { operations } = MODELS.append;
  return mayBeText && its.every(({ op }) => operations.includes(op)) ? 'append' : 'register';
}

function hasVersions(operation: Operation): boolean {
  if (operation.output?.version !== undefined) return true;
  if (operation.op === 'write' && operation.ttlMs !== undefined) return true;
  return Object.keys(conditionsOf(operation)).length > 0;
}

/** Without what proves nothing: operations that had no effect, and reads that told nothing. */
function callsOf(history: readonly Operation[]): Call<Operation>[] {
  return history.flatMap((operation) => {
    const { key, op, outcome, invoke, complete } = operation;
    if (outcome === 'fail' || (outcome === 'unknown' && op === 'read')) return [];
    const end = outcome === 'ok' && complete !== null ? complete : undefined;
    return [{ key, operation, invoke, complete: end }];
  });
}
