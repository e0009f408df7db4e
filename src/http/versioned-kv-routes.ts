/**
 * One key of a bucket of mode paxos or raft, behind the same paths as in other buckets. Every
 * value has a version, which is its ETag; writes may have conditions on it (RFC 9110, section
 * 13.1), and an Idempotency-Key under which they run once.
 */

import { utf8 } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { spanned, type Trace } from '../kernel/trace.ts';
import type { Bucket, BucketMode, QuorateNode, WriteContent } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { bucketNamed } from './bucket-mode.ts';
import { conditionOfHeaders } from './conditions.ts';
import { HeldRequest, holdAnswer } from './held-request.ts';
import { DELETE_KEY, GET_KEY, PUT_KEY, UPDATE_KEY } from './kv-operations.ts';
import { queryNamesByMode } from './openapi/operation.ts';
import {
  addendParameter,
  leaseParameter,
  operationParameter,
  type Parameters,
  parseQuery,
  refuse,
  refuseMisplaced,
  returnParameter,
  timeoutParameter,
  traceOf,
  valueTtlParameter,
} from './parameters.ts';
import { PAXOS_KEYS } from './paxos-keys.ts';
import { problemResponse } from './problem.ts';
import { RAFT_KEYS } from './raft-keys.ts';
import { CONTEXT_HEADER, hasAlready, oneValue } from './representation.ts';
import { readBody } from './request-body.ts';
import { queryOf } from './request-target.ts';
import { type SessionBesideVersions, sessionBesideVersions } from './session-headers.ts';
import { checkContentType, metaOfHeaders } from './value-headers.ts';
import type { KeyChange, Update, VersionedKey, VersionedMode } from './versioned-key.ts';

export const IDEMPOTENCY_HEADER = 'idempotency-key';

const GET_PARAMETERS = queryNamesByMode(GET_KEY);
const PUT_PARAMETERS = queryNamesByMode(PUT_KEY);
const DELETE_PARAMETERS = queryNamesByMode(DELETE_KEY);
const UPDATE_PARAMETERS = queryNamesByMode(UPDATE_KEY);

/** A bucket, and how requests to it are carried out. */
export interface VersionedBucket {
  readonly bucket: Bucket;
  readonly mode: VersionedMode;
}

/** Undefined where the bucket is of mode dynamo, or there is none. Throws as `bucketNamed` does. */
export async function versionedBucketNamed(
  node: QuorateNode,
  name: string,
  timeoutMs: number,
): Promise<VersionedBucket | undefined> {
  const bucket = await bucketNamed(node, name, timeoutMs);
  switch (bucket?.mode) {
    case 'paxos':
      return { bucket, mode: PAXOS_KEYS };
    case 'raft':
      return { bucket, mode: RAFT_KEYS };
    default:
      return undefined;
  }
}

/** A request to one key, after its target was taken apart. */
export type VersionedTarget = VersionedKey & VersionedBucket;

export async function getVersionedKey(c: AppContext, target: VersionedTarget): Promise<Response> {
  const { parameters, causal, sentBack, trace } = requestOf(c, target, GET_PARAMETERS);
  const found = await target.mode.get(target, timeoutParameter(parameters), { causal, trace });
  const { content } = found;
  const headers = { ...found.headers, ...sentBack };
  if (content === undefined) return problemResponse(noValue(), headers);
  if (hasAlready(c.env.incoming.headers['if-none-match'], headers.etag ?? '')) {
    return new Response(null, { status: 304, headers });
  }
  holdAnswer(c, target.node, [content]);
  return oneValue(content, headers);
}

export async function putVersionedKey(c: AppContext, target: VersionedTarget): Promise<Response> {
  const { mode } = target;
  const { parameters, causal, sentBack, trace } = requestOf(c, target, PUT_PARAMETERS);
  const returnBody = returnParameter(parameters);
  const asked = {
    type: 'put' as const,
    causal,
    ...writeOf(c, target),
    ttlMs: valueTtlParameter(parameters),
    lease: leaseParameter(parameters),
    content: await spanned(trace.begin('body'), readContent(c, target)),
    // What a session sees goes into its token, and a problem has none.
    showsPresent: returnBody && causal === undefined,
  };
  const changed = await holdingPresent(c, target, () =>
    mode.change(target, asked, timeoutParameter(parameters), trace),
  );
  const headers = { ...changed.headers, ...sentBack };
  return returnBody ? oneValue(asked.content, headers) : done(headers);
}

