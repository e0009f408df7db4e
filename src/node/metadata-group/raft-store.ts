/**
 * What a member of the metadata group keeps on disk, in a store of its own:
 *
 *   01                          who this node is in its cluster
 *   02                          hard state
 *   03 | index u64              entries of the log, contiguous
 *   04                          facts of the newest whole snapshot
 *   05 | index u64 | chunk u32  chunks of snapshots; others than the newest are leftovers
 *   06 | member u48             the last life that each other member was heard in
 *
 * Invariant: a write either happens whole or not at all, in the order of the calls; what a
 * member said it has is here. Anything damaged or missing is a `StoreError`: a member that
 * forgot what it promised must not take part.
 */

import { StoreError } from '../../kernel/errors.ts';
import type { KnownStart } from '../../metadata/starts.ts';
import type { Store, StoreWrite } from '../../ports/store.ts';
import type { Persist } from '../../raft/effects.ts';
import type { Entry, MemberNo, SnapshotMeta } from '../../raft/entry.ts';
import type { Recovered } from '../../raft/options.ts';
import type { GroupIdentity } from './group-identity.ts';
import { decodeLife, encodeLife } from './peer-lives.ts';
import {
  decodeChunk,
  decodeEntry,
  decodeHardState,
  decodeSnapshot,
  encodeChunk,
  encodeEntry,
  encodeHardState,
  encodeSnapshot,
  type StoredSnapshot,
  WHAT_TO_DO,
} from './raft-codec.ts';

const TABLE = { identity: 1, hardState: 2, entries: 3, snapshot: 4, chunks: 5, lives: 6 } as const;

const IDENTITY_KEY = Uint8Array.of(TABLE.identity);
const HARD_STATE_KEY = Uint8Array.of(TABLE.hardState);
const SNAPSHOT_KEY = Uint8Array.of(TABLE.snapshot);

/** Entries of a compacted log that are removed in one batch. */
const REMOVED_AT_ONCE = 1_000;

const NO_SNAPSHOT: StoredSnapshot = {
  index: 0,
  term: 0,
  configuration: { voters: [], outgoing: [], learners: [] },
  chunkCount: 0,
};

export class RaftStore {
  readonly #store: Store;
  #snapshot: StoredSnapshot = NO_SNAPSHOT;
  #firstIndex = 1;
  #lastIndex = 0;
  /** By index of the snapshot: how many need its chunks. */
  readonly #pinned = new Map<number, number>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The newest snapshot that is whole. */
  get snapshot(): StoredSnapshot {
    return this.#snapshot;
  }

  identity(): GroupIdentity | undefined {
    const bytes = this.#store.get(IDENTITY_KEY);
    if (bytes === undefined) return undefined;
    const text = Buffer.from(decodeChunk(bytes, "the node's identity")).toString('utf8');
    return JSON.parse(text) as GroupIdentity;
  }

  /** A node that was admitted: it has no log yet. */
  async join(identity: GroupIdentity): Promise<void> {
    await this.#store.write([put(IDENTITY_KEY, identityBytes(identity))]);
  }

  /** The first node: the cluster is born as a snapshot, all in one write. */
  async found(
    identity: GroupIdentity,
    meta: SnapshotMeta,
    chunks: readonly Uint8Array[],
  ): Promise<void> {
    await this.#store.write([put(IDENTITY_KEY, identityBytes(identity)), ...birthOf(meta, chunks)]);
  }

