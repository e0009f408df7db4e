/**
 * Many operations in as few requests as there are nodes that keep their keys: each is sent to
 * one that does, in parts that it takes, and those that failed and may be sent again are, until
 * the time is up. The time is that of all parts.
 */

import { QuorateError } from '../kernel/errors.ts';
import { documentOf, type RawAnswer } from './answers.ts';
import {
  type BatchOperation,
  type BatchOutcome,
  errorOfOperation,
  outcomeOf,
  textOfOperation,
} from './batch-documents.ts';
import type { BatchResult } from './batch-result.ts';
import type { Bounds } from './bounds.ts';
import { mintIdempotencyKey } from './idempotency-key.ts';
import type { Peer } from './peer.ts';
import type { Bytes } from './request-options.ts';
import { BATCH_PATH } from './request-text.ts';
import type { Requester } from './requester.ts';
import { type Effect, isInDoubt, mayBeSentAgain, tellsOutcome } from './retry-safety.ts';

/** A node takes no more in one request. */
const OPERATIONS_MAX = 1_000;
/** A node takes no longer for one. */
const NODE_TIMEOUT_MS_MAX = 60_000;
/** Of values and keys in one request, about: far below what a node takes. */
const TEXT_MAX = 4 * 1024 * 1024;
/** Requests that a node has of one batch at a time. */
const PARTS_AT_ONCE = 4;

interface Item {
  readonly op: BatchOperation['op'];
  readonly bucket: string;
  readonly key: Bytes;
  readonly effect: Effect;
  /** As it is sent. */
  readonly text: string;
  readonly tried: Peer[];
  outcome: BatchOutcome | undefined;
  /** A get whose value found no room beside those of the others: it is asked for again. */
  hadNoRoom: boolean;
  /** What an attempt left unknown. */
  doubt: unknown;
}

/** Whose keys they are. */
export interface BatchBucket {
  readonly name: string;
  /** A write of it runs once, however often it is sent. */
  isVersioned(): boolean | Promise<boolean>;
}

/** What became of each operation, in their order. Never rejects. */
export async function runBatch(
  requester: Requester,
  bounds: Bounds,
  bucket: BatchBucket,
  operations: readonly BatchOperation[],
): Promise<readonly BatchOutcome[]> {
  let once: boolean;
  try {
    once = await readied(requester, bounds, bucket, operations);
  } catch (thrown) {
    return operations.map(({ op }) => ({ op, error: errorOfOperation(op, thrown) }));
  }
  const items = operations.map((operation) => itemOf(bucket.name, operation, once));
  let pending: readonly Item[] = items;
  for (let attempt = 1; pending.length > 0; attempt++) {
    await sendAll(requester, bounds, pending);
    const left = pending.filter(({ hadNoRoom }) => hadNoRoom);
    const failed = pending.filter((item) => !item.hadNoRoom && isWorthwhile(item));
    const [first] = failed;
    const goesOn = first !== undefined && requester.pause(bounds, attempt, errorIn(first));
    pending = (await goesOn) ? [...left, ...failed] : left;
  }
  return items.map(settled);
}

/** Whether the bucket has versions, when its nodes are known too. Throws where the time is up before. */
async function readied(
  requester: Requester,
  bounds: Bounds,
  { name, isVersioned }: BatchBucket,
  [first]: readonly BatchOperation[],
): Promise<boolean> {
  if (first === undefined) return false;
  const target = { bucket: name, key: first.key, method: 'GET' } as const;
  await requester.ready({ effect: 'write', target, ...bounds });
  return requester.beforehand(bounds, isVersioned);
}

function itemOf(bucket: string, operation: BatchOperation, once: boolean): Item {
  const { op } = operation;
  const isRepeatable = once && op !== 'get' && operation.idempotencyKey === undefined;
  const sent = isRepeatable ? { ...operation, idempotencyKey: mintIdempotencyKey() } : operation;
  return {
    op,
    bucket,
    key: operation.key,
    effect: op === 'get' ? 'read' : isRepeatable ? 'repeatable' : 'write',
    text: textOfOperation(bucket, sent),
    tried: [],
    outcome: undefined,
    hadNoRoom: false,
    doubt: undefined,
  };
}

async function sendAll(
  requester: Requester,
  bounds: Bounds,
  items: readonly Item[],
): Promise<void> {
  const toPeers = [...byPeer(requester, items)].map(async ([peer, group]) => {
    const parts = partsOf(group);
    const sendInTurn = async () => {
      for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
        await send(requester, bounds, peer, part);
      }
    };
    await Promise.all(Array.from({ length: PARTS_AT_ONCE }, sendInTurn));
  });
  await Promise.all(toPeers);
}

