/** The history of a run, in the form of src/checkers/history.ts. */

import type { Operation, Output, Quorum, Replaced } from '../../../src/checkers/history.ts';
import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';

type OmitFrom<Union, Names extends string> = Union extends unknown ? Omit<Union, Names> : never;

/** What is known of an operation when it is asked. */
export type Asked = OmitFrom<Operation, 'process' | 'invoke' | 'complete' | 'outcome' | 'output'>;

export interface Answered<Result> {
  readonly result: Result;
  readonly output: Output;
  /** What is only known of the operation with its answer. */
  readonly told?: { readonly quorum?: Quorum; readonly replaces?: Replaced };
}

export interface Failed {
  readonly outcome: 'fail' | 'unknown';
  /** For whoever looks into it. */
  readonly error: string;
}

export type Heard<Result> = Answered<Result> | Failed;

export class Recording {
  readonly operations: Operation[] = [];
  /** What no client may meet. */
  readonly surprises: string[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes the operation and what it came to. */
  async note<Result>(
    process: number,
    asked: Asked,
    ask: () => Promise<Heard<Result>>,
  ): Promise<Result | undefined> {
    const open = { process, ...asked, invoke: this.#now(), complete: null, outcome: 'unknown' };
    // What was asked and what was answered fit together by how they are made.
    const place = this.operations.push(open as Operation) - 1;
    const heard = await ask();
    const known = 'outcome' in heard ? failureOf(heard) : answerOf(heard);
    this.operations[place] = { ...open, complete: this.#now(), ...known } as Operation;
    return 'outcome' in heard ? undefined : heard.result;
  }

  /** Takes the product at its word: what it calls definite must have had no effect. */
  failure(error: unknown, at: NodeId, what: string): Failed {
    if (error instanceof TransportError) {
      return { outcome: error.neverSent ? 'fail' : 'unknown', error: error.failure };
    }
    if (!(error instanceof QuorateError)) throw error;
    const { code, definite, status, message } = error;
    if (status !== 503) this.surprises.push(`${what} at ${at} met ${code}: ${message}`);
    return { outcome: definite ? 'fail' : 'unknown', error: `${code}: ${message}` };
  }
}

function failureOf({ outcome, error }: Failed) {
  return { outcome, info: { error } };
}

function answerOf({ output, told }: Answered<unknown>) {
  return { outcome: 'ok' as const, output, ...told };
}
