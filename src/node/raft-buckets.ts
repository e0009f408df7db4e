/**
 * Requests to buckets of mode `raft`: small, precious keys in the log of the metadata group.
 * Reads are linearizable (ReadIndex), writes and their conditions atomic and exactly-once.
 */

import type { MetaEntry } from '../causality/sibling-object.ts';
import { QuorateError } from '../kernel/errors.ts';
import { checkKey } from '../kernel/names.ts';
import type { Trace } from '../kernel/trace.ts';
import type { ValueUpdate } from '../kernel/value-update.ts';
import type { DeleteValue, PutValue, UpdateValue } from '../metadata/command.ts';
import type { Condition } from '../metadata/condition.ts';
import type { ValueEvent } from '../metadata/event-log.ts';
import type { CommandSuccess, Refusal } from '../metadata/reply.ts';
import { contentBytes } from '../metadata/stored-value.ts';
import type { Gauge, Metrics } from '../ports/metrics.ts';
import type { Bucket } from '../ring/cluster-view.ts';
import type { MetadataGroup } from './metadata-group/metadata-group.ts';
import type { Operation, RequestLedger } from './request-ledger.ts';

/** A value with the index of the entry that wrote it. */
export interface RevisionedValue {
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly meta: readonly MetaEntry[];
  readonly revision: number;
  readonly lease: number | undefined;
}

export interface RaftWriteResult {
  /** Of the entry; undefined where nothing was there to delete. */
  readonly revision: number | undefined;
}

export interface RaftUpdateResult {
  /** Of the entry. */
  readonly revision: number;
  /** Of an increment: what it came to. */
  readonly result: number | undefined;
}

export interface RaftChange {
  readonly condition: Condition;
  /** By which the change runs once, see idempotency-key.ts; undefined: it is sent once. */
  readonly requestId?: Uint8Array | undefined;
}

export interface RaftPut extends RaftChange {
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly meta: readonly MetaEntry[];
  readonly lease: number | undefined;
}

export interface RaftUpdate extends RaftChange {
  readonly update: ValueUpdate;
}

/** Changes to keys of a bucket, oldest first; those of one revision are in one piece. */
export interface WatchPiece {
  readonly events: readonly ValueEvent[];
  /** There are no other changes up to here. */
  readonly revision: number;
}

type SuccessOf<Write extends { readonly type: string }> = Extract<
  CommandSuccess,
  { readonly type: Write['type'] }
>;

/** A watcher is handed so much at a time, so that a slow one holds on to no more. */
const PIECE_EVENTS = 64;
const PIECE_BYTES = 256 * 1024;

export class RaftBuckets {
  readonly #group: MetadataGroup;
  readonly #requests: RequestLedger;
  readonly #watchersGauge: Gauge;
  #watchers = 0;

