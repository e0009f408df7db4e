/** One key: GET, HEAD, PUT, DELETE, POST `/kv/{bucket}/{key}` and POST `/kv/{bucket}`. */

import { randomUUID } from 'node:crypto';
import { utf8 } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { percentEncode } from '../kernel/percent.ts';
import { spanned } from '../kernel/trace.ts';
import type { QuorateNode, SiblingObject, WriteContent, WriteResult } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { NOT_OF_DYNAMO, updateUnsupported } from './bucket-mode.ts';
import { conditionUnsupported } from './conditions.ts';
import { HeldRequest, holdAnswer } from './held-request.ts';
import { DELETE_KEY, GET_KEY, POST_VALUE, PUT_KEY, UPDATE_KEY } from './kv-operations.ts';
import { LIST_KEYS } from './list-route.ts';
import { byNode, type Endpoint, queryNamesByMode, type Route } from './openapi/operation.ts';
import {
  levelParameter,
  parseQuery,
  readRepairParameter,
  refuse,
  refuseMisplaced,
  returnParameter,
  sloppyParameter,
  timeoutOfQuery,
  timeoutParameter,
  traceOf,
  valueTtlParameter,
} from './parameters.ts';
import {
  CONTEXT_HEADER,
  type Known,
  QUORUM_HEADER,
  quorumText,
  represent,
} from './representation.ts';
import { readBody } from './request-body.ts';
import { bucketOfPath, keyOfPath, pathOf, queryOf } from './request-target.ts';
import { sessionHeaders, sessionOf } from './session-headers.ts';
import { checkContentType, metaOfHeaders } from './value-headers.ts';
import {
  deleteVersionedKey,
  getVersionedKey,
  IDEMPOTENCY_HEADER,
  putVersionedKey,
  updateVersionedKey,
  type VersionedTarget,
  versionedBucketNamed,
} from './versioned-kv-routes.ts';

const READ: Endpoint = {
  operation: GET_KEY,
  serve: byNode(getKey),
};

export const KEY_ROUTE: Route = {
  path: '/kv/{bucket}/{key}',
  methods: {
    GET: READ,
    HEAD: READ,
    PUT: {
      operation: PUT_KEY,
      serve: byNode(putKey),
    },
    DELETE: {
      operation: DELETE_KEY,
      serve: byNode(deleteKey),
    },
    POST: {
      operation: UPDATE_KEY,
      serve: byNode(postKey),
    },
  },
};

export const KEYS_ROUTE: Route = {
  path: '/kv/{bucket}',
  methods: {
    GET: LIST_KEYS,
    HEAD: LIST_KEYS,
    POST: {
      operation: POST_VALUE,
      serve: byNode(postValue),
    },
  },
};

const READ_PARAMETERS = queryNamesByMode(GET_KEY).dynamo;
const PUT_PARAMETERS = queryNamesByMode(PUT_KEY).dynamo;
const DELETE_PARAMETERS = queryNamesByMode(DELETE_KEY).dynamo;

/** Conditions that a bucket without versions cannot check. */
const CONDITIONS = ['if-match', 'if-none-match', 'if-unmodified-since'];

async function getKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const { bucket, key, query, versioned } = await targetOf(c, node);
  if (versioned !== undefined) return getVersionedKey(c, versioned);
  const parameters = parseQuery(query, READ_PARAMETERS, NOT_OF_DYNAMO);
  const request = {
    bucket,
    key,
    r: levelParameter(parameters, 'r'),
    pr: levelParameter(parameters, 'pr') ?? 0,
    sloppy: sloppyParameter(parameters),
    readRepair: readRepairParameter(parameters),
    session: sessionOf(c, parameters),
  };
  const trace = traceOf(c, parameters);
  const result = await node.read(request, timeoutParameter(parameters), trace);
  holdAnswer(c, node, result.object.siblings);
  return represent(c, result, node.id);
}

async function putKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const { bucket, key, query, versioned } = await targetOf(c, node);
  if (versioned !== undefined) return putVersionedKey(c, versioned);
  return put(c, node, query, bucket, key);
}

async function deleteKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const { bucket, key, query, versioned } = await targetOf(c, node);
  if (versioned !== undefined) return deleteVersionedKey(c, versioned);
  const parameters = parseQuery(query, DELETE_PARAMETERS, NOT_OF_DYNAMO);
  refuseVersioned(c);
  const request = {
    bucket,
    key,
    content: null,
    contexts: contextsOf(c),
    w: levelParameter(parameters, 'w'),
    pw: levelParameter(parameters, 'pw') ?? 0,
    sloppy: sloppyParameter(parameters),
    r: levelParameter(parameters, 'r'),
    returnBody: false,
    session: sessionOf(c, parameters),
  };
  const trace = traceOf(c, parameters);
  const result = await node.write(request, timeoutParameter(parameters), trace);
  return new Response(null, { status: 204, headers: writeHeaders(result, node) });
}

