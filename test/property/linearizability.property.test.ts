/**
 * The search for linearizations against trying all orders, on small random histories: some
 * that a correct store has answered, some of those with one answer changed.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendModel } from '../../src/checkers/append-model.ts';
import { counterModel } from '../../src/checkers/counter-model.ts';
import type {
  Operation,
  OperationName,
  Output,
  StoredValue,
  Value,
} from '../../src/checkers/history.ts';
import type { CheckResult } from '../../src/checkers/linearizability.ts';
import type { Model } from '../../src/checkers/model.ts';
import { checkHistory, type ModelName } from '../../src/checkers/models.ts';
import { registerModel } from '../../src/checkers/register-model.ts';
import { setModel } from '../../src/checkers/set-model.ts';
import { versionedModel } from '../../src/checkers/versioned-model.ts';

const RUNS = 4_000;
const OPERATIONS_MAX = 7;
/** Few, so that operations often meet. */
const value = fc.constantFrom('a', 'b');
const version = fc.integer({ min: 1, max: 5 });

interface Plan {
  readonly op: OperationName;
  readonly value: string;
  readonly expected: string | null;
  readonly ifVersion: number | undefined;
  readonly ifAbsent: true | undefined;
  readonly invoke: number;
  /** When it happens, from its invocation on, and when it is answered from then on. */
  readonly delay: number;
  readonly answer: number;
  readonly end: 'ok' | 'fail' | 'unknown' | 'lost';
  /** Whether a write or delete tells its version. */
  readonly isTold: boolean;
  readonly key: string;
}

function planOf(ops: readonly OperationName[], versions: boolean): fc.Arbitrary<Plan> {
  const sometimes = <Item>(item: fc.Arbitrary<Item>) =>
    versions ? fc.option(item, { nil: undefined }) : fc.constant(undefined);
  return fc.record({
    op: fc.constantFrom(...ops),
    value,
    expected: fc.option(value),
    ifVersion: sometimes(version),
    ifAbsent: sometimes(fc.constant(true as const)),
    invoke: fc.nat(12),
    delay: fc.nat(4),
    answer: fc.nat(4),
    end: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'fail', 'unknown', 'lost'),
    isTold: fc.boolean(),
    key: fc.constantFrom('k', 'k', 'k', 'l'),
  });
}

/** A correct store of the simplest kind. */
class Store {
  value: Value = null;
  version = 0;
  #count = 0;
  #elements = new Set<StoredValue>();

