/**
 * A snapshot on its way from the leader to a member that needs entries which the log no
 * longer has: chunk after chunk over the bulk lane, each on the receiver's disk before the
 * next is sent. What was received counts only when the last chunk is there.
 */

import { isExpected, QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Transport } from '../../ports/transport.ts';
import { SNAPSHOT_CHUNK, type SnapshotChunk, type Speaker } from './group-messages.ts';
import type { StoredSnapshot } from './raft-codec.ts';
import type { RaftStore } from './raft-store.ts';

/** For one chunk, its write to the receiver's disk included. */
const CHUNK_MS_MAX = 10_000;

export interface SendingPorts {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly store: RaftStore;
  readonly speaker: Speaker;
  /** Of the sender, who leads: a receiver of a later term refuses. */
  readonly term: number;
  /** False when the sender leads no longer, or stops. */
  readonly isWanted: () => boolean;
}

/** Resolves with false where it did not arrive; the leader tries again later. */
export async function sendSnapshot(
  ports: SendingPorts,
  peer: NodeId,
  snapshot: StoredSnapshot,
): Promise<boolean> {
  const { clock, transport, store, speaker, term, isWanted } = ports;
  const { chunkCount, ...meta } = snapshot;
  try {
    for (let chunk = 0; chunk < chunkCount; chunk++) {
      if (!isWanted()) return false;
      const bytes = store.chunk(meta.index, chunk);
      const last = chunk === chunkCount - 1;
      const request = { from: speaker, term, meta, chunk, last, bytes };
      await transport.call(peer, SNAPSHOT_CHUNK, request, { deadline: clock.now() + CHUNK_MS_MAX });
    }
    return true;
  } catch (error) {
    if (isExpected(error)) return false;
    throw error;
  }
}

/** Puts chunks on disk; one snapshot from one sender at a time. */
export class SnapshotReceiver {
  readonly #store: RaftStore;
  /** The index that this node's state has reached. */
  readonly #reached: () => number;
  #expected: { readonly stream: string; chunk: number } | undefined;

  constructor(store: RaftStore, reached: () => number) {
    this.#store = store;
    this.#reached = reached;
  }

  /** Resolves with true when the whole snapshot is on disk. Throws `bad_request` out of order. */
  async take({ from, term, meta, chunk, last, bytes }: SnapshotChunk): Promise<boolean> {
    // What is here reaches as far already; the machine will say so to the leader.
    if (meta.index <= Math.max(this.#reached(), this.#store.snapshot.index)) return last;
    const stream = `${from.member} ${term} ${meta.index}`;
    if (chunk === 0) {
      this.#expected = { stream, chunk: 0 };
      await this.#store.clearStaged(meta.index);
    }
    const expected = this.#expected;
    if (expected?.stream !== stream || expected.chunk !== chunk) {
      throw new QuorateError('bad_request', `chunk ${chunk} of a snapshot comes out of order`);
    }
    expected.chunk++;
    await this.#store.stageChunk(meta.index, chunk, Uint8Array.from(bytes));
    if (this.#expected !== expected) {
      throw new QuorateError('bad_request', 'another stream of the snapshot has begun meanwhile');
    }
    if (last) this.#expected = undefined;
    return last;
  }
}