  constructor(group: MetadataGroup, requests: RequestLedger, metrics: Metrics) {
    this.#group = group;
    this.#requests = requests;
    this.#watchersGauge = metrics.gauge({
      name: 'raft_watchers',
      help: 'Watches of raft buckets that are open here',
    });
  }

  /** Undefined where there is no value. */
  get(
    bucket: Bucket,
    key: Uint8Array,
    timeoutMs: number,
    trace?: Trace,
  ): Promise<RevisionedValue | undefined> {
    checkKey(key);
    return this.#requests.run('get', timeoutMs, async (deadline) => {
      await this.#group.client.readBarrier(deadline, trace);
      return this.#group.state?.values.get(bucket.number, key);
    });
  }

  async put(
    bucket: Bucket,
    key: Uint8Array,
    put: RaftPut,
    timeoutMs: number,
    trace?: Trace,
  ): Promise<RaftWriteResult> {
    checkKey(key);
    const bucketNumber = bucket.number;
    const command = { type: 'put_value' as const, bucketNumber, key, ...put };
    const { revision } = await this.#write('put', command, timeoutMs, trace);
    return { revision };
  }

  async delete(
    bucket: Bucket,
    key: Uint8Array,
    change: RaftChange,
    timeoutMs: number,
    trace?: Trace,
  ): Promise<RaftWriteResult> {
    checkKey(key);
    const bucketNumber = bucket.number;
    const command = { type: 'delete_value' as const, bucketNumber, key, ...change };
    const { revision, existed } = await this.#write('delete', command, timeoutMs, trace);
    return { revision: existed ? revision : undefined };
  }

  /**
   * Adds to a number, or to the end of a value, in one step. Throws `not_a_number`,
   * `out_of_range` or `value_too_large` where that cannot be.
   */
  async update(
    bucket: Bucket,
    key: Uint8Array,
    update: RaftUpdate,
    timeoutMs: number,
    trace?: Trace,
  ): Promise<RaftUpdateResult> {
    checkKey(key);
    const bucketNumber = bucket.number;
    const command = { type: 'update_value' as const, bucketNumber, key, ...update };
    const { revision, result } = await this.#write('update', command, timeoutMs, trace);
    return { revision, result };
  }

  /** Keys greater than `after`, rising, at most `limit`. */
  list(
    bucket: Bucket,
    prefix: Uint8Array,
    after: Uint8Array | undefined,
    limit: number,
    timeoutMs: number,
  ) {
    return this.#requests.run('list', timeoutMs, async (deadline) => {
      await this.#group.client.readBarrier(deadline);
      return this.#group.state?.values.list(bucket.number, prefix, after, limit) ?? [];
    });
  }

  /**
   * Changes to keys that begin with `prefix`: those after the revision, which is now where it
   * is left out, and then those to come. Ends with the bucket, by the signal, and when the
   * node stops. The signal must be given in any case: until then the watch counts as open.
   * Throws `watch_compacted`, now or later, where changes are no longer kept.
   */
  watch(
    bucket: Bucket,
    prefix: Uint8Array,
    after: number | undefined,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<{ readonly from: number; readonly pieces: AsyncGenerator<WatchPiece> }> {
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      // Without a majority that can take long, and a node that stops waits for all requests.
      await Promise.race([this.#group.client.readBarrier(deadline), ended(signal)]);
      const { state } = this.#group;
      const now = state?.index ?? 0;
      const from = after ?? now;
      const createdAt = state?.bucketNumbered(bucket.number)?.createdAt ?? 0;
      // It may have watched an earlier bucket of this name: that one's keys are all gone.
      if (from > 0 && from < createdAt) throw compacted(from);
      if (from > now) throw notYet(from, now);
      const events = state?.values.eventsAfter(from, bucket.number, prefix);
      if (events === 'compacted') throw compacted(from);
      if (state?.bucketNumbered(bucket.number) === undefined && events?.length === 0) {
        throw new QuorateError('no_such_bucket', `bucket ${bucket.name} was deleted meanwhile`);
      }
      this.#countUntil(signal);
      return { from, pieces: this.#pieces(bucket.number, prefix, from, signal) };
    });
  }

  #countUntil(signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#watchersGauge.set(++this.#watchers);
    signal.addEventListener('abort', () => this.#watchersGauge.set(--this.#watchers));
  }

  #write<Write extends PutValue | DeleteValue | UpdateValue>(
    operation: Operation,
    command: Write,
    timeoutMs: number,
    trace: Trace | undefined,
  ): Promise<SuccessOf<Write>> {
    return this.#requests.run(operation, timeoutMs, async (deadline) => {
      const { reply } = await this.#group.client.run(command, deadline, trace);
      if (!reply.ok) throw errorOfReply(reply);
      if (reply.type !== command.type) throw usedBefore();
      return reply as SuccessOf<Write>;
    });
  }

  async *#pieces(
    bucketNumber: number,
    prefix: Uint8Array,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<WatchPiece> {
    let revision = after;
    while (this.#requests.open && !signal.aborted) {
      const state = this.#group.state;
      if (state !== undefined && state.index > revision) {
        const events = state.values.eventsAfter(revision, bucketNumber, prefix);
        if (events === 'compacted') throw compacted(revision);
        const piece = firstPiece(events);
        revision = piece.length < events.length ? lastRevision(piece) : state.index;
        yield { events: piece, revision };
        if (piece.at(-1)?.type === 'bucket_deleted') return;
      } else {
        await this.#nextChange(signal);
      }
    }
  }

  #nextChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        unsubscribe();
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const unsubscribe = this.#group.subscribe(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

/** Rejects when the signal is given. */
function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new QuorateError('not_ready', 'the watch was ended as it began'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}

/** Of changes that are left to tell: the first few, with all of the last revision among them. */
function firstPiece(events: readonly ValueEvent[]): readonly ValueEvent[] {
  let bytes = 0;
  let revision = 0;
  for (const [at, event] of events.entries()) {
    const full = at >= PIECE_EVENTS || bytes >= PIECE_BYTES;
    if (full && event.revision > revision) return events.slice(0, at);
    bytes += event.type === 'put' ? contentBytes(event) : 0;
    revision = event.revision;
  }
  return events;
}

function lastRevision(events: readonly ValueEvent[]): number {
  return (events.at(-1) as ValueEvent).revision;
}

function compacted(revision: number): QuorateError {
  return new QuorateError(
    'watch_compacted',
    `some changes after revision ${revision} are no longer kept: watch from now on, and then list the bucket`,
  );
}

function notYet(revision: number, now: number): QuorateError {
  return new QuorateError(
    'bad_parameter',
    `there is no revision ${revision} yet, the last one is ${now}: leave after out to watch from now on`,
    { parameter: 'after' },
  );
}

/** The reply is to what has that id: some other request to the key. */
function usedBefore(): QuorateError {
  const parameter = 'Idempotency-Key';
  const detail = `${parameter} is that of another change to this key: give each change one of its own`;
  return new QuorateError('bad_parameter', detail, { parameter });
}

/** What the state machine refused, as a client meets it. */
export function errorOfReply({ code, detail, facts }: Refusal): QuorateError {
  return new QuorateError(code, detail, facts);
}
