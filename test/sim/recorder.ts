/** What clients of a simulated cluster ask and hear, as a history (src/checkers/history.ts). */

import { runChecks } from '../../src/checkers/checks.ts';
import type {
  Clock,
  FaultWindow,
  History,
  Operation,
  Output,
  Quorum,
  Replaced,
} from '../../src/checkers/history.ts';
import type { ModelName } from '../../src/checkers/models.ts';
import { violationText } from '../../src/checkers/verdict-text.ts';
import type { CheckName } from '../../src/checkers/violation.ts';
import { textOf } from '../../src/kernel/bytes.ts';
import type { Dot, ReadResult } from '../../src/node/index.ts';

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

/** Long enough for the histories of one run. */
const CHECK_MS_MAX = 30_000;

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

/** For a person; empty where the checks find nothing. */
export function violationsOf(
  history: History,
  checks: readonly CheckName[],
  model?: ModelName,
): readonly string[] {
  const limits = { now: () => performance.now(), timeMs: CHECK_MS_MAX };
  const reports = runChecks(history, { ...limits, checks, ...(model && { model }) });
  const text = violationText(reports, { history, times: 'ms' });
  return text === undefined ? [] : [text];
}

/** What the read of a bucket that keeps siblings found. */
export function foundBy({ object }: Pick<ReadResult, 'object'>): Output {
  const { clock, siblings } = object;
  return {
    clock: clockOf(clock),
    siblings: siblings.map(({ dot, value }) => ({ dot: dotText(dot), value: textOf(value) ?? '' })),
  };
}

export function clockOf(dots: readonly Dot[]): Clock {
  return Object.fromEntries(dots.map((dot) => [actorText(dot), dot.counter]));
}

export function dotText(dot: Dot): string {
  return `${actorText(dot)}:${dot.counter}`;
}

function actorText({ lineage, actorEpoch }: Dot): string {
  return `${lineage.toString(16)}.${actorEpoch}`;
}
