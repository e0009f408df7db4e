/** Fills nodes with many keys, quickly: batches of puts, some at a time. */

import { request } from 'undici';

export const BUCKET = 'bench';

/** Operations in one request, as many as a node takes. */
const BATCH_KEYS = 1_000;
const BATCHES_AT_ONCE = 4;
const PROGRESS_KEYS = 200_000;

/** Puts keys 0 to `keys` - 1, through the nodes in turn. Rejects unless every one was stored. */
export async function putAll(
  urls: readonly string[],
  keys: number,
  value: string,
  onProgress: (line: string) => void,
  keyOf: (n: number) => string = keyText,
): Promise<void> {
  let next = 0;
  const putBatches = async (worker: number) => {
    const url = urls[worker % urls.length] as string;
    while (next < keys) {
      const first = next;
      const end = Math.min(keys, first + BATCH_KEYS);
      next = end;
      const names = Array.from({ length: end - first }, (_, i) => keyOf(first + i));
      await putBatch(url, names, value);
      if (end % PROGRESS_KEYS === 0) onProgress(`${end} of ${keys} keys written`);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, (_, i) => putBatches(i)));
}

async function putBatch(url: string, keys: readonly string[], value: string): Promise<void> {
  const operations = keys.map((key) => ({ op: 'put', bucket: BUCKET, key, value }));
  const { statusCode, body } = await request(`${url}/batch?timeout=60000`, {
    method: 'POST',
    body: JSON.stringify({ operations }),
  });
  const { results } = (await body.json()) as { results?: readonly { readonly status: number }[] };
  const refused = results?.find(({ status }) => status !== 204);
  if (statusCode === 200 && results !== undefined && refused === undefined) return;
  throw new Error(`a batch failed (${statusCode}): ${JSON.stringify(refused)}`);
}

export function keyText(n: number): string {
  return `key-${n.toString().padStart(9, '0')}`;
}
