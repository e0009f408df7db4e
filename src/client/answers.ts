/** From HTTP answers to what they mean; the other side of `http/representation.ts`. */

import type { IncomingHttpHeaders as Headers } from 'node:http';
import { utf8 } from '../kernel/bytes.ts';
import { ERROR_TABLE, type ErrorCode, type ErrorFacts, QuorateError } from '../kernel/errors.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** One stored value. */
export interface StoredValue {
  readonly value: Uint8Array;
  readonly contentType: string;
  /** The writer's own annotations. */
  readonly meta: Readonly<Record<string, string>>;
  /** When it was written, by the clock of the node that wrote it; known of siblings. */
  readonly wallTime?: string;
  /** When no answer will show it any more, where there is such a time; like all times, ISO 8601. */
  readonly expiresAt?: string;
  /** Which write it was; known of siblings. */
  readonly dot?: string;
}

export interface GetAnswer {
  /** None: there is nothing. More than one: siblings. */
  readonly values: readonly StoredValue[];
  /** For a write that replaces what was seen; absent where nothing was ever stored. */
  readonly context?: string;
  /** Who answered; empty of a raft bucket. */
  readonly quorum: string;
  /** Of the value, in a raft bucket: what a condition compares. */
  readonly revision?: number;
  /** Likewise, in a paxos bucket. */
  readonly version?: string;
  /** The lease that the value goes with, in a raft bucket. */
  readonly lease?: number;
  /** In a session: its token, for the next request. */
  readonly session?: string;
  /** How much of the session did not fit into the token and is forgotten, if any. */
  readonly sessionDropped?: number;
}

export interface WriteAnswer {
  /** For this writer's next write of the key; empty unless the bucket is of mode dynamo. */
  readonly context: string;
  /** Who acknowledged; empty of a raft bucket. */
  readonly quorum: string;
  /** Of this write, in a raft bucket. */
  readonly revision?: number;
  /** Likewise, in a paxos bucket. */
  readonly version?: string;
  /** In a session: its token, for the next request. */
  readonly session?: string;
  /** How much of the session did not fit into the token and is forgotten, if any. */
  readonly sessionDropped?: number;
}

export interface IncrementAnswer extends WriteAnswer {
  /** What the number has become. */
  readonly number: number;
}

export interface KeyPage {
  readonly keys: readonly Uint8Array[];
  /** Of the next page, where there is more. */
  readonly cursor: string | undefined;
}

/** While it is made. */
export type Mutable<Answer> = { -readonly [Name in keyof Answer]: Answer[Name] };

const META_PREFIX = 'x-quorate-meta-';
const MULTIPLE_CHOICES = 300;

/** True of the answer that says, with or without a context, that a key has no value. */
export function isAbsence({ status, body }: RawAnswer): boolean {
  return status === 404 && parseObject(body)?.code === 'not_found';
}

/** Throws the error that the node answered with. */
export function succeeded(answer: RawAnswer): RawAnswer {
  if (answer.status < 400) return answer;
  throw errorOf(answer);
}

/** Throws the error that the node answered with, unless it is that there is nothing. */
export function getAnswerOf(answer: RawAnswer): GetAnswer {
  const { headers } = answer;
  const values = isAbsence(answer) ? [] : valuesOf(succeeded(answer));
  const told: Mutable<GetAnswer> = { values, quorum: textIn(headers, 'x-quorate-quorum') ?? '' };
  const context = textIn(headers, 'x-quorate-context');
  const lease = textIn(headers, 'x-quorate-lease');
  if (context !== undefined) told.context = context;
  if (lease !== undefined) told.lease = Number(lease);
  return withVersion(told, headers);
}

export function writeAnswerOf({ headers }: RawAnswer): WriteAnswer {
  const context = textIn(headers, 'x-quorate-context') ?? '';
  return withVersion({ context, quorum: textIn(headers, 'x-quorate-quorum') ?? '' }, headers);
}

/** With what buckets with versions and sessions tell. */
function withVersion<Answer extends Mutable<GetAnswer> | Mutable<WriteAnswer>>(
  answer: Answer,
  headers: Headers,
): Answer {
  const revision = textIn(headers, 'x-quorate-revision');
  const version = textIn(headers, 'x-quorate-version');
  const session = textIn(headers, 'x-quorate-session');
  const dropped = textIn(headers, 'x-quorate-session-dropped');
  if (revision !== undefined) answer.revision = Number(revision);
  if (version !== undefined) answer.version = version;
  if (session !== undefined) answer.session = session;
  if (dropped !== undefined) answer.sessionDropped = Number(dropped);
  return answer;
}

function textIn(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return value === undefined ? undefined : String(value);
}

export function incrementAnswerOf(answer: RawAnswer): IncrementAnswer {
  return { ...writeAnswerOf(answer), number: Number(answer.body.toString('latin1')) };
}

