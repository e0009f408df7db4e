/** What an answer to a request for a key says. */

import type { TraceDocument } from '../../kernel/trace.ts';
import { type ApiAnswer, problemOf } from '../api.ts';
import { type AnsweredQuorum, quorumOf } from './quorum-text.ts';
import type { ReadValue } from './resolution.ts';
import { bytesOfBase64 } from './shown-bytes.ts';

export interface KeyAnswer {
  readonly status: number;
  /** What it came to, in a word or two. */
  readonly outcome: string;
  readonly tone: 'good' | 'quiet' | 'warn' | 'bad';
  /** Of a problem, in words. */
  readonly detail: string | undefined;
  /** More than one: siblings. */
  readonly values: readonly ReadValue[];
  readonly quorum: AnsweredQuorum | undefined;
  /** Stands for what was shown or written. */
  readonly context: string | undefined;
  readonly etag: string | undefined;
  /** A version or a revision. */
  readonly version: string | undefined;
  readonly sessionToken: string | undefined;
  readonly sessionDropped: number;
  readonly trace: TraceDocument | undefined;
  readonly tookMs: number;
}

const MULTIPLE_CHOICES = 300;
const NOT_FOUND = 404;

export function keyAnswerOf(answer: ApiAnswer): KeyAnswer {
  const { status, headers, tookMs } = answer;
  const isProblem = status >= 400;
  const problem = isProblem ? problemOf(answer) : undefined;
  const header = (name: string) => headers.get(name) ?? undefined;
  const values = isProblem ? [] : valuesOf(answer);
  const isAbsence = status === NOT_FOUND && problem?.code === 'not_found';
  return {
    status,
    outcome: isAbsence ? 'nothing there' : (problem?.code ?? outcomeOf(status, values.length)),
    tone: isAbsence ? 'quiet' : toneOf(status, problem?.definite ?? true),
    detail: problem && doubtless(problem.message, problem.definite),
    values,
    quorum: quorumOf(headers.get('x-quorate-quorum')),
    context: header('x-quorate-context'),
    etag: header('etag'),
    version: header('x-quorate-version') ?? header('x-quorate-revision'),
    sessionToken: header('x-quorate-session'),
    sessionDropped: Number(header('x-quorate-session-dropped') ?? 0),
    trace: traceOf(header('x-quorate-trace')),
    tookMs,
  };
}

function outcomeOf(status: number, values: number): string {
  if (status === MULTIPLE_CHOICES) return `${values} siblings`;
  return status === 204 ? 'done' : 'one value';
}

function toneOf(status: number, isDefinite: boolean): KeyAnswer['tone'] {
  if (status === MULTIPLE_CHOICES) return 'warn';
  if (status < 300) return 'good';
  return isDefinite ? 'bad' : 'warn';
}

function doubtless(detail: string, isDefinite: boolean): string {
  return isDefinite ? detail : `${detail}. Whether it was done is not known: it may yet be seen.`;
}

interface SiblingDocument {
  readonly value?: string;
  readonly valueBase64?: string;
  readonly contentType: string;
  readonly meta?: Readonly<Record<string, string>>;
  readonly wallTime: string;
  readonly dot: string;
  readonly expiresAt?: string;
}

function valuesOf({ status, headers, body }: ApiAnswer): readonly ReadValue[] {
  if (status === MULTIPLE_CHOICES) {
    const { siblings } = JSON.parse(new TextDecoder().decode(body)) as {
      readonly siblings: readonly SiblingDocument[];
    };
    return siblings.map(({ value, valueBase64, ...rest }) => {
      const bytes = value === undefined ? bytesOfBase64(valueBase64 ?? '') : encoded(value);
      return { value: bytes, ...rest };
    });
  }
  if (status !== 200) return [];
  const expiresAt = headers.get('x-quorate-expires-at');
  const contentType = headers.get('content-type') ?? '';
  return [{ value: body, contentType, ...(expiresAt !== null && { expiresAt }) }];
}

function encoded(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text));
}

function traceOf(header: string | undefined): TraceDocument | undefined {
  return header === undefined ? undefined : (JSON.parse(header) as TraceDocument);
}
