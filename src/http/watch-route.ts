/**
 * Changes to a raft bucket as they happen: GET `/watch/{bucket}`, as server-sent events.
 *
 * A reader that is slow is waited for, and finds out where it missed something: only what
 * was asked for last is held for it. The `id` that a reader has last is where it may go on:
 * of several changes of one revision only the last has one, so none is left out, and beats
 * carry one too, so that a reader of a quiet bucket does not fall behind.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { QuorateNode, ValueEvent, WatchPiece } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { bucketNamed } from './bucket-mode.ts';
import type { Handler } from './by-method.ts';
import { READ_BUCKET } from './declared-access.ts';
import { BUCKET_ERRORS } from './declared-errors.ts';
import { AFTER, LAST_EVENT_ID, PREFIX, TIMEOUT } from './declared-parameters.ts';
import { takenBack } from './guard.ts';
import { KEY_PROPERTIES, keyDocument } from './list-route.ts';
import type { Operation, Route } from './openapi/operation.ts';
import { component, count, either, object, type Schema } from './openapi/schema.ts';
import {
  indexOf,
  indexParameter,
  parametersOf,
  prefixParameter,
  refuse,
  timeoutParameter,
} from './parameters.ts';
import { asQuorateError, type OnUnexpected, PROBLEM, problemOf } from './problem.ts';
import { bucketOfPath, pathOf } from './request-target.ts';
import { CONTENT_TYPE_SCHEMA, VALUE_PROPERTIES, valueDocument } from './value-document.ts';
import { DEFAULT_CONTENT_TYPE } from './value-headers.ts';

/** Watchers of one node at a time. */
const WATCHERS_MAX = 1_000;

const BEAT_MS = 15_000;
/** How long a reader that lost its connection waits before it comes back. */
const RECONNECT_MS = 1_000;

const WATCH = '/watch/';

const CHANGE: Schema = component('Change', {
  description:
    'The data of an event `put`, `delete` (without a value) or `bucket_deleted` (without a key).',
  ...object(
    { revision: count('Of the change.') },
    {
      ...KEY_PROPERTIES,
      ...VALUE_PROPERTIES,
      contentType: CONTENT_TYPE_SCHEMA,
      lease: count('The lease that the key goes with.'),
    },
  ),
});

const WATCH_BUCKET: Operation = {
  id: 'watchBucket',
  tag: 'Watch',
  access: READ_BUCKET,
  summary: 'Changes to a raft bucket',
  description:
    'Server-sent events: `put`, `delete` and `bucket_deleted`, in the order of their revisions, none left out. The `id` of an event is its revision, from which a reader that comes back goes on; comments with an `id` keep a quiet stream alive.\n\nThe stream ends with an event `compacted` where changes were missed that are no longer kept, and with `problem` where it cannot go on; the data of both is a problem.',
  query: [PREFIX, AFTER, TIMEOUT],
  headers: [LAST_EVENT_ID],
  answers: {
    200: {
      description: 'The changes, until one side closes the connection.',
      content: {
        'text/event-stream': {
          itemSchema: either('The data of an event.', CHANGE, PROBLEM),
          example:
            'retry: 1000\n: beat\nid: 41\n\nevent: put\nid: 42\ndata: {"key":"alice","value":"milk","contentType":"text/plain","revision":42}\n\n',
        },
      },
    },
  },
  errors: [...BUCKET_ERRORS, 'bucket_mode', 'watch_compacted'],
};

export const WATCH_ROUTE: Route = {
  path: '/watch/{bucket}',
  methods: { GET: { operation: WATCH_BUCKET, serve: createWatch } },
};

interface WatchOptions {
  readonly node: QuorateNode;
  readonly onUnexpected: OnUnexpected;
  /** Ends all streams. */
  readonly closing: AbortSignal;
}

function createWatch({ node, onUnexpected, closing }: WatchOptions): Handler {
  const open = new Set<AbortController>();
  closing.addEventListener('abort', () => {
    for (const watcher of open) watcher.abort();
  });
  return async (c) => {
    const request = requestOf(c);
    if (open.size >= WATCHERS_MAX || closing.aborted) throw tooMany();
    const watcher = new AbortController();
    open.add(watcher);
    const onEnd = () => {
      open.delete(watcher);
      watcher.abort();
    };
    try {
      const watch = await begin(node, request, watcher.signal);
      const mayGoOn = () => c.get('bearer')?.isStillGood() ?? true;
      return new Response(stream(watch, { onEnd, onUnexpected, mayGoOn }), {
        headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
      });
    } catch (error) {
      onEnd();
      throw error;
    }
  };
}

interface WatchRequest {
  readonly bucket: string;
  readonly prefix: Uint8Array;
  readonly after: number | undefined;
  readonly timeoutMs: number;
}

function requestOf(c: AppContext): WatchRequest {
  const target = c.env.incoming.url ?? '/';
  const parameters = parametersOf(c, WATCH_BUCKET);
  const after = indexParameter(parameters, 'after', 'the revision of the last change you know of');
  return {
    bucket: bucketOfPath(pathOf(target), WATCH),
    prefix: prefixParameter(parameters),
    // Browsers reconnect with the address they began with: where they are now counts.
    after: lastEventId(c) ?? after,
    timeoutMs: timeoutParameter(parameters),
  };
}

