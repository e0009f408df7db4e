/** Errors as problem documents (RFC 9457). */

import {
  ERROR_TABLE,
  type PresentValue,
  QuorateError,
  UNREADY_REASONS,
  type UnreadyReason,
} from '../kernel/errors.ts';
import type { Observed } from './observed-response.ts';
import {
  choice,
  component,
  count,
  flag,
  listOf,
  object,
  type Schema,
  text,
  whole,
} from './openapi/schema.ts';
import {
  CONTENT_TYPE_SCHEMA,
  HAS_VALUE,
  VALUE_PROPERTIES,
  type ValueDocument,
  valueDocument,
} from './value-document.ts';
import { DEFAULT_CONTENT_TYPE } from './value-headers.ts';

/** Seconds after which a refused client may try again. */
const RETRY_AFTER_S = 1;

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** False: the request may have had an effect, or may yet have one. */
  readonly definite: boolean;
  /** Whether the same request may be sent again without harm and with hope. */
  readonly retry: boolean;
  readonly parameter?: string;
  /** By which the request is known in logs; none where it was no HTTP. */
  readonly requestId?: string;
  readonly reached?: readonly string[];
  readonly needed?: number;
  /** Of a node that is not ready. */
  readonly reason?: UnreadyReason;
  /** Of the value that is there, where a condition did not hold. */
  readonly revision?: number;
  /** Likewise, in buckets of mode paxos. */
  readonly version?: string;
  /** The value of this version, where a put with `return=body` asked for it. */
  readonly present?: PresentDocument;
  /** True: see `ErrorFacts`. */
  readonly forgotten?: true;
}

type PresentDocument = ValueDocument & {
  readonly contentType: string;
  readonly meta?: Readonly<Record<string, string>>;
};

const CODE: Schema = component(
  'ErrorCode',
  choice('What went wrong, for programs.', Object.keys(ERROR_TABLE)),
);

export const PROBLEM: Schema = component('Problem', {
  description: 'A problem document (RFC 9457).',
  ...object(
    {
      type: text('`urn:quorate:error:` and the code.', { format: 'uri' }),
      title: text('What the code means.'),
      status: whole('The status of the answer.', 400, 599),
      detail: text('What was wrong here, and what would be right.'),
      code: CODE,
      definite: flag('`false`: the request may have had an effect, or may yet have one.'),
      retry: flag('The same request may be sent again without harm and with hope.'),
    },
    {
      parameter: text('The parameter, header or field that was wrong.'),
      requestId: text('By which the request is known in logs, as in `X-Request-Id`.'),
      reached: listOf({ type: 'string' }, 'Nodes that answered before it was given up.'),
      needed: count('How many answers were needed.'),
      reason: choice('Of a node that is not ready: see `/readyz`.', Object.keys(UNREADY_REASONS)),
      revision: count('Of the value that is there, where a condition did not hold.'),
      version: text('Likewise, in buckets of mode paxos.'),
      present: {
        description: 'The value of this version, where a put with `return=body` asked for it.',
        ...object({ contentType: CONTENT_TYPE_SCHEMA }, VALUE_PROPERTIES),
        ...HAS_VALUE,
      },
      forgotten: {
        description: 'The key does not tell any more whether the write was done, and never will.',
        const: true,
      },
    },
  ),
});

export function problemOf(error: QuorateError, requestId?: string): Problem {
  const { code, status, definite, retry, message, facts } = error;
  return {
    type: `urn:quorate:error:${code}`,
    title: ERROR_TABLE[code].title,
    status,
    detail: message,
    code,
    definite,
    retry,
    ...(requestId !== undefined && { requestId }),
    ...(facts.parameter !== undefined && { parameter: facts.parameter }),
    ...(facts.reached && { reached: facts.reached }),
    ...(facts.needed !== undefined && { needed: facts.needed }),
    ...(facts.reason !== undefined && { reason: facts.reason }),
    ...(facts.revision !== undefined && { revision: facts.revision }),
    ...(facts.version !== undefined && { version: facts.version }),
    ...(facts.present && { present: presentDocument(facts.present) }),
    ...(facts.forgotten === true && { forgotten: true }),
  };
}

function presentDocument({ value, contentType, meta }: PresentValue): PresentDocument {
  return {
    ...valueDocument(value),
    contentType: contentType || DEFAULT_CONTENT_TYPE,
    ...(meta.length > 0 && { meta: Object.fromEntries(meta) }),
  };
}

/** How the version of a value in a raft bucket is told. */
export function revisionHeaders(revision: number): Record<string, string> {
  return { etag: `"${revision}"`, 'x-quorate-revision': String(revision) };
}

/** Likewise, in a paxos bucket. */
export function versionHeaders(version: string): Record<string, string> {
  return { etag: `"${version}"`, 'x-quorate-version': version };
}

/** Told of errors that are nobody's but ours. */
export type OnUnexpected = (error: unknown, requestId?: string) => void;

/** Anything thrown, as an error that a client may see; what is not ours shows nothing of itself. */
export function asQuorateError(error: unknown): QuorateError {
  if (error instanceof QuorateError) return error;
  return new QuorateError('internal', 'the node failed; its log has the reason');
}

export function problemResponse(
  error: QuorateError,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return told({ error, headers });
}

/** An answer that is a problem. */
interface ProblemAnswer {
  readonly error: QuorateError;
  readonly headers: Readonly<Record<string, string>>;
}

const PROBLEMS = new WeakMap<Response, ProblemAnswer>();

/** The answer as it leaves: a problem names its request, whose answer learns what it is. */
export function named(response: Response, outgoing: Observed): Response {
  const problem = PROBLEMS.get(response);
  if (problem === undefined) return response;
  outgoing.problem = problem.error.code;
  return told(problem, outgoing.trace.id);
}

function told({ error, headers }: ProblemAnswer, requestId?: string): Response {
  const problem = problemOf(error, requestId);
  const response = new Response(`${JSON.stringify(problem, null, 2)}\n`, {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(problem.status === 503 && problem.retry && { 'retry-after': String(RETRY_AFTER_S) }),
      ...(problem.revision !== undefined && revisionHeaders(problem.revision)),
      ...(problem.version !== undefined && versionHeaders(problem.version)),
      ...headers,
    },
  });
  PROBLEMS.set(response, { error, headers });
  return response;
}
