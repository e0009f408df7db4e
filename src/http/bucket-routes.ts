/** Buckets: GET `/buckets`, and GET, PUT and DELETE `/buckets/{bucket}`. */

import { QuorateError } from '../kernel/errors.ts';
import { TTL_FORM, ttlOf, ttlText } from '../kernel/ttl.ts';
import type {
  Bucket,
  BucketMode,
  BucketSettings,
  ConflictPolicy,
  Level,
  QuorateNode,
} from '../node/index.ts';
import type { AppContext } from './app.ts';
import { ADMIN_BUCKET, READ_BUCKET, READ_CLUSTER } from './declared-access.ts';
import { BUCKET_ERRORS, COMMAND_ERRORS, GROUP_ERRORS } from './declared-errors.ts';
import { LOCATION } from './declared-headers.ts';
import { LEVEL, TIMEOUT, TTL_SCHEMA } from './declared-parameters.ts';
import { type Fields, json, readFields } from './json-document.ts';
import {
  type Answer,
  byNode,
  type Endpoint,
  type Operation,
  type Route,
} from './openapi/operation.ts';
import { choice, component, listOf, object, text, whole } from './openapi/schema.ts';
import { parametersOf, timeoutParameter } from './parameters.ts';
import { bucketOfPath, pathOf } from './request-target.ts';

const BUCKETS = '/buckets/';

const EXAMPLE = '{"mode": "dynamo", "n": 3, "r": "quorum", "w": 2, "conflict": "lww", "ttl": "7d"}';

const SETTINGS = {
  mode: choice('What its keys are like; cannot change. Default: `dynamo`.', [
    'dynamo',
    'paxos',
    'raft',
  ]),
  n: whole('Replicas of a key; cannot change. Default: the replication factor.', 1),
  r: LEVEL,
  w: LEVEL,
  conflict: choice('Whether siblings are kept, or the last write wins.', ['siblings', 'lww']),
  ttl: TTL_SCHEMA,
};

const { mode: MODE, ...OF_SOME_MODES } = SETTINGS;

const BUCKET = component('Bucket', {
  description: 'A bucket. What means nothing in its mode is not there.',
  ...object({ name: text('Its name.'), mode: MODE }, OF_SOME_MODES),
});

const ONE_BUCKET: Answer = {
  description: 'The bucket.',
  content: {
    'application/json': {
      schema: BUCKET,
      example: {
        name: 'carts',
        mode: 'dynamo',
        n: 3,
        r: 'quorum',
        w: 'quorum',
        conflict: 'siblings',
        ttl: 'none',
      },
    },
  },
};

const LIST: Operation = {
  id: 'listBuckets',
  tag: 'Buckets',
  access: READ_CLUSTER,
  summary: 'List the buckets',
  description: 'All that were made, and those of mode dynamo that came with their first write.',
  query: [TIMEOUT],
  answers: {
    200: {
      description: 'The buckets, by name.',
      content: { 'application/json': { schema: object({ buckets: listOf(BUCKET, 'By name.') }) } },
    },
  },
  errors: GROUP_ERRORS,
};

const GET: Operation = {
  id: 'getBucket',
  tag: 'Buckets',
  access: READ_BUCKET,
  summary: 'Look at a bucket',
  description: 'Its mode and its settings.',
  query: [TIMEOUT],
  answers: { 200: ONE_BUCKET },
  errors: BUCKET_ERRORS,
};

const PUT: Operation = {
  id: 'putBucket',
  tag: 'Buckets',
  access: ADMIN_BUCKET,
  summary: 'Make or change a bucket',
  description: 'What is left out stays as it is, or is the default of a new bucket.',
  query: [TIMEOUT],
  body: {
    description: 'The settings; without a body all are defaults.',
    required: false,
    content: {
      'application/json': {
        schema: component('BucketSettings', object({}, SETTINGS)),
        example: JSON.parse(EXAMPLE),
      },
    },
  },
  answers: {
    200: { ...ONE_BUCKET, description: 'The bucket, which was there before.' },
    201: { ...ONE_BUCKET, description: 'The new bucket.', headers: [LOCATION] },
  },
  errors: [
    ...BUCKET_ERRORS,
    ...COMMAND_ERRORS,
    'bad_bucket_settings',
    'bucket_immutable',
    'too_many_buckets',
    'value_too_large',
  ],
};

const DELETE: Operation = {
  id: 'deleteBucket',
  tag: 'Buckets',
  access: ADMIN_BUCKET,
  summary: 'Delete a bucket',
  description:
    'Its keys are out of reach at once and removed in the background. A bucket of the same name that is made later is empty.',
  query: [TIMEOUT],
  answers: { 204: { description: 'It is deleted.' } },
  errors: [...BUCKET_ERRORS, ...COMMAND_ERRORS],
};

