/** What `POST /batch` declares of itself: see batch-route.ts. */

import { READ_ANY } from './declared-access.ts';
import { LIST_ERRORS, VALUE_ERRORS } from './declared-errors.ts';
import { EPOCH_TOLD } from './declared-headers.ts';
import { LEVEL, PRIMARY_LEVEL, TIMEOUT, TTL_SCHEMA } from './declared-parameters.ts';
import { KEY_PROPERTIES } from './list-route.ts';
import type { Operation } from './openapi/operation.ts';
import {
  choice,
  component,
  count,
  either,
  flag,
  listOf,
  object,
  type Schema,
  text,
  whole,
} from './openapi/schema.ts';
import { PROBLEM } from './problem.ts';
import { EXPIRY_SCHEMA } from './representation.ts';
import { CONTENT_TYPE_SCHEMA, HAS_VALUE, VALUE_PROPERTIES } from './value-document.ts';

export const BATCH_OPERATIONS_MAX = 1_000;

const VERSIONS: Schema = either(
  'A version as the mode of the bucket has it (in raft buckets a number), a list of them, or `*`.',
  { type: ['string', 'integer'] },
  { type: 'array', items: { type: ['string', 'integer'] } },
);

const OPERATION: Schema = component('BatchOperation', {
  description:
    'One operation. Which fields go with it depends on `op` and on the mode of the bucket, as parameters and headers of requests for one key do.',
  ...object(
    {
      op: choice('`increment` and `append` are for buckets of mode paxos and raft.', [
        'get',
        'put',
        'delete',
        'increment',
        'append',
      ]),
      bucket: text('The name of the bucket.'),
    },
    {
      ...KEY_PROPERTIES,
      ...VALUE_PROPERTIES,
      contentType: CONTENT_TYPE_SCHEMA,
      context: text('What the write replaces: see `X-Quorate-Context`.'),
      r: LEVEL,
      w: LEVEL,
      pr: PRIMARY_LEVEL,
      pw: PRIMARY_LEVEL,
      sloppy: flag('Whether other nodes may stand in for replicas.'),
      readRepair: choice('See `read_repair`.', ['async', 'blocking', 'off']),
      ttl: TTL_SCHEMA,
      lease: count('The key goes when this lease ends.'),
      by: whole('What an increment adds.', -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
      ifMatch: VERSIONS,
      ifNoneMatch: VERSIONS,
      idempotencyKey: text('See `Idempotency-Key`.'),
    },
  ),
  oneOf: [{ required: ['key'] }, { required: ['keyBase64'] }],
});

const VALUE: Schema = component('BatchValue', {
  description: 'A value that was read.',
  ...object(
    { contentType: CONTENT_TYPE_SCHEMA },
    {
      ...VALUE_PROPERTIES,
      wallTime: text('When it was written; buckets of mode dynamo.', { format: 'date-time' }),
      dot: text('The write that it is from; buckets of mode dynamo.'),
      expiresAt: EXPIRY_SCHEMA,
      lease: count('The lease that the key goes with; buckets of mode raft.'),
    },
  ),
  ...HAS_VALUE,
});

const RESULT: Schema = component('BatchResult', {
  description: 'What became of one operation.',
  ...object(
    { status: whole('As the status of a request for one key.', 200, 599) },
    {
      context: text('As in `X-Quorate-Context`.'),
      etag: text('As in `ETag`.'),
      revision: count('Of a value in a raft bucket, or of its deletion.'),
      version: text('Likewise, in a paxos bucket.'),
      number: { type: 'integer', description: 'What an increment came to.' },
      siblings: listOf(VALUE, 'Of a get: the values.', { minItems: 1 }),
      problem: PROBLEM,
    },
  ),
});

export const RUN_BATCH: Operation = {
  id: 'runBatch',
  tag: 'Listing',
  // Each operation is judged by itself: see `demandBucket`.
  access: READ_ANY,
  summary: 'Many operations in one request',
  description: `Up to ${BATCH_OPERATIONS_MAX.toLocaleString('en')} operations, each for itself: it succeeds or fails alone, and its result stands in its place. A batch is no transaction; operations on one key run side by side.`,
  query: [TIMEOUT],
  body: {
    description: 'The operations.',
    required: true,
    content: {
      'application/json': {
        schema: object({
          operations: listOf(OPERATION, 'In any order.', { maxItems: BATCH_OPERATIONS_MAX }),
        }),
        example: {
          operations: [
            { op: 'put', bucket: 'carts', key: 'dave', value: 'tea' },
            { op: 'get', bucket: 'carts', key: 'alice', r: 1 },
          ],
        },
      },
    },
  },
  answers: {
    200: {
      description: 'A result for each operation, in their order.',
      headers: [EPOCH_TOLD],
      content: {
        'application/json': {
          schema: object({ results: listOf(RESULT, 'In the order of the operations.') }),
          example: { results: [{ status: 204, context: 'AQIDBA' }, { status: 404 }] },
        },
      },
    },
  },
  errors: [...LIST_ERRORS, ...VALUE_ERRORS],
};
