/**
 * Takes snapshots of this node's own state and cuts the log behind them, in time with
 * `snapshot-policy`, chunk by chunk, while the state goes on changing.
 */

import type { MetadataState } from '../../metadata/state.ts';
import type { Entry } from '../../raft/entry.ts';
import type { Raft } from '../../raft/raft.ts';
import type { RaftStore } from './raft-store.ts';
import { snapshotDue, trailingEntries } from './snapshot-policy.ts';

export interface SnapshotMakerPorts {
  readonly raft: Raft;
  readonly store: RaftStore;
  readonly onFatal: (error: unknown) => void;
}

export class SnapshotMaker {
  readonly #ports: SnapshotMakerPorts;
  /** What was applied since the last snapshot. */
  #since = { entries: 0, bytes: 0 };
  #making = false;
  #stopped = false;

  constructor(ports: SnapshotMakerPorts) {
    this.#ports = ports;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** To be told of every entry that was applied. */
  count(entry: Entry): void {
    this.#since.entries++;
    if (entry.type === 'command') this.#since.bytes += entry.data.length;
  }

  /** A snapshot of the leader has taken the state's place. */
  restored(): void {
    this.#since = { entries: 0, bytes: 0 };
  }

  /** Takes one now if enough was applied since the last. */
  makeIfDue(state: MetadataState): void {
    if (this.#making || this.#stopped || !snapshotDue(this.#since, state.values.bytes)) return;
    this.#making = true;
    const kept = trailingEntries(this.#since);
    this.#since = { entries: 0, bytes: 0 };
    this.#make(state, kept)
      .catch(this.#ports.onFatal)
      .finally(() => {
        this.#making = false;
      });
  }

  async #make(state: MetadataState, kept: number): Promise<void> {
    const { raft, store } = this.#ports;
    const { index } = state;
    const term = raft.termAt(index);
    // A snapshot of the leader is about to take the place of the log: there is no need of ours.
    if (term === undefined || store.snapshot.index >= index) return;
    const meta = { index, term, configuration: raft.configurationAt(index) };
    const chunks = state.snapshot();
    await store.clearStaged(index);
    let chunkCount = 0;
    for (const chunk of chunks) {
      await store.stageChunk(index, chunkCount++, chunk);
      if (this.#stopped) return;
    }
    if (store.snapshot.index >= index) return store.clearStaged(index);
    await store.finishSnapshot({ ...meta, chunkCount });
    const firstKept = Math.max(1, index + 1 - kept);
    raft.compacted(meta, firstKept);
    await store.compact(firstKept);
  }
}
