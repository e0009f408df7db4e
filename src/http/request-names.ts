/** By what a request is known: its id, the trace that it is part of, and its route. */

import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { TraceParent } from '../kernel/request-observer.ts';
import { KEY_ROUTE, KEYS_ROUTE } from './kv-routes.ts';
import type { Route } from './openapi/operation.ts';
import { isKeyPath, KV, pathOf } from './request-target.ts';
import { ROUTES, ROUTES_BY_PATTERN } from './routes.ts';

export const REQUEST_ID_HEADER = 'x-request-id';

/** What can stand in a header, a log and a document without being taken for something else. */
const REQUEST_ID = /^[\w.:/+=@-]{1,128}$/;

/** Counting is cheaper than chance, and a short id costs less on its way. */
const PROCESS = randomBytes(6).toString('hex');
let made = 0;

/** The client's own where it is one, else that of the trace that the request is part of. */
export function idOfRequest(
  headers: IncomingHttpHeaders,
  parent: Pick<TraceParent, 'traceId'> | undefined,
): string {
  const given = headers[REQUEST_ID_HEADER];
  if (typeof given === 'string' && REQUEST_ID.test(given)) return given;
  return parent?.traceId ?? `${PROCESS}-${(made++).toString(36)}`;
}

/** W3C Trace Context: later versions may have more behind what is read here, and ff is none. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
const ZEROS = /^0+$/;

/** Undefined where the header is missing or malformed. */
export function parentOf(headers: IncomingHttpHeaders): TraceParent | undefined {
  const given = headers.traceparent;
  if (typeof given !== 'string') return undefined;
  const [, traceId = '0', spanId = '0', flags = '0'] = TRACEPARENT.exec(given) ?? [];
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** What a request is for, without anything that only its client should know. */
export interface RouteName {
  /** Low in cardinality: `/kv/{bucket}/{key}`. */
  readonly route: string;
  readonly bucket?: string;
  /** As it came in, encoded: not to be told as it is. */
  readonly encodedKey?: string;
}

const isNamed = ({ path }: Route) => path.includes('{');

const PLAIN: ReadonlySet<string> = new Set(
  ROUTES.filter((route) => !isNamed(route)).map(({ path }) => path),
);

interface NamedPath {
  readonly path: string;
  /** Up to the first name in it. */
  readonly before: string;
}

const KEY: NamedPath = { path: KEY_ROUTE.path, before: KV };

/** Those with a name at their end, but for those below `/kv/`. */
const NAMED: readonly NamedPath[] = ROUTES_BY_PATTERN.filter(isNamed).map(({ path }) => ({
  path,
  before: path.slice(0, path.indexOf('{')),
}));

const BUCKET = /^[\w.-]{1,64}$/;

export function routeNameOf(target: string): RouteName {
  const path = pathOf(target);
  if (PLAIN.has(path)) return { route: path };
  if (path.startsWith(KV))
    return isKeyPath(path) ? keyRouteNameOf(path, KEY) : keysRouteNameOf(path);
  const named = NAMED.find(({ before }) => path.startsWith(before));
  if (named === undefined) return { route: 'other' };
  if (named.path.endsWith('{bucket}/{key}')) return keyRouteNameOf(path, named);
  const name = path.slice(named.before.length);
  return { route: named.path, ...(named.path.endsWith('{bucket}') && bucketNamed(name)) };
}

/** Of a bucket and a key, which may be missing. */
function keyRouteNameOf(path: string, { path: route, before }: NamedPath): RouteName {
  const [bucket = '', ...key] = path.slice(before.length).split('/');
  return { route, ...bucketNamed(bucket), encodedKey: key.join('/') };
}

function keysRouteNameOf(path: string): RouteName {
  return { route: KEYS_ROUTE.path, ...bucketNamed(path.slice(KV.length)) };
}

/** What cannot be the name of a bucket is not told. */
function bucketNamed(name: string): Pick<RouteName, 'bucket'> {
  return BUCKET.test(name) ? { bucket: name } : {};
}
