/** What clients ask of a store and hear from it, as a history (history.ts). */

import { outcomeOf } from './heard-error.ts';
import type { FaultWindow, History, Operation, Output, Quorum, Replaced } from './history.ts';

type Without<One, Names extends string> = One extends unknown ? Omit<One, Names> : never;

/** An operation without what came of it. */
export type AskedOperation = Without<Operation, 'invoke' | 'complete' | 'outcome' | 'output'>;

/** Of these what is asked for, whoever asks it of whichever key. */
export type Input = Without<
  AskedOperation,
  'process' | 'session' | 'at' | 'key' | 'quorum' | 'info'
>;

/** What came of it; of `ok` also what the answer told. */
export interface Heard {
  readonly outcome: Operation['outcome'];
  readonly output?: Output;
  readonly quorum?: Quorum;
  readonly replaces?: Replaced;
  readonly info?: Operation['info'];
}

export class Recorder {
  readonly operations: Operation[] = [];
  readonly #now: () => number;

  /** @param now milliseconds, one clock for all who record */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Until it is told what came of it, that is unknown. It may be told again, of what is asked
   * again under the id of the request: it ended when it was told last.
   */
  begin(asked: AskedOperation): (heard: Heard) => void {
    const open = { ...asked, invoke: this.#now(), complete: null, outcome: 'unknown' } as Operation;
    const place = this.operations.push(open) - 1;
    return (heard) => {
      this.operations[place] = { ...open, complete: this.#now(), ...heard } as Operation;
    };
  }

  /** The same of one request: rejects as it does, with what no client is meant to meet, too. */
  async record<Answer>(
    asked: AskedOperation,
    request: () => Promise<Answer>,
    told: (answer: Answer) => Omit<Heard, 'outcome'>,
  ): Promise<Answer> {
    const end = this.begin(asked);
    try {
      const answer = await request();
      end({ outcome: 'ok', ...told(answer) });
      return answer;
    } catch (error) {
      end(outcomeOf(asked.op, error));
      throw error;
    }
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
