/**
 * The recent changes to raft buckets, for those who watch them.
 *
 * Invariant: the log has every change after `#droppedUpTo`, and says `compacted` to whoever
 * asks for more; a watcher never misses a change without being told. It is kept in memory by
 * each node for itself and is no part of the replicated state.
 */

import { type KeyedValue, VALUE_OVERHEAD_BYTES, valueBytes } from './stored-value.ts';

/** Changes that are kept: so many, and so many bytes. */
export const EVENTS_MAX = 10_000;
export const EVENT_BYTES_MAX = 16 * 1024 * 1024;

/** A change of one entry of the log; several may have the revision of one entry. */
export type ValueEvent =
  | ({ readonly type: 'put' } & KeyedValue)
  | {
      readonly type: 'delete';
      readonly revision: number;
      readonly bucketNumber: number;
      readonly key: Uint8Array;
    }
  | {
      /** The bucket is gone with all that was in it; nothing of it follows. */
      readonly type: 'bucket_deleted';
      readonly revision: number;
      readonly bucketNumber: number;
    };

export class EventLog {
  /** By rising revision. */
  readonly #events: ValueEvent[] = [];
  #bytes = 0;
  #droppedUpTo: number;

  /** All changes up to this revision are before the log. */
  constructor(droppedUpTo: number) {
    this.#droppedUpTo = droppedUpTo;
  }

  append(event: ValueEvent): void {
    this.#events.push(event);
    this.#bytes += bytesOf(event);
    while (this.#events.length > EVENTS_MAX || this.#bytes > EVENT_BYTES_MAX) this.#dropFirst();
  }

  /** Changes after the revision to keys of the bucket that begin with `prefix`, oldest first. */
  after(revision: number, bucketNumber: number, prefix: Uint8Array): ValueEvent[] | 'compacted' {
    if (revision < this.#droppedUpTo) return 'compacted';
    const events: ValueEvent[] = [];
    for (let at = this.#firstAfter(revision); at < this.#events.length; at++) {
      const event = this.#events[at] as ValueEvent;
      if (event.bucketNumber !== bucketNumber) continue;
      if (event.type === 'bucket_deleted' || beginsWith(event.key, prefix)) events.push(event);
    }
    return events;
  }

  /** Of one entry's changes some may be dropped and others not: then none of them counts. */
  #dropFirst(): void {
    const event = this.#events.shift() as ValueEvent;
    this.#bytes -= bytesOf(event);
    this.#droppedUpTo = event.revision;
  }

  /** Where the first event after the revision is, by halving. */
  #firstAfter(revision: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle] as ValueEvent).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function bytesOf(event: ValueEvent): number {
  return event.type === 'put' ? valueBytes(event.key, event) : VALUE_OVERHEAD_BYTES;
}

function beginsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  return key.length >= prefix.length && prefix.every((byte, at) => key[at] === byte);
}