/** Adds to what is there; only some buckets can. */
async function postKey(c: AppContext, node: QuorateNode): Promise<Response> {
  const { bucket, versioned } = await targetOf(c, node);
  if (versioned !== undefined) return updateVersionedKey(c, versioned);
  if (node.bucket(bucket) !== undefined) throw updateUnsupported();
  throw new QuorateError(
    'no_such_bucket',
    `there is no bucket ${JSON.stringify(bucket)}: PUT /buckets/${bucket} with {"mode": "paxos"} makes one whose keys can be added to`,
  );
}

/** Stores a value under a key of the server's choice. */
async function postValue(c: AppContext, node: QuorateNode): Promise<Response> {
  const target = c.env.incoming.url ?? '/';
  const query = queryOf(target);
  const bucket = bucketOfPath(pathOf(target));
  const key = utf8(randomUUID());
  const versioned = await versionedTarget(node, query, bucket, key);
  if (versioned !== undefined) refuseToRepeat(c);
  const response = await (versioned === undefined
    ? put(c, node, query, bucket, key)
    : putVersionedKey(c, versioned));
  const location = `/kv/${bucket}/${percentEncode(key)}`;
  return new Response(response.body, {
    status: 201,
    headers: { ...Object.fromEntries(response.headers), location },
  });
}

async function put(
  c: AppContext,
  node: QuorateNode,
  query: string,
  bucket: string,
  key: Uint8Array,
): Promise<Response> {
  const parameters = parseQuery(query, PUT_PARAMETERS, NOT_OF_DYNAMO);
  refuseVersioned(c);
  const trace = traceOf(c, parameters);
  const request = {
    bucket,
    key,
    contexts: contextsOf(c),
    w: levelParameter(parameters, 'w'),
    pw: levelParameter(parameters, 'pw') ?? 0,
    sloppy: sloppyParameter(parameters),
    r: undefined,
    ttlMs: valueTtlParameter(parameters),
    returnBody: returnParameter(parameters),
    session: sessionOf(c, parameters),
    content: await spanned(trace.begin('body'), readContent(c, node)),
  };
  const result = await node.write(request, timeoutParameter(parameters), trace);
  if (result.object !== undefined) return represent(c, known(result, result.object), node.id);
  return new Response(null, { status: 204, headers: writeHeaders(result, node) });
}

function known({ context, quorum, session }: WriteResult, object: SiblingObject): Known {
  return { context, quorum, object, session };
}

/** `versioned` is there where the bucket is of a mode with versions. */
async function targetOf(c: AppContext, node: QuorateNode) {
  const target = c.env.incoming.url ?? '/';
  const query = queryOf(target);
  const { bucket, key } = keyOfPath(pathOf(target));
  return { bucket, key, query, versioned: await versionedTarget(node, query, bucket, key) };
}

async function versionedTarget(
  node: QuorateNode,
  query: string,
  name: string,
  key: Uint8Array,
): Promise<VersionedTarget | undefined> {
  const versioned = await versionedBucketNamed(node, name, timeoutOfQuery(query));
  return versioned && { node, key, ...versioned };
}

function refuseToRepeat(c: AppContext): void {
  if (c.env.incoming.headers[IDEMPOTENCY_HEADER] === undefined) return;
  throw refuse(
    'Idempotency-Key',
    'means nothing where the server chooses the key, as a repeat would get another one: PUT to a key of your own choice',
  );
}

/** Tokens have no commas, so a repeated header, which arrives joined, is taken apart again. */
function contextsOf(c: AppContext): readonly string[] {
  const header = c.env.incoming.headers[CONTEXT_HEADER];
  if (header === undefined) return [];
  return String(header)
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '');
}

async function readContent(c: AppContext, node: QuorateNode): Promise<WriteContent> {
  const { incoming } = c.env;
  const contentType = incoming.headers['content-type'] ?? '';
  checkContentType(contentType);
  const meta = metaOfHeaders(incoming.headers);
  const held = new HeldRequest(c, node);
  return { value: await readBody(incoming, node.valueBytesMax, held), contentType, meta };
}

/** What only a bucket with versions could heed. */
function refuseVersioned(c: AppContext): void {
  const { headers } = c.env.incoming;
  const condition = CONDITIONS.find((name) => headers[name] !== undefined);
  if (condition !== undefined) throw conditionUnsupported(condition);
  if (headers[IDEMPOTENCY_HEADER] !== undefined) refuseMisplaced('Idempotency-Key', NOT_OF_DYNAMO);
}

function writeHeaders(result: WriteResult, node: QuorateNode): Record<string, string> {
  return {
    [CONTEXT_HEADER]: result.context,
    [QUORUM_HEADER]: quorumText(result.quorum, node.id),
    ...sessionHeaders(result.session),
  };
}
