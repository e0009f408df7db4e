/**
 * From events, an invocation here and its completion some lines below, to operations. Both
 * foreign formats are logs of events whose order is all the time there is: the number of the
 * line stands for it, so that reports lead back to the file.
 */

import type { Operation, OperationName, Output, StoredValue, Value } from './history.ts';
import { HistoryError } from './history-error.ts';

/** What an invocation says. */
export interface Invocation {
  readonly process: number;
  readonly key: string;
  readonly op: OperationName;
  readonly value?: StoredValue;
  readonly expected?: Value;
}

export type Completion =
  | { readonly outcome: 'ok'; readonly output?: Output }
  | { readonly outcome: 'fail' | 'unknown' };

interface OpenOperation {
  readonly invocation: Invocation;
  readonly place: number;
}

export class OpenOperations {
  readonly #open = new Map<number, OpenOperation>();
  /** By the order of invocation. */
  readonly #operations: Operation[] = [];

  invoke(invocation: Invocation, line: number): void {
    const { process } = invocation;
    const before = this.#open.get(process);
    if (before !== undefined) {
      const { invoke } = this.#operations[before.place] as Operation;
      throw new HistoryError(
        line,
        `process ${process} invokes before the completion of what it invoked in line ${invoke}: a process does one operation at a time`,
      );
    }
    const place = this.#operations.push(operationOf(invocation, line, null, UNKNOWN)) - 1;
    this.#open.set(process, { invocation, place });
  }

  complete(process: number, op: OperationName, completion: Completion, line: number): void {
    const open = this.#open.get(process);
    if (open === undefined || open.invocation.op !== op) {
      throw new HistoryError(
        line,
        `process ${process} completes a ${op} that it has not invoked: invocations come before completions`,
      );
    }
    this.#open.delete(process);
    const { invoke } = this.#operations[open.place] as Operation;
    this.#operations[open.place] = operationOf(open.invocation, invoke, line, completion);
  }

  /** What is still open now has an unknown outcome. */
  all(): readonly Operation[] {
    return this.#operations;
  }
}

const UNKNOWN: Completion = { outcome: 'unknown' };

function operationOf(
  invocation: Invocation,
  invoke: number,
  complete: number | null,
  completion: Completion,
): Operation {
  // The parsers give each operation the input that it has.
  return { ...invocation, invoke, complete, ...completion } as Operation;
}
