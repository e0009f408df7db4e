/** A bucket's keys, page by page. */

import { keyPageOf, type RawAnswer } from './answers.ts';
import type { Call } from './connection.ts';
import type { KeysOptions } from './request-options.ts';
import { keysPath, prefixText } from './request-text.ts';

/** Keys asked for at a time. */
const PAGE_KEYS = 1_000;

/** Rising bytewise. @param ask a node; each page may come from another one */
export async function* keysOf(
  ask: (call: Call) => Promise<RawAnswer>,
  bucket: string,
  { prefix, r, timeout, limit }: KeysOptions,
): AsyncGenerator<Uint8Array> {
  const path = keysPath(bucket);
  let left = limit ?? Number.POSITIVE_INFINITY;
  let cursor: string | undefined;
  do {
    const asked = Math.min(left, PAGE_KEYS);
    const query = { prefix: prefixText(prefix), r, timeout, limit: asked, cursor };
    const page = keyPageOf(await ask({ method: 'GET', path, query }));
    yield* page.keys;
    left -= page.keys.length;
    cursor = page.cursor;
  } while (cursor !== undefined && left > 0);
}
