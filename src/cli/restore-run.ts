/**
 * The keys of a backup on their way into a cluster, a batch at a time, each written down before it
 * is sent and when it has arrived.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { BackupClient } from '../client/backup-client.ts';
import type { NodeClient } from '../client/http-client.ts';
import { mintIdempotencyKey } from '../client/idempotency-key.ts';
import { isDefinite, QuorateError, TransportError } from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import { type RefusedOffer, refusedOffer } from '../kernel/offer.ts';
import { requestIdOfText } from '../kernel/request-id.ts';
import type { RestoreBatch, RestoreOutcome } from '../kernel/restore-batch.ts';
import { asChange, UndecidedError } from './exit.ts';
import { batchesOf, type KeyBatch } from './restore-batches.ts';
import { goneText } from './restore-buckets.ts';
import type { ProgressFile, RestoreProgress, RestoreTally, SentBatch } from './restore-progress.ts';
import { comparePlaces, type RestorableKey } from './restore-source.ts';
import { visible } from './terminal-text.ts';

export interface RestoreRun {
  readonly node: Pick<BackupClient, 'restore'>;
  readonly client: Pick<NodeClient, 'groupStatus'>;
  readonly file: Pick<ProgressFile, 'write'>;
  /** For nodes that are out of reach for a moment, each time. */
  readonly patienceMs: number;
}

const CALL_MS_MAX = 30_000;
const PAUSE_MS_MIN = 250;
const PAUSE_MS_MAX = 4_000;

/**
 * Throws where a key is refused, or nobody answers; it can be run again. `UndecidedError`: some of
 * what was sent last may have arrived, or not.
 */
export async function restoreKeys(
  { node, client, file, patienceMs }: RestoreRun,
  keys: Iterable<RestorableKey>,
  begun: RestoreProgress,
): Promise<RestoreProgress> {
  let progress = begun;
  const { tally } = begun;
  const numbers = new Map(begun.buckets.map(({ name, number }) => [name, number]));
  const save = (more: Partial<RestoreProgress>) => {
    progress = { ...progress, ...more };
    file.write(progress);
  };
  for (const batch of batchesOf(keys, progress)) {
    const last = batch.keys.at(-1) as RestorableKey;
    const again = progress.sent !== null && comparePlaces(last.place, progress.sent.to) <= 0;
    const sent = again && progress.sent !== null ? progress.sent : await newBatch(client, last);
    if (!again) save({ sent });
    const bucketNumber = numbers.get(last.bucket.name);
    invariant(typeof bucketNumber === 'number', 'a bucket is made before it is filled');
    const sending = { node, patienceMs, batch, bucketNumber, sent };
    await sendAll(sending, again, tally);
    tally.deleted += batch.deleted;
    const isOver = comparePlaces(last.place, sent.to) >= 0;
    save({ done: last.place, sent: isOver ? null : sent });
  }
  return progress;
}

async function newBatch(
  client: Pick<NodeClient, 'groupStatus'>,
  { place: to }: RestorableKey,
): Promise<SentBatch> {
  const { appliedIndex: asOf } = await client.groupStatus();
  return { to, asOf, idempotencyKey: mintIdempotencyKey() };
}

interface Sending {
  readonly node: Pick<BackupClient, 'restore'>;
  readonly patienceMs: number;
  readonly batch: KeyBatch;
  readonly bucketNumber: number;
  readonly sent: SentBatch;
}

async function sendAll(sending: Sending, again: boolean, tally: RestoreTally): Promise<void> {
  const { batch, sent, patienceMs } = sending;
  const until = performance.now() + patienceMs;
  let waiting: readonly RestorableKey[] = batch.keys;
  let asOf = again ? sent.asOf : undefined;
  let isInDoubt = false;
  for (let pauseMs = PAUSE_MS_MIN; waiting.length > 0; ) {
    const isLast = performance.now() >= until;
    const answer: Answer = await asChange(ask(sending, waiting, asOf, isLast), isInDoubt);
    isInDoubt ||= mayHaveArrived(answer);
    // It may have arrived by now, or some of it.
    asOf = sent.asOf;
    waiting = waiting.filter((key, at) => {
      const outcome = answer instanceof Error ? undefined : answer[at];
      return !isCounted(key, outcome, isLast, tally);
    });
    if (waiting.length > 0) await sleep(pauseMs);
    pauseMs = Math.min(PAUSE_MS_MAX, 2 * pauseMs);
  }
}

/** Or the error that may pass. */
type Answer = readonly RestoreOutcome[] | Error;

/** Some of what is sent again. */
function mayHaveArrived(answer: Answer): boolean {
  if (answer instanceof Error) return !isDefinite(answer);
  return answer.some(({ outcome }) => outcome === 'refused');
}

async function ask(
  { node, batch, bucketNumber, sent }: Sending,
  keys: readonly RestorableKey[],
  asOf: number | undefined,
  isLast: boolean,
): Promise<Answer> {
  const { bucket } = batch.keys[0] as RestorableKey;
  const requestId = requestIdOfText(sent.idempotencyKey);
  invariant(requestId !== undefined, 'the id of a batch is a UUID');
  const offered: RestoreBatch = {
    bucketNumber,
    mode: bucket.mode,
    asOf,
    requestId,
    keys: keys.map(({ key, content }) => ({ key, content: content as Uint8Array })),
  };
  try {
    return await node.restore(offered, CALL_MS_MAX);
  } catch (error) {
    if (error instanceof QuorateError) {
      if (error.code === 'no_such_bucket') throw new Error(goneText(bucket.name));
      // So that the key is named.
      if (error.code === 'value_too_large' && keys.length === 1) return [refusedOffer(error)];
    }
    const isPassing =
      error instanceof TransportError ||
      (error instanceof QuorateError && (error.retry || !error.definite));
    if (isLast || !isPassing) throw error;
    return error;
  }
}

/** Whether nothing more is to be done for the key. Throws where it is refused for good. */
function isCounted(
  { key, bucket, place }: RestorableKey,
  outcome: RestoreOutcome | undefined,
  isLast: boolean,
  tally: RestoreTally,
): boolean {
  if (outcome === undefined) return false;
  const name = `${bucket.name}/${visible(Buffer.from(key).toString())}`;
  switch (outcome.outcome) {
    case 'refused':
      if (outcome.retry && !isLast) return false;
      if (outcome.code === 'no_such_bucket') throw new Error(goneText(bucket.name));
      throw refusalOf(name, outcome);
    case 'doubtful':
      // Replicas that have it bring it to those that refused it.
      if (!isLast) return false;
      tally.doubtful.push(`${name} (base64 ${place.keyBase64})`);
      break;
    default:
      tally[outcome.outcome]++;
  }
  tally.keys++;
  return true;
}

/** Where it could be offered again, some of the nodes that keep the key may have it. */
function refusalOf(name: string, { code, detail, retry }: RefusedOffer): Error {
  const why = `${detail} (${code}); run this again when that is mended`;
  if (retry) return new UndecidedError(`${name} may have been restored, or not: ${why}`);
  return new Error(`${name} is refused: ${why}`);
}
