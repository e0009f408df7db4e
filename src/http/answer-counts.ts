/** How many answers of which kind clients were given, and which problems were among them. */

import { ERROR_TABLE, type ErrorCode } from '../kernel/errors.ts';
import type { NodePorts } from '../node/index.ts';

type Counter = ReturnType<NodePorts['metrics']['counter']>;

const CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;

export class AnswerCounts {
  /** By the first digit of the status, from 2 on. */
  readonly #answers: readonly Counter[];
  readonly #problems: ReadonlyMap<string, Counter>;

  constructor(metrics: NodePorts['metrics']) {
    this.#answers = CLASSES.map((name) =>
      metrics.counter({
        name: 'http_answers_total',
        help: 'Answers to clients, by the class of their status',
        labels: { class: name },
      }),
    );
    const codes = Object.keys(ERROR_TABLE) as ErrorCode[];
    this.#problems = new Map(codes.map((code) => [code, problemCounter(metrics, code)]));
  }

  /** `problem`: the code of the problem that is the answer; none of HEAD, whose answer has no body. */
  answered(status: number, problem: string | undefined): void {
    this.#answers[Math.floor(status / 100) - 2]?.add();
    if (problem !== undefined) this.#problems.get(problem)?.add();
  }
}

function problemCounter(metrics: NodePorts['metrics'], code: ErrorCode): Counter {
  return metrics.counter({
    name: 'http_problems_total',
    help: 'Answers to clients that were problems, by their code; of batches only the whole',
    labels: { code },
  });
}
