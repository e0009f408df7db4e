/**
 * A raft bucket watched over connections that come and go.
 *
 * Every change is told once and in order: those of one revision are held until the last of
 * them is there, which is the one that has an id (see http/watch-route.ts), and a connection
 * that is lost is made again from the last revision of which everything has been told.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { QuorateError, TransportError } from '../kernel/errors.ts';
import {
  errorOfProblem,
  type KeyDocument,
  keyOf,
  type ValueDocument,
  valueBytesOf,
} from './answers.ts';
import type { Connection } from './connection.ts';
import { eventsOf, type StreamEvent } from './event-stream.ts';
import type { Bytes } from './request-options.ts';
import { prefixText, watchPath } from './request-text.ts';

export interface WatchOptions {
  readonly prefix?: Bytes | undefined;
  /** The revision of the last change that is known; without it, changes from now on. */
  readonly after?: number | undefined;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

export type WatchChange =
  | {
      readonly type: 'put';
      readonly key: Uint8Array;
      readonly value: Uint8Array;
      readonly contentType: string;
      readonly meta?: Readonly<Record<string, string>>;
      readonly lease?: number;
      readonly revision: number;
    }
  | { readonly type: 'delete'; readonly key: Uint8Array; readonly revision: number }
  | { readonly type: 'bucket_deleted'; readonly revision: number };

export type WatchNews =
  | WatchChange
  /** Connected, perhaps again: no change after the revision is missed. */
  | { readonly type: 'connected'; readonly revision: number }
  /** The connection was lost, and is tried again until it is there. */
  | { readonly type: 'lost'; readonly reason: string; readonly revision: number };

/** A node beats every 15 seconds: after three beats without a word it is not there any more. */
const SILENT_MS_MAX = 45_000;
const RECONNECT_MS = 1_000;

/**
 * Throws where there is no hope in trying again, and where the first connection does not succeed.
 * @param next to connect to; asked for each connection
 * @param firstTries attempts to make the first connection
 */
export async function* watch(
  next: () => Connection,
  bucket: string,
  { prefix, after, signal }: WatchOptions,
  firstTries = 1,
): AsyncGenerator<WatchNews> {
  const path = watchPath(bucket);
  let revision = after;
  let state: 'new' | 'connected' | 'lost' = 'new';
  let triesLeft = firstTries;
  while (!signal.aborted) {
    const connection = next();
    try {
      const query = { prefix: prefixText(prefix), after: revision };
      const stream = connection.stream({ path, query }, { signal, silentMsMax: SILENT_MS_MAX });
      for await (const step of stepsOf(eventsOf(stream))) {
        revision = step.revision;
        if (state !== 'connected') yield { type: 'connected', revision };
        state = 'connected';
        yield* step.changes;
        if (step.changes.at(-1)?.type === 'bucket_deleted') return;
      }
      throw new TransportError('disconnected', `${connection.address} has ended the watch`);
    } catch (error) {
      if (signal.aborted) return;
      if (!mayPass(error)) throw error;
      if (state === 'new' || revision === undefined) {
        triesLeft -= 1;
        if (triesLeft <= 0) throw error;
        continue;
      }
      if (state === 'connected') yield { type: 'lost', reason: (error as Error).message, revision };
      state = 'lost';
    }
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {});
  }
}

/** The node stops, or is not there, or cannot know for now. */
function mayPass(error: unknown): boolean {
  if (error instanceof TransportError) return true;
  return error instanceof QuorateError && error.status === 503;
}

/** All that happened up to a revision. */
interface Step {
  readonly changes: readonly WatchChange[];
  readonly revision: number;
}

async function* stepsOf(events: AsyncIterable<StreamEvent>): AsyncGenerator<Step> {
  let changes: WatchChange[] = [];
  for await (const event of events) {
    const change = changeOf(event);
    if (change !== undefined) changes.push(change);
    if (event.id === undefined) continue;
    yield { changes, revision: Number(event.id) };
    changes = [];
  }
}

type PutDocument = KeyDocument &
  ValueDocument &
  Pick<Extract<WatchChange, { type: 'put' }>, 'contentType' | 'meta' | 'lease' | 'revision'>;

/** Throws the error with which the node ends the watch. */
function changeOf({ event, data = '{}' }: StreamEvent): WatchChange | undefined {
  const document = JSON.parse(data);
  switch (event) {
    case 'put': {
      const { contentType, meta, lease, revision } = document as PutDocument;
      const [key, value] = [keyOf(document), valueBytesOf(document)];
      return {
        type: 'put',
        key,
        value,
        contentType,
        ...(meta !== undefined && { meta }),
        ...(lease !== undefined && { lease }),
        revision,
      };
    }
    case 'delete':
      return { type: 'delete', key: keyOf(document), revision: document.revision };
    case 'bucket_deleted':
      return { type: 'bucket_deleted', revision: document.revision };
    case 'compacted':
    case 'problem':
      throw errorOfProblem(document);
    default:
      return undefined;
  }
}
