/** What a client asks for under one id, once or several times, as one operation of a history. */

import { heardOfError } from '../../src/checkers/heard-error.ts';
import type { Outcome, Output } from '../../src/checkers/history.ts';
import type { AskedOperation, Heard, Recorder } from '../../src/checkers/recorder.ts';
import { QuorateError } from '../../src/kernel/errors.ts';

export interface Answer {
  readonly output: Output;
  /** The code of what it was refused with: it changed nothing. */
  readonly refusal?: string;
}

/** A repeat was answered otherwise than the first time. */
export class RepeatError extends Error {
  override readonly name = 'RepeatError';
}

export class RepeatedRequest {
  readonly key: string;
  readonly #end: (heard: Heard) => void;
  #answer: Answer | undefined;
  #isInDoubt = false;
  /** Where it was asked and what was heard, for whoever looks into a violation. */
  readonly #heard: string[] = [];

  constructor(recorder: Recorder, asked: AskedOperation) {
    this.key = asked.key;
    this.#end = recorder.begin(asked);
  }

  /** The first. */
  get answer(): Answer | undefined {
    return this.#answer;
  }

  /** One of the times that it was asked for it may have been begun. */
  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  /** What came of it this time. Throws `RepeatError`, and what no client is meant to meet. */
  async ask(at: string, request: () => Promise<Answer>): Promise<Outcome> {
    // As long as it is asked for again it may be carried out.
    if (this.#answer === undefined && this.#heard.length > 0) this.#tell('unknown');
    try {
      this.#take(at, await request());
      return 'ok';
    } catch (error) {
      if (error instanceof QuorateError && error.status !== 503) throw error;
      const { outcome, info } = heardOfError(error);
      this.#heard.push(`${at}: ${info.error}`);
      this.#isInDoubt ||= outcome === 'unknown';
      if (this.#answer === undefined) this.#tell(this.#isInDoubt ? 'unknown' : 'fail');
      return outcome;
    }
  }

  #take(at: string, answer: Answer): void {
    const first = this.#answer;
    this.#heard.push(`${at}: ${answer.refusal ?? 'ok'}`);
    if (first === undefined) {
      this.#answer = answer;
      this.#tell('ok');
    } else if (textOf(first) !== textOf(answer)) {
      const texts = `${JSON.stringify(first)} and then ${JSON.stringify(answer)}`;
      throw new RepeatError(`${this.key} was answered ${texts}`);
    }
  }

  #tell(outcome: Outcome): void {
    const { output } = this.#answer ?? {};
    this.#end({ outcome, ...(output && { output }), info: { heard: this.#heard } });
  }
}

/** All that a repeat tells too: the value of a refusal only while it is there. */
function textOf({ output, refusal }: Answer): string {
  return JSON.stringify(refusal === undefined ? output : [refusal, output.version]);
}
