/** The keys of a bucket: GET `/kv/{bucket}`, as NDJSON, one key a line, rising bytewise. */

import { bufferOf, textOf } from '../kernel/bytes.ts';
import type { KeyPage, QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import {
  cursorOf,
  cursorParameter,
  levelParameter,
  limitParameter,
  parseQuery,
  prefixParameter,
  timeoutParameter,
} from './parameters.ts';
import { asQuorateError, problemOf } from './problem.ts';
import { bucketOfPath, pathOf, queryOf } from './request-target.ts';

const LIST_PARAMETERS = ['prefix', 'limit', 'cursor', 'r', 'timeout'];
/** Keys that are looked up and sent at a time. */
const CHUNK_KEYS = 1_000;

/**
 * The first chunk is looked up before the status is sent, so most failures are proper
 * problem responses; a later one ends the stream with a line that holds the problem.
 */
export async function listBucket(c: AppContext, node: QuorateNode): Promise<Response> {
  const target = c.env.incoming.url ?? '/';
  const parameters = parseQuery(queryOf(target), LIST_PARAMETERS);
  const bucket = bucketOfPath(pathOf(target));
  const prefix = prefixParameter(parameters);
  const r = levelParameter(parameters, 'r');
  const timeoutMs = timeoutParameter(parameters);
  const nextChunk = (after: Uint8Array | undefined, left: number) =>
    node.list({ bucket, prefix, after, limit: Math.min(left, CHUNK_KEYS), r }, timeoutMs);

  const limit = limitParameter(parameters);
  const first = await nextChunk(cursorParameter(parameters), limit);
  return new Response(stream(lines(first, limit, nextChunk)), {
    headers: { 'content-type': 'application/x-ndjson' },
  });
}

type NextChunk = (after: Uint8Array | undefined, left: number) => Promise<KeyPage>;

async function* lines(first: KeyPage, limit: number, nextChunk: NextChunk): AsyncGenerator<string> {
  let chunk = first;
  let left = limit;
  try {
    for (;;) {
      yield chunk.keys.map((key) => `${JSON.stringify(keyDocument(key))}\n`).join('');
      left -= chunk.keys.length;
      if (chunk.next === undefined) return;
      if (left === 0) {
        yield `${JSON.stringify({ cursor: cursorOf(chunk.next) })}\n`;
        return;
      }
      chunk = await nextChunk(chunk.next, left);
    }
  } catch (error) {
    yield `${JSON.stringify({ problem: problemOf(asQuorateError(error)) })}\n`;
  }
}

/** The key as text, or in base64 where it is not text. */
export function keyDocument(key: Uint8Array): { key: string } | { keyBase64: string } {
  const text = textOf(key);
  return text === undefined ? { keyBase64: bufferOf(key).toString('base64') } : { key: text };
}

function stream(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await texts.return(undefined);
    },
  });
}