function lastEventId(c: AppContext): number | undefined {
  const text = c.env.incoming.headers['last-event-id'];
  if (text === undefined) return undefined;
  const id = indexOf(String(text));
  if (id !== undefined) return id;
  throw refuse('Last-Event-ID', 'must be the id of an event of this bucket, a whole number');
}

interface Watch {
  readonly from: number;
  readonly pieces: AsyncGenerator<WatchPiece>;
}

async function begin(
  node: QuorateNode,
  { bucket: name, prefix, after, timeoutMs }: WatchRequest,
  signal: AbortSignal,
): Promise<Watch> {
  const bucket = await bucketNamed(node, name, timeoutMs);
  if (bucket?.mode === 'raft') {
    return node.raftBuckets.watch(bucket, prefix, after, signal, timeoutMs);
  }
  if (bucket === undefined) {
    const detail = `there is no bucket ${JSON.stringify(name)}: PUT /buckets/${name} with {"mode": "raft"} makes one`;
    throw new QuorateError('no_such_bucket', detail);
  }
  throw new QuorateError(
    'bucket_mode',
    `bucket ${name} is of mode ${bucket.mode}: only buckets of mode raft can be watched`,
  );
}

interface Ending {
  readonly onEnd: () => void;
  readonly onUnexpected: OnUnexpected;
  /** False as soon as the reader may not hear more. */
  readonly mayGoOn: () => boolean;
}

function stream({ from, pieces }: Watch, { onEnd, onUnexpected, mayGoOn }: Ending) {
  const encoder = new TextEncoder();
  let revision = from;
  let beats: ReturnType<typeof setInterval> | undefined;
  let over = false;
  const finish = () => {
    over = true;
    clearInterval(beats);
    onEnd();
  };
  const end = (controller: ReadableStreamDefaultController<Uint8Array>, error: QuorateError) => {
    controller.enqueue(encoder.encode(endText(error)));
    finish();
    controller.close();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      // Sent at once, so that a reader knows from where on nothing is missed.
      controller.enqueue(encoder.encode(`retry: ${RECONNECT_MS}\n${beatText(revision)}`));
      beats = setInterval(() => {
        if (!mayGoOn()) return end(controller, takenBack());
        if ((controller.desiredSize ?? 0) <= 0) return;
        controller.enqueue(encoder.encode(beatText(revision)));
      }, BEAT_MS);
    },
    async pull(controller) {
      for (;;) {
        const { text, last, revision: upTo } = await nextTold(pieces, onUnexpected);
        if (over) return;
        if (!mayGoOn()) return end(controller, takenBack());
        revision = upTo ?? revision;
        if (text !== '') controller.enqueue(encoder.encode(text));
        if (last) {
          finish();
          controller.close();
        }
        if (last || text !== '') return;
      }
    },
    cancel: finish,
  });
}

interface Told {
  readonly text: string;
  readonly revision?: number;
  readonly last: boolean;
}

/** Of the next piece, in which nothing may have happened, or of the end. */
async function nextTold(
  pieces: AsyncGenerator<WatchPiece>,
  onUnexpected: OnUnexpected,
): Promise<Told> {
  try {
    const { done, value: piece } = await pieces.next();
    if (done === true) return { text: '', last: true };
    return { text: eventsText(piece.events), revision: piece.revision, last: false };
  } catch (error) {
    if (!(error instanceof QuorateError)) onUnexpected(error);
    return { text: endText(asQuorateError(error)), last: true };
  }
}

/** A comment, with an id that goes along without an event. */
function beatText(revision: number): string {
  return `: beat\nid: ${revision}\n\n`;
}

function eventsText(events: readonly ValueEvent[]): string {
  return events
    .map((event, at) => {
      const more = events[at + 1]?.revision === event.revision;
      const id = more ? '' : `id: ${event.revision}\n`;
      return `event: ${event.type}\n${id}data: ${JSON.stringify(eventDocument(event))}\n\n`;
    })
    .join('');
}

function eventDocument(event: ValueEvent) {
  const { type, revision } = event;
  switch (type) {
    case 'put':
      return {
        ...keyDocument(event.key),
        ...valueDocument(event.value),
        contentType: event.contentType || DEFAULT_CONTENT_TYPE,
        ...(event.meta.length > 0 && { meta: Object.fromEntries(event.meta) }),
        ...(event.lease !== undefined && { lease: event.lease }),
        revision,
      };
    case 'delete':
      return { ...keyDocument(event.key), revision };
    case 'bucket_deleted':
      return { revision };
  }
}

/** The stream cannot go on: `compacted` where changes were missed. */
function endText(error: QuorateError): string {
  const event = error.code === 'watch_compacted' ? 'compacted' : 'problem';
  return `event: ${event}\ndata: ${JSON.stringify(problemOf(error))}\n\n`;
}

function tooMany(): QuorateError {
  return new QuorateError(
    'overloaded',
    `${WATCHERS_MAX} watchers are connected to this node: ask another one, or try again later`,
  );
}