  apply(operation: Operation, model: ModelName): Output {
    const versions = model === 'versioned';
    const told = versions ? { version: this.value === null ? null : this.version } : {};
    if (operation.op === 'read') {
      if (model === 'counter') return { value: this.#count };
      return model === 'set' ? { values: [...this.#elements] } : { value: this.value, ...told };
    }
    if (operation.op === 'increment') {
      this.#count += operation.by;
      return { value: this.#count };
    }
    if (operation.op === 'add') {
      this.#elements.add(operation.value);
      return {};
    }
    if (model === 'set') {
      const applied = this.#elements.size > 0;
      this.#elements.clear();
      return { applied };
    }
    if (!this.#holds(operation)) return { applied: false, ...told };
    this.version += 1;
    this.value = this.#after(operation);
    return versions ? { version: this.version } : {};
  }

  #holds(operation: Operation): boolean {
    if (operation.op === 'cas') return this.value === operation.expected;
    if (operation.op === 'write' && operation.ifAbsent) return this.value === null;
    if (operation.op !== 'write' && operation.op !== 'delete') return true;
    if (operation.ifVersion === undefined) return operation.op === 'write' || this.value !== null;
    return this.value !== null && this.version === operation.ifVersion;
  }

  #after(operation: Operation): Value {
    if (operation.op === 'append') return `${this.value ?? ''}${operation.value}`;
    return operation.op === 'write' || operation.op === 'cas' ? operation.value : null;
  }
}

function operationOf(plan: Plan, process: number): Operation {
  const { op, key, invoke, delay, answer, end, expected, ifVersion, ifAbsent } = plan;
  const outcome = end === 'lost' ? 'unknown' : end;
  const takesVersion = ifVersion !== undefined && (op === 'write' || op === 'delete');
  const input = {
    ...(['write', 'cas', 'append', 'add'].includes(op) ? { value: plan.value } : {}),
    ...(op === 'increment' ? { by: plan.value === 'a' ? 1 : -2 } : {}),
    ...(op === 'cas' ? { expected } : {}),
    ...(takesVersion ? { ifVersion } : {}),
    ...(op === 'write' && !takesVersion && ifAbsent ? { ifAbsent } : {}),
  };
  const complete = invoke + delay + answer;
  return { process, key, op, ...input, invoke, complete, outcome } as Operation;
}

/** What a correct store answers when each operation happens at the moment planned. */
function answered(plans: readonly Plan[], model: ModelName): Operation[] {
  const stores = new Map<string, Store>();
  const operations = plans.map(operationOf);
  const order = plans.map((_, index) => index);
  const momentOf = (index: number) => (plans[index]?.invoke ?? 0) + (plans[index]?.delay ?? 0);
  for (const index of order.sort((a, b) => momentOf(a) - momentOf(b))) {
    const { end, isTold, key } = plans[index] as Plan;
    const operation = operations[index] as Operation;
    if (end === 'fail' || end === 'lost') continue;
    const store = stores.get(key) ?? new Store();
    stores.set(key, store);
    const output = store.apply(operation, model);
    const isSilent =
      end === 'unknown' || (operation.op !== 'read' && !isTold && output.applied !== false);
    if (!isSilent) operations[index] = { ...operation, output } as Operation;
  }
  return operations;
}

type Change = { readonly at: number; readonly value: Value; readonly version: number };

/** One answer is changed: a read found something else, a write made another version. */
function changed(history: Operation[], { at, value, version }: Change): Operation[] {
  const index = at % history.length;
  const operation = history[index];
  if (operation?.output === undefined) return history;
  const { output } = operation;
  if (typeof output.value === 'number' || output.values !== undefined) {
    return history.with(index, { ...operation, output: otherOf(output, value) } as Operation);
  }
  const isFound = output.value !== undefined && value !== output.value;
  const other: Output = isFound
    ? { ...output, value }
    : output.version === undefined || output.version === null
      ? { ...output, ...(operation.op === 'cas' && { applied: false }) }
      : { ...output, version };
  return history.with(index, { ...operation, output: other } as Operation);
}

/** Of a count, or of a set. */
function otherOf({ value: count, values = [] }: Output, value: Value): Output {
  if (typeof count === 'number') return { value: value === null ? count - 1 : count + 1 };
  if (value === null) return { values: values.slice(1) };
  const others = values.filter((element) => element !== value);
  return { values: others.length < values.length ? others : [...values, value] };
}

/** Whether some order of the operations explains all answers. */
function hasOrder<State>(model: Model<State, Operation>, history: readonly Operation[]): boolean {
  const search = (state: State, left: readonly Operation[]): boolean => {
    if (left.every(({ outcome }) => outcome === 'unknown')) return true;
    return left.some((next) => {
      const rest = left.filter((other) => other !== next);
      if (rest.some((other) => endOf(other) < next.invoke)) return false;
      const after = model.step(state, next);
      return after !== undefined && search(after, rest);
    });
  };
  return search(
    model.initial,
    history.filter(({ outcome }) => outcome !== 'fail'),
  );
}

function endOf({ outcome, complete }: Operation): number {
  return outcome === 'unknown' || complete === null ? Number.POSITIVE_INFINITY : complete;
}

function checked(history: readonly Operation[], model: ModelName): CheckResult<Operation> {
  return checkHistory(history, model, { now: () => 0, timeMs: 1 });
}

function agrees<State>(
  name: ModelName,
  model: Model<State, Operation>,
  ops: readonly OperationName[],
): void {
  const versions = name === 'versioned';
  const plans = fc.array(planOf(ops, versions), { minLength: 1, maxLength: OPERATIONS_MAX });
  const change = fc.record({ at: fc.nat(), value: fc.option(value), version });
  it('finds an order for whatever a correct store answered', () => {
    fc.assert(
      fc.property(plans, (planned) => {
        expect(checked(answered(planned, name), name)).toEqual({ verdict: 'ok' });
      }),
      { numRuns: RUNS },
    );
  });

  it('agrees with trying all orders where answers were changed', () => {
    const found = { ok: 0, violation: 0, unknown: 0 };
    fc.assert(
      fc.property(plans, fc.array(change, { maxLength: 2 }), (planned, changes) => {
        const history = changes.reduce(changed, answered(planned, name));
        const { verdict } = checked(history, name);
        const isFine = ['k', 'l'].every((key) =>
          hasOrder(
            model,
            history.filter((operation) => operation.key === key),
          ),
        );
        expect(verdict).toBe(isFine ? 'ok' : 'violation');
        found[verdict] += 1;
      }),
      { numRuns: RUNS },
    );
    // Else the property would say nothing.
    expect(found.ok).toBeGreaterThan(RUNS / 10);
    expect(found.violation).toBeGreaterThan(RUNS / 10);
  });
}

describe('a register', () => {
  agrees('register', registerModel, ['read', 'read', 'write', 'cas', 'delete']);
});

describe('a text that grows', () => {
  const naive = appendModel([]);
  agrees('append', naive, ['read', 'read', 'write', 'append', 'append']);

  describe('and is never replaced', () => {
    agrees('append', naive, ['read', 'append']);
  });
});

describe('a counter', () => {
  agrees('counter', counterModel, ['read', 'increment']);
});

describe('a set', () => {
  agrees('set', setModel(), ['read', 'read', 'add', 'add', 'delete']);
});

describe('a register with versions', () => {
  agrees('versioned', versionedModel, ['read', 'read', 'write', 'write', 'delete']);
});
