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
import { type Fields, json, readFields } from './json-document.ts';
import { parseQuery, timeoutParameter } from './parameters.ts';
import { bucketOfPath, pathOf, queryOf } from './request-target.ts';

const BUCKETS = '/buckets/';

export async function listBuckets(c: AppContext, node: QuorateNode): Promise<Response> {
  const buckets = await node.buckets.list(timeoutOf(c));
  return json({ buckets: buckets.map(bucketDocument) });
}

export async function getBucket(c: AppContext, node: QuorateNode): Promise<Response> {
  return json(bucketDocument(await node.buckets.get(nameOf(c), timeoutOf(c))));
}

/** Makes the bucket, or changes what of it may change; what is left out stays, or is the default. */
export async function putBucket(c: AppContext, node: QuorateNode): Promise<Response> {
  const timeoutMs = timeoutOf(c);
  const name = nameOf(c);
  const settings = settingsOf(await readFields(c.env.incoming, EXAMPLE));
  const { bucket, created } = await node.buckets.put(name, settings, timeoutMs);
  const document = bucketDocument(bucket);
  return created ? json(document, 201, { location: `${BUCKETS}${name}` }) : json(document);
}

export async function deleteBucket(c: AppContext, node: QuorateNode): Promise<Response> {
  await node.buckets.delete(nameOf(c), timeoutOf(c));
  return new Response(null, { status: 204 });
}

function nameOf(c: AppContext): string {
  return bucketOfPath(pathOf(c.env.incoming.url ?? '/'), BUCKETS);
}

function timeoutOf(c: AppContext): number {
  return timeoutParameter(parseQuery(queryOf(c.env.incoming.url ?? '/'), ['timeout']));
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

const EXAMPLE = '{"mode": "dynamo", "n": 3, "r": "quorum", "w": 2, "conflict": "lww", "ttl": "7d"}';
const SETTINGS = ['mode', 'n', 'r', 'w', 'conflict', 'ttl'];

/** Bounds are the group's to check: they depend on the cluster and on the bucket as it is. */
function settingsOf(fields: Fields): BucketSettings {
  const unknown = Object.keys(fields).find((name) => !SETTINGS.includes(name));
  if (unknown !== undefined) {
    throw refuse(unknown, `is not a setting of buckets: use ${SETTINGS.join(', ')}`);
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
