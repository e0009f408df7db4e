/** What clients ask of a store and hear from it, as a history (history.ts). */

import type { FaultWindow, History, Operation, Output, Quorum, Replaced } from './history.ts';

type WithoutAnswer<One> = One extends Operation
  ? Omit<One, 'invoke' | 'complete' | 'outcome' | 'output'>
  : never;

/** An operation without what came of it. */
export type AskedOperation = WithoutAnswer<Operation>;

/** What came of it; of `ok` also what the answer told. */
export interface Heard {
  readonly outcome: Operation['outcome'];
  readonly output?: Output;
  readonly quorum?: Quorum;
  readonly replaces?: Replaced;
  readonly info?: { readonly [name: string]: string };
}

export class Recorder {
  readonly operations: Operation[] = [];
  readonly #now: () => number;

  /** @param now milliseconds, one clock for all who record */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Until it is told what came of it, that is unknown. */
  begin(asked: AskedOperation): (heard: Heard) => void {
    const open = { ...asked, invoke: this.#now(), complete: null, outcome: 'unknown' } as Operation;
    const place = this.operations.push(open) - 1;
    return (heard) => {
      this.operations[place] = { ...open, complete: this.#now(), ...heard } as Operation;
    };
  }

  history(faults: readonly FaultWindow[] = []): History {
    return { facts: {}, operations: this.operations, faults };
  }

  count(outcome: Operation['outcome']): number {
    return changesOf(this.operations).filter((change) => change.outcome === outcome).length;
  }
}

/** All that is no read. */
export function changesOf(operations: readonly Operation[]): readonly Operation[] {
  return operations.filter(({ op }) => op !== 'read');
}