/** A document that the node is known to send here. */
export function documentOf<Document>({ body }: RawAnswer): Document {
  return JSON.parse(body.toString('utf8')) as Document;
}

/** Throws the `QuorateError` with which a listing was cut short. */
export function keyPageOf({ body }: RawAnswer): KeyPage {
  const keys: Uint8Array[] = [];
  let cursor: string | undefined;
  for (const line of body.toString('utf8').split('\n')) {
    if (line === '') continue;
    const document = JSON.parse(line) as KeyLine;
    if ('problem' in document) throw errorOfProblem(document.problem);
    if ('cursor' in document) cursor = document.cursor;
    else keys.push(keyOf(document));
  }
  return { keys, cursor };
}

/** The error of a problem document, or one that says that the answer is none of ours. */
export function errorOf({ status, headers, body }: RawAnswer): QuorateError {
  const problem = parseObject(body);
  const retryAfterS = Number(headers['retry-after'] ?? Number.NaN);
  if (problem !== undefined && typeof problem.code === 'string') {
    return errorOfProblem(problem, retryAfterS > 0 ? retryAfterS * 1_000 : undefined);
  }
  return new QuorateError(
    'internal',
    `the answer (status ${status}) is not that of a Quorate node: is the address right?`,
  );
}

/** Text where it is some. */
export type KeyDocument = { readonly key: string } | { readonly keyBase64: string };

export interface ValueDocument {
  readonly value?: string;
  readonly valueBase64?: string;
}

type KeyLine =
  | KeyDocument
  | { readonly cursor: string }
  | { readonly problem: Readonly<Record<string, unknown>> };

export interface SiblingDocument extends ValueDocument {
  readonly contentType: string;
  readonly wallTime?: string;
  readonly expiresAt?: string;
  readonly dot?: string;
  /** Of a value in a raft bucket that goes with one. */
  readonly lease?: number;
  readonly meta?: Readonly<Record<string, string>>;
}

export function keyOf(document: KeyDocument): Uint8Array {
  return 'key' in document ? utf8(document.key) : Buffer.from(document.keyBase64, 'base64');
}

function valuesOf({ status, headers, body }: RawAnswer): readonly StoredValue[] {
  if (status === MULTIPLE_CHOICES) {
    const { siblings } = JSON.parse(body.toString('utf8')) as { siblings: SiblingDocument[] };
    return siblings.map(siblingOf);
  }
  const contentType = headers['content-type'] ?? '';
  const stored: Mutable<StoredValue> = { value: body, contentType, meta: metaOf(headers) };
  const expiresAt = textIn(headers, 'x-quorate-expires-at');
  if (expiresAt !== undefined) stored.expiresAt = expiresAt;
  return [stored];
}

/** The value of a paxos or raft bucket has no time and no dot. */
export function siblingOf(document: SiblingDocument): StoredValue {
  const { contentType, wallTime, expiresAt, dot, meta = {} } = document;
  const stored: Mutable<StoredValue> = { value: valueBytesOf(document), contentType, meta };
  if (wallTime !== undefined) stored.wallTime = wallTime;
  if (expiresAt !== undefined) stored.expiresAt = expiresAt;
  if (dot !== undefined) stored.dot = dot;
  return stored;
}

export function valueBytesOf({ value, valueBase64 = '' }: ValueDocument): Uint8Array {
  return value === undefined ? Buffer.from(valueBase64, 'base64') : utf8(value);
}

function metaOf(headers: Headers): Record<string, string> {
  const meta: Record<string, string> = {};
  for (const name in headers) {
    if (name.startsWith(META_PREFIX)) meta[name.slice(META_PREFIX.length)] = String(headers[name]);
  }
  return meta;
}

export function errorOfProblem(problem: object, retryAfterMs?: number): QuorateError {
  const members: Readonly<Record<string, unknown>> = { ...problem };
  const { code, detail, parameter, reached, needed, definite } = members;
  const { revision, version, present, forgotten } = members;
  const known = typeof code === 'string' && code in ERROR_TABLE;
  const facts: ErrorFacts = {
    ...(typeof parameter === 'string' && { parameter }),
    ...(Array.isArray(reached) && { reached: reached.map(String) }),
    ...(typeof needed === 'number' && { needed }),
    ...(typeof definite === 'boolean' && { definite }),
    ...(typeof revision === 'number' && { revision }),
    ...(typeof version === 'string' && { version }),
    ...(isObject(present) && { present: presentOf(present) }),
    ...(forgotten === true && { forgotten }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  return new QuorateError(known ? (code as ErrorCode) : 'internal', String(detail), facts);
}

function presentOf({ contentType, meta, ...value }: Readonly<Record<string, unknown>>) {
  const named = isObject(meta) ? Object.entries(meta) : [];
  return {
    value: valueBytesOf(value as ValueDocument),
    contentType: String(contentType),
    meta: named.map(([name, text]) => [name, String(text)] as const),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isObject(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
