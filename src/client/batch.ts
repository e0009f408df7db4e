/**
 * Many operations in as few requests as there are nodes that keep their keys: each is sent to
 * one that does, and those that failed and may be sent again are, until the time is up.
 */

import { documentOf, type RawAnswer } from './answers.ts';
import {
  type BatchOperation,
  type BatchOutcome,
  documentOfOperation,
  errorOfOperation,
  outcomeOf,
  type ResultDocument,
} from './batch-documents.ts';
import { mintIdempotencyKey } from './idempotency-key.ts';
import type { Peer } from './peer.ts';
import { BATCH_PATH } from './request-text.ts';
import type { Bounds, Requester } from './requester.ts';
import { type Effect, isInDoubt, mayBeSentAgain, tellsOutcome } from './retry-safety.ts';

/** A node takes no more in one request. */
const OPERATIONS_MAX = 1_000;
/** A node takes no longer for one. */
const NODE_TIMEOUT_MS_MAX = 60_000;
/** Of values and keys in one request, about: far below what a node takes. */
const BYTES_MAX = 4 * 1024 * 1024;

interface Item {
  readonly op: BatchOperation['op'];
  readonly effect: Effect;
  readonly operation: BatchOperation;
  /** As it is sent. */
  readonly text: string;
  readonly tried: Peer[];
  outcome: BatchOutcome | undefined;
  /** What an attempt left unknown. */
  doubt: unknown;
}

/**
 * What became of each operation, in their order.
 * @param once of a bucket: a write of it runs once, however often it is sent (modes paxos and raft)
 */
export async function runBatch(
  requester: Requester,
  bounds: Bounds,
  operations: readonly BatchOperation[],
  once: (bucket: string) => boolean,
): Promise<readonly BatchOutcome[]> {
  const items = operations.map((operation) => itemOf(operation, once(operation.bucket)));
  let pending = await readied(requester, bounds, items);
  for (let attempt = 1; pending.length > 0; attempt++) {
    await Promise.all(
      groupsOf(requester, pending).map(({ peer, group }) => send(requester, bounds, peer, group)),
    );
    pending = pending.filter(({ effect, outcome }) => isWorthwhile(effect, outcome));
    const [failed] = pending;
    if (failed === undefined || !(await requester.pause(bounds, attempt, errorIn(failed)))) break;
  }
  return items.map(settled);
}

/** Those whose nodes are known now: all, unless the time is up. */
async function readied(
  requester: Requester,
  bounds: Bounds,
  items: readonly Item[],
): Promise<readonly Item[]> {
  const byBucket = new Map(items.map(({ operation }) => [operation.bucket, operation.key]));
  try {
    for (const [bucket, key] of byBucket) {
      const target = { bucket, key, method: 'GET' } as const;
      await requester.ready({ effect: 'write', target, ...bounds });
    }
    return items;
  } catch (error) {
    for (const item of items) item.outcome = failure(item, error);
    return [];
  }
}

function itemOf(operation: BatchOperation, once: boolean): Item {
  const { op } = operation;
  const isRepeatable = once && op !== 'get' && operation.idempotencyKey === undefined;
  const sent = isRepeatable ? { ...operation, idempotencyKey: mintIdempotencyKey() } : operation;
  const effect = op === 'get' ? 'read' : isRepeatable ? 'repeatable' : 'write';
  const text = JSON.stringify(documentOfOperation(sent));
  return { op, effect, operation, text, tried: [], outcome: undefined, doubt: undefined };
}

interface Group {
  readonly peer: Peer;
  readonly group: readonly Item[];
}

/** By the node that each is sent to, in pieces that it takes. */
function groupsOf({ directory }: Requester, items: readonly Item[]): readonly Group[] {
  const byPeer = new Map<Peer, Item[]>();
  for (const item of items) {
    const { bucket, key } = item.operation;
    const method = item.op === 'get' ? 'GET' : 'PUT';
    const peer = directory.keeper({ bucket, key, method }, item.tried);
    item.tried.push(peer);
    const group = byPeer.get(peer);
    if (group === undefined) byPeer.set(peer, [item]);
    else group.push(item);
  }
  return [...byPeer].flatMap(([peer, group]) =>
    piecesOf(group).map((piece) => ({ peer, group: piece })),
  );
}

function piecesOf(items: readonly Item[]): Item[][] {
  const pieces: Item[][] = [];
  let bytes = 0;
  for (const item of items) {
    const last = pieces.at(-1);
    bytes += item.text.length;
    if (last === undefined || last.length >= OPERATIONS_MAX || bytes > BYTES_MAX) {
      pieces.push([item]);
      bytes = item.text.length;
    } else last.push(item);
  }
  return pieces;
}

/** Gives each item its outcome. */
async function send(
  requester: Requester,
  bounds: Bounds,
  peer: Peer,
  group: readonly Item[],
): Promise<void> {
  const body = `{"operations":[${group.map(({ text }) => text).join(',')}]}`;
  const query = { timeout: timeoutOf(bounds) };
  const call = { method: 'POST', path: BATCH_PATH, query, body } as const;
  const run = { call, effect: 'write', target: undefined, ...bounds } as const;
  try {
    await requester.ready(run);
    const answer = await requester.attemptAt(peer, { ...run, tried: [] });
    requester.directory.epochSeen(epochIn(answer));
    const { results } = documentOf<{ readonly results: readonly ResultDocument[] }>(answer);
    group.forEach((item, at) => {
      item.outcome = outcomeIn(item, results[at] as ResultDocument);
    });
  } catch (error) {
    for (const item of group) item.outcome = failure(item, error);
  }
}

/** Many operations take their time: the node may use all that there is. */
function timeoutOf({ until }: Bounds): number {
  const leftMs = Math.ceil(until - performance.now());
  return Math.max(1, Math.min(leftMs, NODE_TIMEOUT_MS_MAX));
}

function outcomeIn(item: Item, result: ResultDocument): BatchOutcome {
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

function isWorthwhile(effect: Effect, outcome: BatchOutcome | undefined): boolean {
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
