/** From an answer to a read or write of the playground to what came of it, as histories tell it. */

import type { Operation, Output } from '../../checkers/history.ts';
import { type ApiAnswer, ApiError, problemOf, textOf } from '../answer.ts';

export type Heard = Pick<Operation, 'outcome' | 'output' | 'info'>;

/** Values are numbers. What cannot be read as one is none of ours, and is left out. */
export function heardOfRead(answer: ApiAnswer): Heard {
  switch (answer.status) {
    case 200:
      return found([textOf(answer)]);
    case 300:
      return found(siblingsOf(answer));
    case 404:
      // Where there is no bucket nobody can tell that there is no value.
      return problemOf(answer).code === 'not_found' ? found([]) : refused(problemOf(answer));
    default:
      return refused(problemOf(answer));
  }
}

export function heardOfWrite(answer: ApiAnswer): Heard {
  if (answer.status < 400) return { outcome: 'ok', output: {} };
  const problem = problemOf(answer);
  return problem.definite ? refused(problem) : { ...refused(problem), outcome: 'unknown' };
}

/** Where there was no answer. */
export function heardOfSilence(error: unknown): Heard {
  const problem = error instanceof ApiError ? error : new ApiError(0, 'no_answer', false, '');
  return { ...refused(problem), outcome: problem.definite ? 'fail' : 'unknown' };
}

function found(texts: readonly string[]): Heard {
  const values = texts.map(Number).filter(Number.isSafeInteger);
  const output: Output = { values };
  return { outcome: 'ok', output };
}

function refused({ code, message }: ApiError): Heard {
  return { outcome: 'fail', info: { code, why: message } };
}

function siblingsOf(answer: ApiAnswer): readonly string[] {
  const { siblings } = JSON.parse(textOf(answer)) as {
    readonly siblings: readonly { readonly value?: string }[];
  };
  return siblings.map(({ value }) => value ?? '');
}
