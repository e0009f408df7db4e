/**
 * Asking nodes until enough have answered: the one mechanism under quorum reads, quorum
 * writes and blocking repair.
 *
 * Asks the first `atOnce` candidates, and one more each time an answer fails or is late.
 * Ends when `needed` have answered, when no more can, or at the deadline. Answers that come
 * later are not waited for. An `ask` that answers in the same turn may end the round before
 * the next is asked; one that returns a promise never does.
 */

import type { NodeId } from '../kernel/names.ts';
import type { Clock, Timer } from '../ports/clock.ts';

export interface Gathering<Answer> {
  /** Distinct nodes, in the order to ask. */
  readonly candidates: readonly NodeId[];
  readonly needed: number;
  readonly atOnce: number;
  readonly ask: (node: NodeId) => Answer | Promise<Answer>;
  /** Ask one more candidate whenever so long has passed without the end; undefined: never. */
  readonly hedgeAfterMs?: number;
  readonly onHedge?: () => void;
  /** Told of every failure, also of those after the end. */
  readonly onFailure?: (node: NodeId, error: unknown) => void;
  /** In `clock.now()`. */
  readonly deadline: number;
  readonly clock: Clock;
}

export interface Gathered<Answer> {
  readonly enough: boolean;
  /** In the order in which they came. */
  readonly answers: readonly Answered<Answer>[];
  readonly failures: readonly Failed[];
}

export interface Answered<Answer> {
  readonly node: NodeId;
  readonly answer: Answer;
}

export interface Failed {
  readonly node: NodeId;
  readonly error: unknown;
}

export function gather<Answer>(gathering: Gathering<Answer>): Promise<Gathered<Answer>> {
  return new Promise((resolve) => new Round(gathering, resolve).begin());
}

class Round<Answer> {
  readonly #gathering: Gathering<Answer>;
  readonly #resolve: (gathered: Gathered<Answer>) => void;
  readonly #answers: Answered<Answer>[] = [];
  readonly #failures: Failed[] = [];
  #asked = 0;
  #over = false;
  #timer: Timer | undefined;

  constructor(gathering: Gathering<Answer>, resolve: (gathered: Gathered<Answer>) => void) {
    this.#gathering = gathering;
    this.#resolve = resolve;
  }

  begin(): void {
    const { atOnce, candidates, needed } = this.#gathering;
    if (needed <= 0 || candidates.length < needed) this.#end();
    for (let i = 0; i < atOnce && !this.#over; i++) this.#askNext();
    if (!this.#over) this.#startTimer();
  }

  /** One timer at a time: the next hedge while there is somebody left to ask, or the deadline. */
  #startTimer(): void {
    const { clock, deadline, hedgeAfterMs, candidates } = this.#gathering;
    const left = Math.max(0, deadline - clock.now());
    const hedges = hedgeAfterMs !== undefined && this.#asked < candidates.length;
    if (hedges && hedgeAfterMs < left) {
      this.#timer = clock.setTimer(hedgeAfterMs, () => this.#hedge());
    } else {
      this.#timer = clock.setTimer(left, () => this.#end());
    }
  }

  #hedge(): void {
    const { candidates, onHedge } = this.#gathering;
    if (this.#asked < candidates.length) onHedge?.();
    this.#askNext();
    if (!this.#over) this.#startTimer();
  }

  #askNext(): void {
    const node = this.#gathering.candidates[this.#asked];
    if (node === undefined) return;
    this.#asked++;
    try {
      const answer = this.#gathering.ask(node);
      if (answer instanceof Promise) {
        answer.then(
          (value) => this.#answered(node, value),
          (error) => this.#failed(node, error),
        );
      } else {
        this.#answered(node, answer);
      }
    } catch (error) {
      this.#failed(node, error);
    }
  }

  #answered(node: NodeId, answer: Answer): void {
    if (this.#over) return;
    this.#answers.push({ node, answer });
    if (this.#answers.length >= this.#gathering.needed) this.#end();
  }

  #failed(node: NodeId, error: unknown): void {
    this.#gathering.onFailure?.(node, error);
    if (this.#over) return;
    this.#failures.push({ node, error });
    const { candidates, needed } = this.#gathering;
    if (candidates.length - this.#failures.length < needed) this.#end();
    else this.#askNext();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#resolve({
      enough: this.#answers.length >= this.#gathering.needed,
      answers: this.#answers,
      failures: this.#failures,
    });
  }
}
