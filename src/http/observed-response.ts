/**
 * The answers of the client port, each with what is known of its request: when it came, what it
 * is called, and what it made the nodes do. All that is told of requests beside their answers
 * (ids, traces, log lines, spans) is told here, when an answer begins.
 */

import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ObservedRequest, RequestObserver } from '../kernel/request-observer.ts';
import { Trace } from '../kernel/trace.ts';
import type { AnswerCounts } from './answer-counts.ts';
import { TAKEN_AS_DECLARED } from './declared-headers.ts';
import { QUORUM_HEADER } from './representation.ts';
import type { RequestLog } from './request-log.ts';
import { idOfRequest, parentOf, REQUEST_ID_HEADER, routeNameOf } from './request-names.ts';
import { traceHeaders } from './trace-headers.ts';

export interface Observation {
  /** The name of this node. */
  readonly node: string;
  readonly log: RequestLog;
  readonly counts: AnswerCounts;
  /** Where somebody collects spans. */
  readonly observer?: RequestObserver | undefined;
  /** Answers that begin after it was given close their connections. */
  readonly closing: AbortSignal;
}

export interface Observed {
  readonly trace: Trace;
  /** The code of the problem that is the answer. */
  problem: string | undefined;
}

export function observedResponses(observation: Observation): typeof ServerResponse {
  const { log, counts, closing } = observation;
  return class<Request extends IncomingMessage>
    extends ServerResponse<Request>
    implements Observed
  {
    readonly #begun = begin(observation, this.req, this);
    readonly trace = this.#begun.trace;
    problem: string | undefined;

    override writeHead(status: number, ...rest: readonly unknown[]): this {
      const { trace, problem } = this;
      const given = rest.at(-1);
      const fields = (typeof given === 'object' ? given : undefined) as OutgoingHttpHeaders;
      const told: OutgoingHttpHeaders = {
        ...fields,
        ...TAKEN_AS_DECLARED,
        [REQUEST_ID_HEADER]: trace.id,
      };
      const { observed } = this.#begun;
      if (observed !== undefined) {
        observed.answered({ status, problem, trace });
        Object.assign(told, observed.headers);
      }
      if (trace.shown) Object.assign(told, traceHeaders(trace.document()));
      const { method, url: target } = this.req;
      const quorum = told[QUORUM_HEADER] as string | undefined;
      log.answered({ method, target, status, code: problem, quorum, trace });
      counts.answered(status, problem);
      if (closing.aborted) this.setHeader('connection', 'close');
      const [reason] = rest;
      if (typeof reason === 'string') return super.writeHead(status, reason, told);
      return super.writeHead(status, told);
    }
  };
}

const now = () => performance.now();

interface Begun {
  readonly trace: Trace;
  readonly observed: ObservedRequest | undefined;
}

function begin(
  { node, log, observer }: Observation,
  { method = '', url = '/', headers, httpVersion }: IncomingMessage,
  outgoing: ServerResponse,
): Begun {
  const parent = parentOf(headers);
  const observed = observer?.begin(() => ({
    method,
    ...routeNameOf(url),
    httpVersion,
    parent,
  }));
  // One that never begins to be answered has ended all the same.
  if (observed !== undefined) outgoing.once('close', () => observed.abandoned());
  const id = idOfRequest(headers, parent ?? observed);
  const recording = log.watches || observed !== undefined;
  const trace = new Trace({ id, node, now, recording });
  if (observed !== undefined) trace.want();
  return { trace, observed };
}
