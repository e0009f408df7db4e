/** The keys of a bucket: GET `/kv/{bucket}`, as NDJSON, one key a line, rising bytewise. */

import { bufferOf, textOf } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { KeyPage, QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import {
  cursorOf,
  cursorParameter,
  levelParameter,
  limitParameter,
  parseQuery,
  prefixParameter,
  timeoutOfQuery,
  timeoutParameter,
} from './parameters.ts';
import { asQuorateError, type OnUnexpected, problemOf } from './problem.ts';
import { bucketOfPath, pathOf, queryOf } from './request-target.ts';
import { refuseSession } from './session-headers.ts';
import { versionedBucketNamed } from './versioned-kv-routes.ts';

const LIST_PARAMETERS = ['prefix', 'limit', 'cursor', 'r', 'timeout'];
const VERSIONED_LIST_PARAMETERS = ['prefix', 'limit', 'cursor', 'timeout'];
/** Keys that are looked up and sent at a time. */
const CHUNK_KEYS = 1_000;

/**
 * The first chunk is looked up before the status is sent, so most failures are proper
 * problem responses; a later one ends the stream with a line that holds the problem.
 */
export async function listBucket(
  c: AppContext,
  node: QuorateNode,
  onUnexpected: OnUnexpected,
): Promise<Response> {
  const target = c.env.incoming.url ?? '/';
  const query = queryOf(target);
  const name = bucketOfPath(pathOf(target));
  refuseSession(c, query);
  const versioned = await versionedBucketNamed(node, name, timeoutOfQuery(query));
  const parameters =
    versioned === undefined
      ? parseQuery(query, LIST_PARAMETERS)
      : parseQuery(query, VERSIONED_LIST_PARAMETERS, versioned.mode.misplaced);
  const prefix = prefixParameter(parameters);
  const r = levelParameter(parameters, 'r');
  const deadline = performance.now() + timeoutParameter(parameters);
  const nextChunk: NextChunk = (after, left) => {
    const range = { prefix, after, limit: Math.min(left, CHUNK_KEYS) };
    return versioned === undefined
      ? node.list({ bucket: name, ...range, r }, timeLeftMs(deadline))
      : versioned.mode.list({ node, ...versioned }, range, timeLeftMs(deadline));
  };

  const limit = limitParameter(parameters);
  const first = await nextChunk(cursorParameter(parameters), limit);
  return new Response(stream(lines(first, limit, nextChunk, onUnexpected)), {
    headers: { 'content-type': 'application/x-ndjson' },
  });
}

/** A chunk that begins too late is given a moment still, to fail by itself. */
function timeLeftMs(deadline: number): number {
  return Math.max(1, deadline - performance.now());
}

type NextChunk = (after: Uint8Array | undefined, left: number) => Promise<KeyPage>;

async function* lines(
  first: KeyPage,
  limit: number,
  nextChunk: NextChunk,
  onUnexpected: OnUnexpected,
): AsyncGenerator<string> {
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
    if (!(error instanceof QuorateError)) onUnexpected(error);
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
