/** What travels beside a value: content type and the client's own annotations. */

import { QuorateError } from '../kernel/errors.ts';
import type { MetaEntry } from '../node/index.ts';

const META_PREFIX = 'x-quorate-meta-';
/** Names and texts of the annotations of one value, together. */
const META_BYTES_MAX = 4_096;
const CONTENT_TYPE_CHARACTERS_MAX = 255;

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** What a header field may carry (RFC 9110, section 5.5). */
const FIELD_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

export const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

/**
 * Whoever writes a value chooses its type: in a browser, nothing in it runs, and it is of no
 * origin, so it cannot act as a page of this node.
 */
export const NOT_A_PAGE = { 'content-security-policy': 'sandbox' };

export function metaOfHeaders(headers: NodeJS.Dict<string | string[]>): readonly MetaEntry[] {
  const meta: MetaEntry[] = [];
  for (const name in headers) {
    if (!name.startsWith(META_PREFIX)) continue;
    meta.push([name.slice(META_PREFIX.length), String(headers[name])]);
  }
  checkMeta(meta);
  return meta;
}

/** Throws `bad_parameter` where the annotations could not be sent back as headers. */
export function checkMeta(meta: readonly MetaEntry[]): void {
  let bytes = 0;
  for (const [name, text] of meta) {
    if (!TOKEN.test(name) || !FIELD_TEXT.test(text)) {
      throw refuseMeta(
        name,
        'names are lower-case header tokens, texts have no control characters',
      );
    }
    bytes += name.length + text.length;
  }
  if (bytes > META_BYTES_MAX) {
    throw refuseMeta(
      meta[0]?.[0] ?? '',
      `${bytes} bytes in all; at most ${META_BYTES_MAX} are kept`,
    );
  }
}

function refuseMeta(name: string, detail: string): QuorateError {
  return new QuorateError('bad_parameter', `annotation ${JSON.stringify(name)}: ${detail}`, {
    parameter: `X-Quorate-Meta-${name}`,
  });
}

export function headersOfMeta(meta: readonly MetaEntry[]): Record<string, string> {
  return Object.fromEntries(meta.map(([name, text]) => [META_PREFIX + name, text]));
}

export function checkContentType(contentType: string): void {
  if (contentType.length <= CONTENT_TYPE_CHARACTERS_MAX && FIELD_TEXT.test(contentType)) return;
  throw new QuorateError(
    'bad_parameter',
    `the content type must be a header text of at most ${CONTENT_TYPE_CHARACTERS_MAX} characters`,
    { parameter: 'Content-Type' },
  );
}
