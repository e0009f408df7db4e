/** Headers of answers, each declared once: see openapi/operation.ts. */

import type { AnswerHeader } from './openapi/operation.ts';
import type { Schema } from './openapi/schema.ts';
import { TRACE_SCHEMA } from './trace-headers.ts';

function header(name: string, description: string, schema?: Schema): AnswerHeader {
  return { name, description, schema: schema ?? { type: 'string' } };
}

/** Of a value of this form. */
function formed(name: string, description: string, pattern: string): AnswerHeader {
  return header(name, description, { type: 'string', pattern });
}

const NUMBER = '^\\d+$';

/** In every such answer. */
export function always(answer: AnswerHeader): AnswerHeader {
  return { ...answer, required: true };
}

export const CONTEXT_TOLD = header(
  'X-Quorate-Context',
  'Stands for all that this answer has shown or written. Sent along with a write, it is what the write replaces. Buckets of mode dynamo only.',
);

export const QUORUM_TOLD = formed(
  'X-Quorate-Quorum',
  'How many answers were needed, which nodes were counted (`n4 for n2`: n4 stood in for n2), which one coordinated, and which one forwarded where that was another. Buckets of mode dynamo and paxos.',
  '^needed=\\d+; reached=[^;]*; coordinator=[^;]+(; forwarded_by=[^;]+)?$',
);

export const EPOCH_TOLD = formed(
  'X-Quorate-Epoch',
  'Of the cluster, as this node knows it: a client that knows an earlier one may know an old ring. From when the ring is drawn.',
  NUMBER,
);

export const SESSION_TOLD = header(
  'X-Quorate-Session',
  'The token of the session, for its next request. Where a request asked for a session.',
);

const SESSION_DROPPED = formed(
  'X-Quorate-Session-Dropped',
  'So many keys the token no longer remembers, as it would have become too large.',
  '^[1-9]\\d*$',
);

const SESSION_TRUNCATED = header(
  'X-Quorate-Session-Truncated',
  'What the value’s writer had seen was remembered in part only.',
  { type: 'string', const: 'true' },
);

/** Of requests in sessions. */
export const SESSION_HEADERS = [SESSION_TOLD, SESSION_DROPPED, SESSION_TRUNCATED];

export const ETAG = formed('ETag', 'The version of what is there.', '^"[^"]+"$');

export const EXPIRES_AT = header(
  'X-Quorate-Expires-At',
  'When the value will be gone, where there is such a time.',
  { type: 'string', format: 'date-time' },
);

export const REVISION = formed(
  'X-Quorate-Revision',
  'The revision of the value, or of its deletion, from which a watch may go on. Buckets of mode raft.',
  NUMBER,
);

export const VERSION = formed(
  'X-Quorate-Version',
  'The version of the value, or of its deletion. Buckets of mode paxos.',
  '^\\d+(\\.\\d+){3}$',
);

export const LEASE_TOLD = formed(
  'X-Quorate-Lease',
  'The lease that the key goes with, where there is one. Buckets of mode raft.',
  NUMBER,
);

export const META_TOLD = header(
  'X-Quorate-Meta-*',
  'The client’s annotations of the value: headers whose names begin so.',
);

export const LOCATION = always(header('Location', 'Where it is.'));

export const ALLOW = always(header('Allow', 'The methods that the path takes.'));

export const CHALLENGE = header(
  'WWW-Authenticate',
  'What is wrong with the token, where one is asked for (RFC 6750).',
);

export const RETRY_AFTER = formed(
  'Retry-After',
  'Seconds to wait before the request is sent again, where that may help.',
  NUMBER,
);

export const REQUEST_ID_TOLD = formed(
  'X-Request-Id',
  'By which the request is known in logs: the client’s own, or one that the node made.',
  '^[A-Za-z0-9_.:/+=@-]{1,128}$',
);

export const TRACE_RESPONSE = formed(
  'traceresponse',
  'The span of the request (W3C Trace Context), where the node has a collector of spans.',
  '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$',
);

const TRACE_TOLD = header(
  'X-Quorate-Trace',
  'What the request made nodes do until its answer began, as JSON. With `trace=true`.',
  { type: 'string', contentMediaType: 'application/json', contentSchema: TRACE_SCHEMA },
);

const SERVER_TIMING = header(
  'Server-Timing',
  'The times of the same, for the developer tools of browsers. With `trace=true`.',
);

export const RELAYED_BY_TOLD = header(
  'X-Quorate-Relayed-By',
  'The node that carried the request, whose answer this is not.',
);

/** Of requests that may be traced. */
export const TRACE_HEADERS = [TRACE_TOLD, SERVER_TIMING];

export const CONTENT_SECURITY_POLICY = always(
  header('Content-Security-Policy', 'What of it may be loaded and run: nothing of elsewhere.'),
);

export const SANDBOX = header(
  'Content-Security-Policy',
  'With a value, as its writer chose the type: no browser runs anything in it, or takes it for a page of this node.',
  { type: 'string', const: 'sandbox' },
);

/** In every answer: no browser makes of a body something else than its Content-Type says. */
export const TAKEN_AS_DECLARED = { 'x-content-type-options': 'nosniff' };

export const NO_SNIFFING = always(
  header('X-Content-Type-Options', 'The body is of its Content-Type, and of no other.', {
    type: 'string',
    const: 'nosniff',
  }),
);
