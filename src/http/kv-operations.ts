/** What the routes of one key declare of themselves: see kv-routes.ts and versioned-kv-routes.ts. */

import { READ_BUCKET, WRITE_BUCKET } from './declared-access.ts';
import { READ_ERRORS, VALUE_ERRORS, WRITE_ERRORS } from './declared-errors.ts';
import {
  always,
  CONTEXT_TOLD,
  ETAG,
  EXPIRES_AT,
  LEASE_TOLD,
  LOCATION,
  META_TOLD,
  QUORUM_TOLD,
  REVISION,
  SANDBOX,
  SESSION_HEADERS,
  VERSION,
} from './declared-headers.ts';
import {
  BY,
  CONTEXT_SENT,
  IDEMPOTENCY_KEY,
  IF_MATCH,
  IF_NONE_MATCH,
  IF_NONE_MATCH_READ,
  LEASE,
  META_SENT,
  OP,
  PR,
  PW,
  R,
  READ_REPAIR,
  RETURN_BODY,
  SESSION,
  SESSION_SENT,
  SLOPPY,
  TIMEOUT,
  TRACE,
  UPDATE_TTL,
  VALUE_TTL,
  W,
} from './declared-parameters.ts';
import type { Answer, Body, Operation } from './openapi/operation.ts';
import { SIBLINGS } from './representation.ts';

const WRITE_HEADERS = [
  CONTEXT_TOLD,
  QUORUM_TOLD,
  VERSION,
  REVISION,
  LEASE_TOLD,
  ...SESSION_HEADERS,
];
const VALUE_HEADERS = [...WRITE_HEADERS, always(ETAG), EXPIRES_AT, META_TOLD, SANDBOX];

/** Where there is nothing, or something else. */
const PROBLEM_HEADERS = {
  404: [CONTEXT_TOLD, QUORUM_TOLD, ...SESSION_HEADERS],
  412: [ETAG, VERSION, REVISION],
};

const ANY_BYTES = { '*/*': { example: 'milk' } };

const ONE_VALUE: Answer = {
  description: 'The value, as it was put: its bytes under its own Content-Type.',
  headers: VALUE_HEADERS,
  content: ANY_BYTES,
};

const SEVERAL_VALUES: Answer = {
  description:
    'Siblings: values that were written without knowing of each other. A write with the context of this answer replaces them all. Buckets of mode dynamo only.',
  headers: [always(CONTEXT_TOLD), always(QUORUM_TOLD), ...SESSION_HEADERS, always(ETAG), SANDBOX],
  content: {
    'application/json': {
      schema: SIBLINGS,
      example: {
        siblings: [
          {
            value: 'milk',
            contentType: 'text/plain',
            wallTime: '2026-01-31T12:00:00.000Z',
            dot: '1.1:17',
          },
          {
            value: 'bread',
            contentType: 'text/plain',
            wallTime: '2026-01-31T12:00:01.000Z',
            dot: '2.1:9',
          },
        ],
      },
    },
    'multipart/mixed': {},
  },
};

const WRITTEN: Answer = { description: 'Done.', headers: [...WRITE_HEADERS, ETAG] };

const VALUE_BODY: Body = {
  description: 'The value: any bytes. Its Content-Type is kept with it.',
  required: false,
  content: ANY_BYTES,
};

export const GET_KEY: Operation = {
  id: 'getKey',
  tag: 'Keys',
  access: READ_BUCKET,
  summary: 'Read a key',
  description:
    'One value comes as itself, with the Content-Type it was put with. In buckets of mode dynamo there may be several (`300`, as JSON, or as parts to who sends `Accept: multipart/mixed`), and `X-Quorate-Context` stands for what was shown.\n\nBuckets of mode paxos and raft are read linearizably; `ETag` is the version that conditions of writes compare.',
  query: [R, PR, SLOPPY, READ_REPAIR, TIMEOUT, SESSION, TRACE],
  headers: [IF_NONE_MATCH_READ, SESSION_SENT],
  answers: {
    200: ONE_VALUE,
    300: SEVERAL_VALUES,
    304: { description: 'The client has this version already.', headers: VALUE_HEADERS },
  },
  errors: READ_ERRORS,
  problemHeaders: PROBLEM_HEADERS,
};

