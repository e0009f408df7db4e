/**
 * One key of a bucket of mode raft, behind the same paths as in other buckets. Every version
 * has a revision, which is its ETag; writes may have conditions on it.
 */

import { QuorateError } from '../kernel/errors.ts';
import type {
  Bucket,
  Condition,
  QuorateNode,
  RaftWriteResult,
  RevisionedValue,
  WriteContent,
} from '../node/index.ts';
import { RAFT_VALUE_BYTES_MAX } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { DYNAMO_ONLY, readingRaft, writingRaft } from './bucket-mode.ts';
import { conditionOfHeaders } from './conditions.ts';
import { HeldRequest } from './held-request.ts';
import {
  indexParameter,
  type Parameters,
  parseQuery,
  refuseMisplaced,
  returnParameter,
  timeoutParameter,
} from './parameters.ts';
import { problemResponse, versionHeaders } from './problem.ts';
import { CONTEXT_HEADER, hasAlready, oneValue } from './representation.ts';
import { readBody } from './request-body.ts';
import { queryOf } from './request-target.ts';
import { sessionSentBack } from './session-headers.ts';
import { checkContentType, metaOfHeaders } from './value-headers.ts';

export const REVISION_HEADER = 'x-quorate-revision';
const LEASE_HEADER = 'x-quorate-lease';

/** A request to one key, after its target was taken apart. */
export interface RaftTarget {
  readonly node: QuorateNode;
  readonly bucket: Bucket;
  readonly key: Uint8Array;
}

/** What a put brings. */
export interface RaftContent extends WriteContent {
  readonly condition: Condition;
  readonly lease: number | undefined;
}

export async function getRaftKey(c: AppContext, target: RaftTarget): Promise<Response> {
  const parameters = parametersOf(c, ['timeout', 'session']);
  const session = sessionSentBack(c, parameters);
  const found = await readRaft(target, timeoutParameter(parameters));
  if (found === undefined) return problemResponse(noValue(), session);
  const headers = { ...headersOf(found), ...session };
  if (hasAlready(c.env.incoming.headers['if-none-match'], headers.etag ?? '')) {
    return new Response(null, { status: 304, headers });
  }
  return oneValue(found, headers);
}

export async function putRaftKey(c: AppContext, target: RaftTarget): Promise<Response> {
  const parameters = parametersOf(c, ['lease', 'return', 'timeout', 'session']);
  const session = sessionSentBack(c, parameters);
  const returnBody = returnParameter(parameters);
  const content = await readContent(c, target.node, parameters);
  const revision = await writeRaft(target, content, timeoutParameter(parameters));
  const written = { ...content, revision };
  const headers = { ...headersOf(written), ...session };
  return returnBody ? oneValue(written, headers) : new Response(null, { status: 204, headers });
}

export async function deleteRaftKey(c: AppContext, target: RaftTarget): Promise<Response> {
  const parameters = parametersOf(c, ['timeout', 'session']);
  const session = sessionSentBack(c, parameters);
  refuseContext(c);
  const condition = conditionOfHeaders(c.env.incoming.headers);
  const revision = await removeRaft(target, condition, timeoutParameter(parameters));
  // What is gone has no ETag; this is where a watch goes on.
  const headers = { [REVISION_HEADER]: String(revision), ...session };
  return new Response(null, { status: 204, headers });
}

export function readRaft(
  { node, bucket, key }: RaftTarget,
  timeoutMs: number,
): Promise<RevisionedValue | undefined> {
  return readingRaft(node, bucket, (present) => node.raftBuckets.get(present, key, timeoutMs));
}

/** The revision of the value. */
export async function writeRaft(
  { node, bucket, key }: RaftTarget,
  content: RaftContent,
  timeoutMs: number,
): Promise<number> {
  const { revision } = await writingRaft(node, bucket, timeoutMs, (present) =>
    node.raftBuckets.put(present, key, content, timeoutMs),
  );
  return revision as number;
}

/** The revision of the deletion. Throws `not_found` where there was nothing. */
export async function removeRaft(
  { node, bucket, key }: RaftTarget,
  condition: Condition,
  timeoutMs: number,
): Promise<number> {
  const { revision }: RaftWriteResult = await writingRaft(node, bucket, timeoutMs, (present) =>
    node.raftBuckets.delete(present, key, condition, timeoutMs),
  );
  if (revision === undefined) throw noValue();
  return revision;
}

function parametersOf(c: AppContext, allowed: readonly string[]): Parameters {
  return parseQuery(queryOf(c.env.incoming.url ?? '/'), allowed, DYNAMO_ONLY);
}

async function readContent(
  c: AppContext,
  node: QuorateNode,
  parameters: Parameters,
): Promise<RaftContent> {
  const { incoming } = c.env;
  refuseContext(c);
  const condition = conditionOfHeaders(incoming.headers);
  const lease = leaseParameter(parameters);
  const contentType = incoming.headers['content-type'] ?? '';
  checkContentType(contentType);
  const meta = metaOfHeaders(incoming.headers);
  const held = new HeldRequest(c, node);
  const bytesMax = Math.min(node.valueBytesMax, RAFT_VALUE_BYTES_MAX);
  const value = await readBody(incoming, bytesMax, held);
  return { value, contentType, meta, condition, lease };
}

export function leaseParameter(parameters: Parameters): number | undefined {
  return indexParameter(parameters, 'lease', 'the id of a lease that POST /leases granted');
}

function refuseContext(c: AppContext): void {
  if (c.env.incoming.headers[CONTEXT_HEADER] === undefined) return;
  refuseMisplaced('X-Quorate-Context', DYNAMO_ONLY);
}

function headersOf({ revision, lease }: Pick<RevisionedValue, 'revision' | 'lease'>) {
  const headers: Record<string, string> = versionHeaders(revision);
  if (lease !== undefined) headers[LEASE_HEADER] = String(lease);
  return headers;
}

function noValue(): QuorateError {
  return new QuorateError('not_found', 'there is no value under this key');
}
