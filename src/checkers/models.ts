/**
 * The models that a history can be checked against, and which one fits it.
 *
 * Left to itself the check takes `append` if anything appends, `versioned` if a version or a
 * condition on one occurs, and else `register`.
 */

import { appendModel } from './append-model.ts';
import type { Operation, OperationName } from './history.ts';
import { type CheckLimits, type CheckResult, checkLinearizability } from './linearizability.ts';
import type { Call, Model } from './model.ts';
import { registerModel } from './register-model.ts';
import { versionedModel } from './versioned-model.ts';

export const MODEL_NAMES = ['register', 'append', 'versioned'] as const;

export type ModelName = (typeof MODEL_NAMES)[number];

interface HistoryModel {
  readonly operations: readonly OperationName[];
  /** Versions and conditions on them, which the others would pass over. */
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
    check: checkWith(registerModel),
  },
  append: {
    operations: ['read', 'write', 'append'],
    knowsVersions: false,
    check: checkWith(appendModel),
  },
  versioned: {
    operations: ['read', 'write', 'delete'],
    knowsVersions: true,
    check: checkWith(versionedModel),
  },
};

/** The operations do not belong to the model; the message says why and what would be right. */
export class ModelMismatchError extends Error {
  override readonly name = 'ModelMismatchError';
}

export function modelFor(history: readonly Operation[]): ModelName {
  if (history.some(({ op }) => op === 'append')) return 'append';
  return history.some(hasVersions) ? 'versioned' : 'register';
}

/** Throws `ModelMismatchError` where the history has what the model does not know. */
export function checkHistory(
  history: readonly Operation[],
  name: ModelName,
  limits: CheckLimits,
): CheckResult<Operation> {
  const model = MODELS[name];
  for (const operation of history) {
    if (!model.operations.includes(operation.op)) {
      throw new ModelMismatchError(
        `the model ${name} has no operation ${operation.op}, only ${model.operations.join(', ')}`,
      );
    }
    if (!model.knowsVersions && hasVersions(operation)) {
      throw new ModelMismatchError(
        `the model ${name} has no versions and no conditions but that of cas; versioned has`,
      );
    }
  }
  return model.check(callsOf(history), limits);
}

function checkWith<State>(model: Model<State, Operation>): HistoryModel['check'] {
  return (calls, limits) => checkLinearizability(model, calls, limits);
}

function hasVersions(operation: Operation): boolean {
  if (operation.output?.version !== undefined) return true;
  if (operation.op === 'write' && operation.ifAbsent === true) return true;
  return (
    (operation.op === 'write' || operation.op === 'delete') && operation.ifVersion !== undefined
  );
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