const LIST_ALL: Endpoint = {
  operation: LIST,
  serve: byNode(listBuckets),
};
const READ: Endpoint = {
  operation: GET,
  serve: byNode(getBucket),
};

export const BUCKETS_ROUTE: Route = {
  path: '/buckets',
  methods: { GET: LIST_ALL, HEAD: LIST_ALL },
};

export const BUCKET_ROUTE: Route = {
  path: '/buckets/{bucket}',
  methods: {
    GET: READ,
    HEAD: READ,
    PUT: {
      operation: PUT,
      serve: byNode(putBucket),
    },
    DELETE: {
      operation: DELETE,
      serve: byNode(deleteBucket),
    },
  },
};

async function listBuckets(c: AppContext, node: QuorateNode): Promise<Response> {
  const buckets = await node.buckets.list(timeoutOf(c, LIST));
  return json({ buckets: buckets.map(bucketDocument) });
}

async function getBucket(c: AppContext, node: QuorateNode): Promise<Response> {
  return json(bucketDocument(await node.buckets.get(nameOf(c), timeoutOf(c, GET))));
}

/** Makes the bucket, or changes what of it may change; what is left out stays, or is the default. */
async function putBucket(c: AppContext, node: QuorateNode): Promise<Response> {
  const timeoutMs = timeoutOf(c, PUT);
  const name = nameOf(c);
  const settings = settingsOf(await readFields(c.env.incoming, EXAMPLE));
  const { bucket, created } = await node.buckets.put(name, settings, timeoutMs);
  const document = bucketDocument(bucket);
  return created ? json(document, 201, { location: `${BUCKETS}${name}` }) : json(document);
}

async function deleteBucket(c: AppContext, node: QuorateNode): Promise<Response> {
  await node.buckets.delete(nameOf(c), timeoutOf(c, DELETE));
  return new Response(null, { status: 204 });
}

function nameOf(c: AppContext): string {
  return bucketOfPath(pathOf(c.env.incoming.url ?? '/'), BUCKETS);
}

function timeoutOf(c: AppContext, operation: Operation): number {
  return timeoutParameter(parametersOf(c, operation));
}

/** What means nothing in a bucket of its mode is not said of it. */
function bucketDocument({ name, mode, n, r, w, conflict, ttlMs }: Bucket) {
  switch (mode) {
    case 'raft':
      return { name, mode };
    case 'paxos':
      return { name, mode, n, ttl: ttlText(ttlMs) };
    case 'dynamo':
      return { name, mode, n, r, w, conflict, ttl: ttlText(ttlMs) };
  }
}

/** Bounds are the group's to check: they depend on the cluster and on the bucket as it is. */
function settingsOf(fields: Fields): BucketSettings {
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(SETTINGS, name));
  if (unknown !== undefined) {
    throw refuse(unknown, `is not a setting of buckets: use ${Object.keys(SETTINGS).join(', ')}`);
  }
  const { mode, n, r, w, conflict, ttl } = fields;
  return {
    mode: mode === undefined ? undefined : modeOf(mode),
    n: n === undefined ? undefined : countOf('n', n),
    r: r === undefined ? undefined : levelOf('r', r),
    w: w === undefined ? undefined : levelOf('w', w),
    conflict: conflict === undefined ? undefined : conflictOf(conflict),
    ttlMs: ttl === undefined ? undefined : lifetimeOf(ttl),
  };
}

function modeOf(value: unknown): BucketMode {
  if (value === 'dynamo' || value === 'paxos' || value === 'raft') return value;
  throw refuse('mode', 'must be "dynamo", "paxos" or "raft"');
}

function conflictOf(value: unknown): ConflictPolicy {
  if (value === 'siblings' || value === 'lww') return value;
  throw refuse('conflict', 'must be "siblings" or "lww"');
}

function lifetimeOf(value: unknown): number | 'none' {
  const ttlMs = ttlOf(value);
  if (ttlMs !== undefined) return ttlMs;
  throw refuse('ttl', `must be ${TTL_FORM}`);
}

function countOf(name: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  throw refuse(name, 'must be a whole number from 1');
}

function levelOf(name: string, value: unknown): Level {
  if (value === 'one' || value === 'quorum' || value === 'all') return value;
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  throw refuse(name, 'must be a whole number from 1, or "one", "quorum" or "all"');
}

function refuse(parameter: string, problem: string): QuorateError {
  const shown = JSON.stringify(parameter.slice(0, 100));
  return new QuorateError('bad_bucket_settings', `${shown} ${problem}`, { parameter });
}