export const PUT_KEY: Operation = {
  id: 'putKey',
  tag: 'Keys',
  access: WRITE_BUCKET,
  summary: 'Write a key',
  description:
    'Stores the body with its Content-Type and annotations.\n\nIn buckets of mode dynamo a write replaces what its context has seen; without a context it has seen nothing, and adds a sibling. In the others it replaces the value, and may have a condition.\n\n`503` with `"definite": false` says that the write may have been done, or may yet be.',
  query: [W, PW, SLOPPY, RETURN_BODY, TIMEOUT, VALUE_TTL, LEASE, SESSION, TRACE],
  headers: [CONTEXT_SENT, SESSION_SENT, IF_MATCH, IF_NONE_MATCH, IDEMPOTENCY_KEY, META_SENT],
  body: VALUE_BODY,
  answers: {
    200: { ...ONE_VALUE, description: 'Done; what a read would find now. With `return=body`.' },
    204: WRITTEN,
    300: { ...SEVERAL_VALUES, description: `Done. ${SEVERAL_VALUES.description}` },
  },
  errors: VALUE_ERRORS,
  problemHeaders: PROBLEM_HEADERS,
};

export const DELETE_KEY: Operation = {
  id: 'deleteKey',
  tag: 'Keys',
  access: WRITE_BUCKET,
  summary: 'Delete a key',
  description:
    'In buckets of mode dynamo it deletes what its context has seen; without one, what a quorum knows. In the others it deletes the value, and may have a condition.',
  query: [W, PW, R, SLOPPY, TIMEOUT, SESSION, TRACE],
  headers: [CONTEXT_SENT, SESSION_SENT, IF_MATCH, IF_NONE_MATCH, IDEMPOTENCY_KEY],
  answers: { 204: { description: 'Done.', headers: WRITE_HEADERS } },
  errors: WRITE_ERRORS,
  problemHeaders: PROBLEM_HEADERS,
};

export const UPDATE_KEY: Operation = {
  id: 'updateKey',
  tag: 'Keys',
  access: WRITE_BUCKET,
  summary: 'Add to a value in one step',
  description:
    'Buckets of mode paxos and raft. `increment` counts from 0 in decimal digits; `append` puts the body behind what is there.',
  query: [OP, BY, UPDATE_TTL, TIMEOUT, SESSION, TRACE],
  headers: [SESSION_SENT, IF_MATCH, IF_NONE_MATCH, IDEMPOTENCY_KEY],
  body: {
    description: 'What is appended; an increment has no body.',
    required: false,
    content: { '*/*': {} },
  },
  answers: {
    200: {
      description: 'What an increment came to.',
      headers: [...WRITE_HEADERS, always(ETAG), always(SANDBOX)],
      content: { 'text/plain': { schema: { type: 'string', pattern: '^-?\\d+$' }, example: '35' } },
    },
    204: { ...WRITTEN, description: 'Appended.' },
  },
  errors: [...VALUE_ERRORS, 'not_a_number', 'out_of_range'],
  problemHeaders: { ...PROBLEM_HEADERS, 409: [ETAG, VERSION, REVISION] },
};

export const POST_VALUE: Operation = {
  id: 'postValue',
  tag: 'Keys',
  access: WRITE_BUCKET,
  summary: 'Write under a new key',
  description: 'Stores the body under a key that the node chooses, a random UUID.',
  query: PUT_KEY.query ?? [],
  headers: [CONTEXT_SENT, SESSION_SENT, IF_MATCH, IF_NONE_MATCH, META_SENT],
  body: VALUE_BODY,
  answers: {
    201: {
      description: 'Done. With `return=body` the value comes along.',
      headers: [LOCATION, ...WRITE_HEADERS, ETAG, EXPIRES_AT, META_TOLD, SANDBOX],
      content: ANY_BYTES,
    },
  },
  errors: VALUE_ERRORS,
  problemHeaders: PROBLEM_HEADERS,
};