  /**
   * Who this node is from now on; all else that was known goes, in the same write. In its place
   * the cluster is born again as a snapshot, or the state comes from the others.
   */
  async beginAnew(
    identity: GroupIdentity,
    born?: { readonly meta: SnapshotMeta; readonly chunks: readonly Uint8Array[] },
  ): Promise<void> {
    const range = { from: HARD_STATE_KEY, to: Uint8Array.of(TABLE.lives + 1) };
    const removals = [...this.#store.range(range)].map(({ key }) => removal(key));
    const birth = born === undefined ? [] : birthOf(born.meta, born.chunks);
    await this.#store.write([...removals, put(IDENTITY_KEY, identityBytes(identity)), ...birth]);
  }

  /** Reads everything back. Throws `StoreError` where anything is damaged or missing. */
  recover(): Recovered {
    const state = this.#store.get(HARD_STATE_KEY);
    const snapshot = this.#store.get(SNAPSHOT_KEY);
    const hardState = state ? decodeHardState(state) : { term: 0, vote: 0, commit: 0 };
    this.#snapshot = snapshot ? decodeSnapshot(snapshot) : NO_SNAPSHOT;
    const entries = this.#readLog();
    this.#firstIndex = entries[0]?.index ?? this.#snapshot.index + 1;
    this.#lastIndex = entries.at(-1)?.index ?? this.#snapshot.index;
    demand(this.#firstIndex <= this.#snapshot.index + 1, 'entries after the snapshot are missing');
    demand(this.#lastIndex >= this.#snapshot.index, 'the log ends before its snapshot');
    demand(hardState.commit <= this.#lastIndex, 'committed entries are missing');
    this.#removeLeftovers();
    return { hardState, snapshot: this.#snapshot, entries };
  }

  /** Resolves when all of it would survive a power cut. */
  persist({ hardState, snapshot, entries }: Omit<Persist, 'acknowledgement' | 'messages'>) {
    const writes: StoreWrite[] = [];
    if (hardState !== undefined) writes.push(put(HARD_STATE_KEY, encodeHardState(hardState)));
    if (snapshot !== undefined) this.#install(snapshot, writes);
    const first = entries[0];
    if (first !== undefined) {
      for (let index = first.index + entries.length; index <= this.#lastIndex; index++) {
        writes.push({ type: 'delete', key: entryKey(index) });
      }
      for (const entry of entries) writes.push(put(entryKey(entry.index), encodeEntry(entry)));
      this.#lastIndex = first.index + entries.length - 1;
    }
    return this.#store.write(writes);
  }

  /** What was staged of a snapshot that did not become the newest goes. */
  async clearStaged(index: number): Promise<void> {
    if (index === this.#snapshot.index || this.#pinned.has(index)) return;
    const writes: StoreWrite[] = [];
    for (let chunk = 0; this.#store.get(chunkKey(index, chunk)) !== undefined; chunk++) {
      writes.push({ type: 'delete', key: chunkKey(index, chunk) });
    }
    if (writes.length > 0) await this.#store.write(writes);
  }

  /** A chunk of a snapshot that is being taken or received. */
  stageChunk(index: number, chunk: number, bytes: Uint8Array): Promise<void> {
    return this.#store.write([put(chunkKey(index, chunk), encodeChunk(bytes))]);
  }

  /** Makes a snapshot of this node's own state, staged whole, the newest; the log stays. */
  finishSnapshot(snapshot: StoredSnapshot): Promise<void> {
    const last = this.#snapshot;
    this.#snapshot = snapshot;
    const replaced = last.index === snapshot.index ? [] : this.#removalOf(last);
    return this.#store.write([put(SNAPSHOT_KEY, encodeSnapshot(snapshot)), ...replaced]);
  }

  /** Entries before this index go; the newest snapshot stands for them. */
  async compact(firstIndexKept: number): Promise<void> {
    while (this.#firstIndex < firstIndexKept) {
      const until = Math.min(firstIndexKept, this.#firstIndex + REMOVED_AT_ONCE);
      const writes: StoreWrite[] = [];
      for (let index = this.#firstIndex; index < until; index++) {
        writes.push({ type: 'delete', key: entryKey(index) });
      }
      this.#firstIndex = until;
      await this.#store.write(writes);
    }
  }

  /** The chunks stay until what is returned is called, whatever becomes the newest snapshot. */
  pin(snapshot: StoredSnapshot): () => void {
    const { index } = snapshot;
    this.#pinned.set(index, (this.#pinned.get(index) ?? 0) + 1);
    return () => {
      const others = (this.#pinned.get(index) as number) - 1;
      if (others > 0) {
        this.#pinned.set(index, others);
        return;
      }
      this.#pinned.delete(index);
      if (index === this.#snapshot.index) return;
      // A failure of the store is told to whoever opened it.
      this.#store.write(this.#removalOf(snapshot)).catch(() => {});
    };
  }

  chunk(index: number, chunk: number): Uint8Array {
    const bytes = this.#store.get(chunkKey(index, chunk));
    demand(bytes !== undefined, `chunk ${chunk} of snapshot ${index} is missing`);
    return decodeChunk(bytes as Uint8Array, `chunk ${chunk} of snapshot ${index}`);
  }

  *chunks({ index, chunkCount }: StoredSnapshot): Generator<Uint8Array> {
    for (let chunk = 0; chunk < chunkCount; chunk++) yield this.chunk(index, chunk);
  }

  lives(): Map<MemberNo, KnownStart> {
    const range = { from: Uint8Array.of(TABLE.lives), to: Uint8Array.of(TABLE.lives + 1) };
    const lives = new Map<MemberNo, KnownStart>();
    for (const { key, value } of this.#store.range(range)) {
      const life = decodeLife(decodeChunk(value, 'what is known of another member'));
      lives.set(Buffer.from(key).readUIntBE(1, 6), life);
    }
    return lives;
  }

  rememberLife(member: MemberNo, life: KnownStart): Promise<void> {
    const key = Buffer.alloc(7);
    key[0] = TABLE.lives;
    key.writeUIntBE(member, 1, 6);
    return this.#store.write([put(key, encodeChunk(encodeLife(life)))]);
  }

  /** The snapshot came whole before; it replaces the log in this very write. */
  #install(meta: SnapshotMeta, writes: StoreWrite[]): void {
    const chunkCount = this.#stagedChunks(meta.index);
    for (let index = this.#firstIndex; index <= this.#lastIndex; index++) {
      writes.push({ type: 'delete', key: entryKey(index) });
    }
    const last = this.#snapshot;
    this.#snapshot = { ...meta, chunkCount };
    writes.push(put(SNAPSHOT_KEY, encodeSnapshot(this.#snapshot)));
    if (last.index !== meta.index) writes.push(...this.#removalOf(last));
    this.#firstIndex = meta.index + 1;
    this.#lastIndex = meta.index;
  }

  #removalOf({ index, chunkCount }: StoredSnapshot): StoreWrite[] {
    if (this.#pinned.has(index)) return [];
    return Array.from({ length: chunkCount }, (_, chunk) => ({
      type: 'delete' as const,
      key: chunkKey(index, chunk),
    }));
  }

  #stagedChunks(index: number): number {
    let count = 0;
    while (this.#store.get(chunkKey(index, count)) !== undefined) count++;
    demand(count > 0, `snapshot ${index} has not come`);
    return count;
  }

  #readLog(): Entry[] {
    const entries: Entry[] = [];
    const range = { from: entryKey(0), to: Uint8Array.of(TABLE.entries + 1) };
    for (const { key, value } of this.#store.range(range)) {
      const index = Number(Buffer.from(key).readBigUInt64BE(1));
      const last = entries.at(-1);
      demand(last === undefined || index === last.index + 1, `entry ${index - 1} is missing`);
      entries.push(decodeEntry(value, index));
    }
    return entries;
  }

  /** Chunks of snapshots that were begun and never became the newest. */
  #removeLeftovers(): void {
    const range = { from: Uint8Array.of(TABLE.chunks), to: Uint8Array.of(TABLE.chunks + 1) };
    const writes: StoreWrite[] = [];
    for (const { key } of this.#store.range(range)) {
      const index = Number(Buffer.from(key).readBigUInt64BE(1));
      if (index !== this.#snapshot.index) writes.push({ type: 'delete', key });
    }
    if (writes.length > 0) this.#store.write(writes).catch(() => {});
  }
}

function put(key: Uint8Array, value: Uint8Array): StoreWrite {
  return { type: 'put', key, value };
}

function removal(key: Uint8Array): StoreWrite {
  return { type: 'delete', key };
}

/** A log that begins with a snapshot. */
function birthOf(meta: SnapshotMeta, chunks: readonly Uint8Array[]): StoreWrite[] {
  return [
    put(HARD_STATE_KEY, encodeHardState({ term: meta.term, vote: 0, commit: meta.index })),
    ...chunks.map((chunk, n) => put(chunkKey(meta.index, n), encodeChunk(chunk))),
    put(SNAPSHOT_KEY, encodeSnapshot({ ...meta, chunkCount: chunks.length })),
  ];
}

function identityBytes(identity: GroupIdentity): Uint8Array {
  return encodeChunk(Buffer.from(JSON.stringify(identity)));
}

function entryKey(index: number): Uint8Array {
  const key = Buffer.alloc(9);
  key[0] = TABLE.entries;
  key.writeBigUInt64BE(BigInt(index), 1);
  return key;
}

function chunkKey(index: number, chunk: number): Uint8Array {
  const key = Buffer.alloc(13);
  key[0] = TABLE.chunks;
  key.writeBigUInt64BE(BigInt(index), 1);
  key.writeUInt32BE(chunk, 9);
  return key;
}

function demand(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new StoreError(`${problem}: ${WHAT_TO_DO}`);
}
