/** The keys of a bucket: GET `/kv/{bucket}`, as NDJSON, one key a line, rising bytewise. */

import { bufferOf, textOf } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { KeyPage, QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { READ_BUCKET } from './declared-access.ts';
import { LIST_ERRORS } from './declared-errors.ts';
import { CURSOR, LIMIT, PREFIX, R, TIMEOUT } from './declared-parameters.ts';
import { type Endpoint, queryNamesByMode } from './openapi/operation.ts';
import { component, object, type Schema, text } from './openapi/schema.ts';
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
import { asQuorateError, type OnUnexpected, PROBLEM, problemOf } from './problem.ts';
import { bucketOfPath, pathOf, queryOf } from './request-target.ts';
import { refuseSession } from './session-headers.ts';
import { versionedBucketNamed } from './versioned-kv-routes.ts';

/** One of the members of a document. */
export const KEY_PROPERTIES: Readonly<Record<string, Schema>> = {
  key: text('The key, where its bytes are text.'),
  keyBase64: text('Otherwise, in base64.', { contentEncoding: 'base64' }),
};

/** Beside `KEY_PROPERTIES`. */
export const HAS_KEY: Schema = { oneOf: [{ required: ['key'] }, { required: ['keyBase64'] }] };

const LINE: Schema = component('KeyLine', {
  description: 'A line of a listing.',
  ...object(
    {},
    {
      ...KEY_PROPERTIES,
      cursor: text('In the last line, where there are more keys: where the next page begins.'),
      problem: {
        description: 'In the last line, where the listing could not be brought to its end.',
        allOf: [PROBLEM],
      },
    },
  ),
  oneOf: ['key', 'keyBase64', 'cursor', 'problem'].map((name) => ({ required: [name] })),
});

export const LIST_KEYS: Endpoint = {
  operation: {
    id: 'listKeys',
    tag: 'Listing',
    access: READ_BUCKET,
    summary: 'List the keys of a bucket',
    description:
      'One JSON object a line, keys in the order of their bytes. Where there are more, the last line has a cursor for the next page. A listing is no snapshot: keys that are written meanwhile may be in it or not.',
    query: [PREFIX, LIMIT, CURSOR, R, TIMEOUT],
    answers: {
      200: {
        description: 'The keys. Ends with a line that has a `problem` where it could not go on.',
        content: {
          'application/x-ndjson': {
            itemSchema: LINE,
            example: '{"key":"alice"}\n{"key":"bob"}\n{"cursor":"Ym9i"}\n',
          },
        },
      },
    },
    errors: LIST_ERRORS,
  },
  serve:
    ({ node, onUnexpected }) =>
    (c) =>
      listBucket(c, node, onUnexpected),
};

const LIST_PARAMETERS = queryNamesByMode(LIST_KEYS.operation);

/** Keys that are looked up and sent at a time. */
const CHUNK_KEYS = 1_000;

/**
 * The first chunk is looked up before the status is sent, so most failures are proper
 * problem responses; a later one ends the stream with a line that holds the problem.
 */
async function listBucket(
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
      ? parseQuery(query, LIST_PARAMETERS.dynamo)
      : parseQuery(query, LIST_PARAMETERS[versioned.bucket.mode], versioned.mode.misplaced);
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