/** A problem may have a value in it. */
async function holdingPresent<Result>(
  c: AppContext,
  { node }: VersionedTarget,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const present = error instanceof QuorateError ? error.facts.present : undefined;
    if (present !== undefined) holdAnswer(c, node, [present]);
    throw error;
  }
}

export async function deleteVersionedKey(
  c: AppContext,
  target: VersionedTarget,
): Promise<Response> {
  const { parameters, causal, sentBack, trace } = requestOf(c, target, DELETE_PARAMETERS);
  const asked = { type: 'delete' as const, causal, ...writeOf(c, target) };
  const { headers } = await target.mode.change(target, asked, timeoutParameter(parameters), trace);
  return done({ ...headers, ...sentBack });
}

/** POST with `op`: adds to a number, or to the end of a value. */
export async function updateVersionedKey(
  c: AppContext,
  target: VersionedTarget,
): Promise<Response> {
  const { mode } = target;
  const { parameters, causal, sentBack, trace } = requestOf(c, target, UPDATE_PARAMETERS);
  const write = writeOf(c, target);
  const asked = { causal, ...write, ...(await updateOf(c, target, parameters)) };
  const changed = await mode.change(target, asked, timeoutParameter(parameters), trace);
  const { number } = changed;
  const headers = { ...changed.headers, ...sentBack };
  if (number === undefined) return done(headers);
  return oneValue({ value: utf8(String(number)), contentType: 'text/plain', meta: [] }, headers);
}

async function updateOf(
  c: AppContext,
  target: VersionedTarget,
  parameters: Parameters,
): Promise<Update> {
  const type = operationParameter(parameters);
  const by = addendParameter(parameters);
  const ttlMs = valueTtlParameter(parameters);
  if (type === 'increment') return { type, by: by ?? 1, ttlMs };
  if (by !== undefined) throw refuse('by', 'is for op=increment: what is appended is the body');
  const { value: bytes, contentType, meta } = await readContent(c, target);
  if (meta.length > 0) throw refuse('X-Quorate-Meta', 'is for puts: what is appended has none');
  return { type, bytes, contentType, ttlMs };
}

interface VersionedRequest extends SessionBesideVersions {
  readonly parameters: Parameters;
  readonly trace: Trace;
}

function requestOf(
  c: AppContext,
  { bucket, mode }: VersionedTarget,
  allowed: Readonly<Record<BucketMode, readonly string[]>>,
): VersionedRequest {
  const query = queryOf(c.env.incoming.url ?? '/');
  const parameters = parseQuery(query, allowed[bucket.mode], mode.misplaced);
  const trace = traceOf(c, parameters);
  return { parameters, trace, ...sessionBesideVersions(c, parameters, mode.carriesSessions) };
}

/** What the headers of a write say of it. */
function writeOf(
  c: AppContext,
  { node, mode }: VersionedTarget,
): Pick<KeyChange, 'condition' | 'requestId'> {
  const { headers } = c.env.incoming;
  if (headers[CONTEXT_HEADER] !== undefined) refuseMisplaced('X-Quorate-Context', mode.misplaced);
  const key = headers[IDEMPOTENCY_HEADER];
  return {
    condition: conditionOfHeaders(headers),
    requestId: key === undefined ? undefined : node.requestIdOf(unquoted(String(key))),
  };
}

/** As a structured field a text has quotes (RFC 8941); many send it without. */
function unquoted(text: string): string {
  return /^"(.*)"$/.exec(text)?.[1] ?? text;
}

async function readContent(c: AppContext, { node, mode }: VersionedTarget): Promise<WriteContent> {
  const { incoming } = c.env;
  const contentType = incoming.headers['content-type'] ?? '';
  checkContentType(contentType);
  const meta = metaOfHeaders(incoming.headers);
  const held = new HeldRequest(c, node);
  const value = await readBody(incoming, mode.valueBytesMax(node), held);
  return { value, contentType, meta };
}

function done(headers: Readonly<Record<string, string>>): Response {
  return new Response(null, { status: 204, headers });
}

function noValue(): QuorateError {
  return new QuorateError('not_found', 'there is no value under this key');
}
