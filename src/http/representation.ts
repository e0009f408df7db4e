/**
 * How a key looks to a client: one value as itself, siblings as JSON or as multipart/mixed,
 * nothing as 404. The causal context always comes along.
 */

import { randomUUID } from 'node:crypto';
import { bufferOf } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import {
  dotText,
  type QuorumReport,
  type SessionAnswer,
  type Sibling,
  type SiblingObject,
  versionDigest,
  wallTimeOf,
} from '../node/index.ts';
import type { AppContext } from './app.ts';
import { component, listOf, object, type Schema, text } from './openapi/schema.ts';
import { problemResponse } from './problem.ts';
import { sessionHeaders } from './session-headers.ts';
import {
  CONTENT_TYPE_SCHEMA,
  HAS_VALUE,
  VALUE_PROPERTIES,
  valueDocument,
} from './value-document.ts';
import { DEFAULT_CONTENT_TYPE, headersOfMeta, NOT_A_PAGE } from './value-headers.ts';

export const CONTEXT_HEADER = 'x-quorate-context';
export const QUORUM_HEADER = 'x-quorate-quorum';
const EXPIRES_AT_HEADER = 'x-quorate-expires-at';

export interface Known {
  readonly object: SiblingObject;
  readonly context: string;
  readonly quorum: QuorumReport;
  readonly session: SessionAnswer | undefined;
}

export function etagOf(object: SiblingObject): string {
  return `"${versionDigest(object).toString(16).padStart(16, '0')}"`;
}

/**
 * Who was counted for this answer, in whose place where it was no replica (`n4 for n2`), and
 * who coordinated it where that was another node.
 */
export function quorumText(quorum: QuorumReport, askedNode: string): string {
  const { coordinator, standIns, needed } = quorum;
  const forwarded = coordinator === askedNode ? '' : `; forwarded_by=${askedNode}`;
  const names = quorum.reached.map((node) =>
    Object.hasOwn(standIns, node) ? `${node} for ${standIns[node]}` : node,
  );
  return `needed=${needed}; reached=${names.join(',')}; coordinator=${coordinator}${forwarded}`;
}

/** 200, 300, 304 or 404. */
export function represent(c: AppContext, known: Known, askedNode: string): Response {
  const { object, context, quorum, session } = known;
  const { siblings, clock } = object;
  const headers = sessionHeaders(session);
  headers[QUORUM_HEADER] = quorumText(quorum, askedNode);
  if (clock.length > 0) headers[CONTEXT_HEADER] = context;
  const [first, ...more] = siblings;
  if (first === undefined) {
    return problemResponse(
      new QuorateError('not_found', notFoundDetail(clock.length > 0)),
      headers,
    );
  }
  const etag = etagOf(object);
  headers.etag = etag;
  if (more.length === 0) Object.assign(headers, headersOfExpiry(first));
  if (hasAlready(c.env.incoming.headers['if-none-match'], etag))
    return new Response(null, { status: 304, headers });
  return more.length === 0 ? oneValue(first, headers) : severalValues(c, siblings, headers);
}

function notFoundDetail(known: boolean): string {
  return known
    ? 'the key was deleted or has expired; the context of this answer lets you write over what was there'
    : 'none of the nodes that were asked knows this key';
}

type Expiring = Pick<Sibling, 'expiresAt'>;

/** When no answer will show the value any more, where there is such a time. */
export function headersOfExpiry({ expiresAt }: Expiring): Record<string, string> {
  return expiresAt === undefined ? {} : { [EXPIRES_AT_HEADER]: isoTime(expiresAt) };
}

/** Likewise, as a member of the value's document. */
export function expiryDocument({ expiresAt }: Expiring): { readonly expiresAt?: string } {
  return expiresAt === undefined ? {} : { expiresAt: isoTime(expiresAt) };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** The ETag among headers that have one. */
export function etagIn(headers: Readonly<Record<string, string>>): string {
  return headers.etag ?? '';
}

/** Of If-None-Match: whether who asks has this version already. */
export function hasAlready(condition: string | undefined, etag: string): boolean {
  if (condition === undefined) return false;
  return condition.split(',').some((item) => {
    const wanted = item.trim();
    return wanted === '*' || wanted.replace(/^W\//, '') === etag;
  });
}

/** 200 with the value. */
export function oneValue(
  sibling: Pick<Sibling, 'value' | 'meta' | 'contentType'>,
  headers: Record<string, string>,
): Response {
  const { value, meta } = sibling;
  if (meta.length > 0) Object.assign(headers, headersOfMeta(meta));
  headers['content-type'] = sibling.contentType || DEFAULT_CONTENT_TYPE;
  headers['content-length'] = String(value.length);
  Object.assign(headers, NOT_A_PAGE);
  return new Response(bodyOf(value), { headers });
}

function severalValues(
  c: AppContext,
  siblings: readonly Sibling[],
  headers: Record<string, string>,
): Response {
  if (/\bmultipart\/mixed\b/i.test(c.env.incoming.headers.accept ?? '')) {
    const boundary = boundaryFor(siblings);
    headers['content-type'] = `multipart/mixed; boundary=${boundary}`;
    Object.assign(headers, NOT_A_PAGE);
    return new Response(multipart(siblings, boundary), { status: 300, headers });
  }
  const document = { siblings: siblings.map(siblingDocument) };
  headers['content-type'] = 'application/json';
  return new Response(`${JSON.stringify(document, null, 2)}\n`, { status: 300, headers });
}

export const EXPIRY_SCHEMA = text('When the value will be gone, where there is such a time.', {
  format: 'date-time',
});

export const SIBLING: Schema = component('Sibling', {
  description: 'One of the values that were written without knowing of each other.',
  ...object(
    {
      contentType: CONTENT_TYPE_SCHEMA,
      wallTime: text('When it was written, by the clock of a node.', { format: 'date-time' }),
      dot: text('The write that it is from.'),
    },
    { ...VALUE_PROPERTIES, expiresAt: EXPIRY_SCHEMA },
  ),
  ...HAS_VALUE,
});

export const SIBLINGS: Schema = component(
  'Siblings',
  object({ siblings: listOf(SIBLING, 'All of them.', { minItems: 2 }) }),
);

/** One sibling as JSON. */
export function siblingDocument(sibling: Sibling) {
  const { dot, meta } = sibling;
  return {
    ...valueDocument(sibling.value),
    contentType: sibling.contentType || DEFAULT_CONTENT_TYPE,
    wallTime: isoTime(wallTimeOf(sibling.hlc)),
    ...expiryDocument(sibling),
    dot: dotText(dot),
    ...(meta.length > 0 && { meta: Object.fromEntries(meta) }),
  };
}

function boundaryFor(siblings: readonly Sibling[]): string {
  for (;;) {
    const boundary = randomUUID();
    if (!siblings.some(({ value }) => bufferOf(value).includes(boundary))) return boundary;
  }
}

function multipart(siblings: readonly Sibling[], boundary: string): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const sibling of siblings) {
    const headers = {
      'content-type': sibling.contentType || DEFAULT_CONTENT_TYPE,
      'content-length': String(sibling.value.length),
      ...headersOfExpiry(sibling),
      ...headersOfMeta(sibling.meta),
    };
    const lines = Object.entries(headers).map(([name, text]) => `${name}: ${text}\r\n`);
    parts.push(Buffer.from(`--${boundary}\r\n${lines.join('')}\r\n`, 'latin1'));
    parts.push(sibling.value, Buffer.from('\r\n'));
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return bodyOf(Buffer.concat(parts));
}

/** The same bytes in the type that a Response takes: it rules out shared memory, which we never use. */
export function bodyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
