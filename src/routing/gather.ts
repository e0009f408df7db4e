/**
 * Asking nodes until enough have answered: the one mechanism under quorum reads, blocking
 * repair and whatever else is asked for.
 *
 * Asks as many candidates as could be enough (`atOnce` at least), and one more each time an
 * answer fails or is late. Ends when the quorum is met, when it no longer can be, or at the
 * deadline. Answers that come later are not waited for. An `ask` that answers in the same
 * turn may end the round before the next is asked; one that returns a promise never does.
 */

import type { NodeId } from '../kernel/names.ts';
import type { Clock, Timer } from '../ports/clock.ts';

export interface Gathering<Answer> {
  /** Distinct nodes, in the order to ask. */
  readonly candidates: readonly NodeId[];
  /** Whether answers of these distinct nodes are enough; more nodes are never too many. */
  readonly isEnough: (nodes: readonly NodeId[]) => boolean;
  readonly atOnce?: number;
  /** `isHedge`: since those asked before are late. */
  readonly ask: (node: NodeId, isHedge: boolean) => Answer | Promise<Answer>;
  /** How long to wait for those asked before this candidate is asked too; absent: for ever. */
  readonly hedgeAfterMs?: (next: NodeId) => number;
  readonly onHedge?: () => void;
  /** After such a failure no answer helps: the round ends. */
  readonly isFutile?: (error: unknown) => boolean;
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
    const { atOnce = 0, candidates, isEnough } = this.#gathering;
    if (isEnough([]) || !isEnough(candidates)) this.#end();
    while (this.#asked < atOnce && this.#askNext());
    this.#askOn();
    if (!this.#over) this.#startTimer();
  }

  /** Asks until those who answered or still may would be enough. */
  #askOn(): void {
    const { candidates, isEnough } = this.#gathering;
    while (!isEnough(this.#notFailed(candidates.slice(0, this.#asked))) && this.#askNext());
  }

  /** One timer at a time: the next hedge while there is somebody left to ask, or the deadline. */
  #startTimer(): void {
    const { clock, deadline, hedgeAfterMs, candidates } = this.#gathering;
    const left = Math.max(0, deadline - clock.now());
    const next = candidates[this.#asked];
    const hedgeMs = (next !== undefined && hedgeAfterMs?.(next)) || left;
    this.#timer =
      hedgeMs < left
        ? clock.setTimer(hedgeMs, () => this.#hedge())
        : clock.setTimer(left, () => this.#end());
  }

  #hedge(): void {
    const { candidates, onHedge } = this.#gathering;
    if (this.#asked < candidates.length) onHedge?.();
    this.#askNext(true);
    if (!this.#over) this.#startTimer();
  }

  /** False where there is nobody left, or no need. */
  #askNext(isHedge = false): boolean {
    const node = this.#gathering.candidates[this.#asked];
    if (node === undefined || this.#over) return false;
    this.#asked++;
    try {
      const answer = this.#gathering.ask(node, isHedge);
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
    return true;
  }

  #answered(node: NodeId, answer: Answer): void {
    if (this.#over) return;
    this.#answers.push({ node, answer });
    if (this.#isEnough) this.#end();
  }

  #failed(node: NodeId, error: unknown): void {
    const { onFailure, candidates, isEnough, isFutile } = this.#gathering;
    onFailure?.(node, error);
    if (this.#over) return;
    this.#failures.push({ node, error });
    if (isFutile?.(error) === true || !isEnough(this.#notFailed(candidates))) this.#end();
    this.#askNext();
    this.#askOn();
  }

  #notFailed(nodes: readonly NodeId[]): readonly NodeId[] {
    if (this.#failures.length === 0) return nodes;
    return nodes.filter((node) => !this.#failures.some((failure) => failure.node === node));
  }

  get #isEnough(): boolean {
    return this.#gathering.isEnough(this.#answers.map(({ node }) => node));
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#resolve({
      enough: this.#isEnough,
      answers: this.#answers,
      failures: this.#failures,
    });
  }
}