/** By the node that each is sent to. */
function byPeer({ directory }: Requester, items: readonly Item[]): ReadonlyMap<Peer, Item[]> {
  const groups = new Map<Peer, Item[]>();
  for (const item of items) {
    const { bucket, key } = item;
    const method = item.op === 'get' ? 'GET' : 'PUT';
    const peer = directory.keeper({ bucket, key, method }, item.tried);
    const group = groups.get(peer);
    if (group === undefined) groups.set(peer, [item]);
    else group.push(item);
  }
  return groups;
}

/** What a node takes in one request each. */
function partsOf(items: readonly Item[]): Item[][] {
  const parts: Item[][] = [];
  let length = 0;
  for (const item of items) {
    const last = parts.at(-1);
    length += item.text.length;
    if (last === undefined || last.length >= OPERATIONS_MAX || length > TEXT_MAX) {
      parts.push([item]);
      length = item.text.length;
    } else last.push(item);
  }
  return parts;
}

/** Gives each item its outcome. */
async function send(
  requester: Requester,
  bounds: Bounds,
  peer: Peer,
  part: readonly Item[],
): Promise<void> {
  const body = `{"operations":[${part.map(({ text }) => text).join(',')}]}`;
  const query = { timeout: timeoutOf(bounds) };
  const call = { method: 'POST', path: BATCH_PATH, query, body } as const;
  const run = { call, effect: 'write', target: undefined, ...bounds } as const;
  try {
    await requester.ready(run);
    const answer = await requester.attemptAt(peer, { ...run, tried: [] });
    requester.directory.epochSeen(epochIn(answer));
    const results = resultsIn(answer, part.length);
    for (const [at, item] of part.entries()) {
      item.outcome = outcomeIn(item, results[at] as BatchResult);
    }
  } catch (error) {
    for (const item of part) item.outcome = failure(item, error);
  }
  const isRoomForSome = part.some(({ outcome }) => outcome !== undefined && 'answer' in outcome);
  for (const item of part) {
    item.hadNoRoom = isRoomForSome && hadNoRoom(item);
    if (!item.hadNoRoom) item.tried.push(peer);
  }
}

/** Throws `internal`, after which nobody knows what became of writes, where they are not there. */
function resultsIn(answer: RawAnswer, count: number): readonly BatchResult[] {
  const results = listIn(answer);
  if (Array.isArray(results) && results.length === count && results.every(isResult)) return results;
  throw new QuorateError('internal', 'the answer to a batch has not the results of its operations');
}

function listIn(answer: RawAnswer): unknown {
  try {
    return documentOf<{ readonly results?: unknown } | null>(answer)?.results;
  } catch {
    return undefined;
  }
}

function isResult(result: unknown): result is BatchResult {
  return typeof result === 'object' && result !== null && 'status' in result;
}

/** An answer holds so many bytes of values and no more. */
function hadNoRoom(item: Item): boolean {
  const error = errorIn(item);
  return item.op === 'get' && error instanceof QuorateError && error.code === 'value_too_large';
}

/** Many operations take their time: the node may use all that there is. */
function timeoutOf({ until }: Bounds): number {
  const leftMs = Math.ceil(until - performance.now());
  return Math.max(1, Math.min(leftMs, NODE_TIMEOUT_MS_MAX));
}

function outcomeIn(item: Item, result: BatchResult): BatchOutcome {
  try {
    return outcomeOf(item.op, result);
  } catch (error) {
    return failure(item, error);
  }
}

function failure(item: Item, thrown: unknown): BatchOutcome {
  const error = errorOfOperation(item.op, thrown);
  if (item.effect !== 'read' && isInDoubt(error)) item.doubt ??= error;
  return { op: item.op, error };
}

function isWorthwhile({ effect, outcome }: Item): boolean {
  return outcome !== undefined && 'error' in outcome && mayBeSentAgain(effect, outcome.error);
}

function errorIn({ outcome }: Item): unknown {
  return outcome !== undefined && 'error' in outcome ? outcome.error : undefined;
}

/** That a later attempt did nothing says nothing of an earlier one. */
function settled(item: Item): BatchOutcome {
  const outcome = item.outcome as BatchOutcome;
  if (!('error' in outcome) || item.doubt === undefined) return outcome;
  return tellsOutcome(outcome.error) ? outcome : { op: item.op, error: item.doubt };
}

/** Of the ring by which the node worked; 0: it does not say. */
function epochIn({ headers }: RawAnswer): number {
  return Number(headers['x-quorate-epoch'] ?? 0);
}
