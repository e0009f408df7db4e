/** The keys of a bucket: GET `/kv/{bucket}`, as NDJSON, one key a line, rising bytewise. */

import { bufferOf, textOf } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { Bucket, KeyPage, ListRequest, QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { DYNAMO_ONLY, raftBucketNamed, readingRaft } from './bucket-mode.ts';
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

const LIST_PARAMETERS = ['prefix', 'limit', 'cursor', 'r', 'timeout'];
const RAFT_LIST_PARAMETERS = ['prefix', 'limit', 'cursor', 'timeout'];
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
  const bucket = bucketOfPath(pathOf(target));
  refuseSession(c, query);
  const raft = await raftBucketNamed(node, bucket, timeoutOfQuery(query));
  const parameters =
    raft === undefined
      ? parseQuery(query, LIST_PARAMETERS)
      : parseQuery(query, RAFT_LIST_PARAMETERS, DYNAMO_ONLY);
  const prefix = prefixParameter(parameters);
  const r = levelParameter(parameters, 'r');
  const deadline = performance.now() + timeoutParameter(parameters);
  const nextChunk: NextChunk = (after, left) => {
    const limit = Math.min(left, CHUNK_KEYS);
    return raft === undefined
      ? node.list({ bucket, prefix, after, limit, r }, timeLeftMs(deadline))
      : raftPage(node, raft, { prefix, after, limit }, timeLeftMs(deadline));
  };

  const limit = limitParameter(parameters);
  const first = await nextChunk(cursorParameter(parameters), limit);
  return new Response(stream(lines(first, limit, nextChunk, onUnexpected)), {
    headers: { 'content-type': 'application/x-ndjson' },
  });
}

/** One key more than the page shows whether there is a page after it. */
async function raftPage(
  node: QuorateNode,
  bucket: Bucket,
  { prefix, after, limit }: Pick<ListRequest, 'prefix' | 'after' | 'limit'>,
  timeoutMs: number,
): Promise<KeyPage> {
  const found = await readingRaft(node, bucket, (present) =>
    node.raftBuckets.list(present, prefix, after, limit + 1, timeoutMs),
  );
  const keys = found.slice(0, limit).map(({ key }) => key);
  return { keys, next: found.length > limit ? keys.at(-1) : undefined };
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
