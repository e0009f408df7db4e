/**
 * What of this member's state is on its disk, what is on its way there, and which messages
 * must wait for it (Raft, section 5 and figure 2; thesis, section 10.2.1).
 *
 * Writes are made in order, several may be on their way. `written` is how far the log was
 * handed out to be written, `durable` how far it is on disk as it is now; a truncation takes
 * both back.
 *
 * An acknowledgement counts for the log only if it is of the current term. Otherwise entries
 * might come back that a write on its way is just about to replace: (7, term 1) is written,
 * replaced by (7, term 2), and sent again by a leader of term 3; then the first acknowledgement
 * must not pass for that of the third write (the ABA race of etcd's tests). Nothing waits for
 * ever because of that: a new term is always written, and each write names the last entry of
 * the log whenever anything of it is not known to be durable, so that its acknowledgement
 * stands for all that went before.
 */

import { invariant } from '../kernel/invariant.ts';
import type { Envelope, Persist, PersistAcknowledgement } from './effects.ts';
import type { HardState, SnapshotMeta } from './entry.ts';
import type { Recovered } from './options.ts';
import type { RaftLog } from './raft-log.ts';

/** Not bounded in bytes: what a turn adds to the log is bounded by what may be proposed or sent. */
const WRITE_BYTES_MAX = Number.POSITIVE_INFINITY;

export class Disk {
  #hardState: HardState;
  #termDurable: number;
  #written: number;
  #durable: number;
  /** Not handed out yet. */
  #snapshotToWrite: SnapshotMeta | undefined;
  /** From its arrival until it is in the place of the log on disk. */
  #installing: SnapshotMeta | undefined;
  #writesOnTheirWay = 0;

  constructor(recovered: Recovered, log: RaftLog) {
    this.#hardState = recovered.hardState;
    this.#termDurable = recovered.hardState.term;
    this.#written = log.lastIndex;
    this.#durable = log.lastIndex;
  }

  /** The log is on disk up to here, as it is now. */
  get durable(): number {
    return this.#durable;
  }

  get isInstalling(): boolean {
    return this.#installing !== undefined;
  }

  /** Whether messages that bear the term may leave. */
  isTermDurable(term: number): boolean {
    return this.#termDurable === term;
  }

  /** The log from the index on is not what it was. */
  truncated(fromIndex: number): void {
    this.#written = Math.min(this.#written, fromIndex - 1);
    this.#durable = Math.min(this.#durable, fromIndex - 1);
  }

  /** The log was replaced by the snapshot: nothing of it is on disk yet. */
  replaced(snapshot: SnapshotMeta): void {
    this.#snapshotToWrite = snapshot;
    this.#installing = snapshot;
    this.#written = snapshot.index;
    this.#durable = 0;
  }

  /** Whether something must be written. A commit index that moved is no reason by itself. */
  needsWrite(state: HardState, log: RaftLog): boolean {
    return (
      this.#snapshotToWrite !== undefined ||
      this.#written < log.lastIndex ||
      state.term !== this.#hardState.term ||
      state.vote !== this.#hardState.vote
    );
  }

  /** Whether all that was handed out is on disk. */
  get isIdle(): boolean {
    return this.#writesOnTheirWay === 0;
  }

  /**
   * The next write, with the messages that tell of it. If there is nothing to write, the
   * messages still wait in it for the writes before.
   */
  nextWrite(state: HardState, log: RaftLog, messages: readonly Envelope[]): Persist {
    const needed = this.needsWrite(state, log);
    const snapshot = this.#snapshotToWrite;
    const hardState = needed && !sameHardState(state, this.#hardState) ? state : undefined;
    const entries =
      this.#written < log.lastIndex
        ? log.slice(this.#written + 1, log.lastIndex, WRITE_BYTES_MAX)
        : [];
    if (hardState !== undefined) this.#hardState = hardState;
    this.#snapshotToWrite = undefined;
    this.#written = log.lastIndex;
    this.#writesOnTheirWay++;
    const acknowledgement: PersistAcknowledgement = {
      term: state.term,
      last: this.#durable < log.lastIndex ? log.last : undefined,
      snapshotIndex: snapshot?.index,
    };
    return { hardState, snapshot, entries, acknowledgement, messages };
  }

  /** @returns the snapshot that is now in the place of the log on disk, if this was its write */
  acknowledged(
    acknowledgement: PersistAcknowledgement,
    term: number,
    log: RaftLog,
  ): SnapshotMeta | undefined {
    invariant(this.#writesOnTheirWay > 0, 'every write is acknowledged once');
    this.#writesOnTheirWay--;
    this.#termDurable = Math.max(this.#termDurable, acknowledgement.term);
    const { last, snapshotIndex } = acknowledgement;
    // A snapshot holds what is committed, and that is true in every term.
    const installed =
      snapshotIndex !== undefined && snapshotIndex === this.#installing?.index
        ? this.#installing
        : undefined;
    if (installed !== undefined) {
      this.#installing = undefined;
      this.#durable = Math.max(this.#durable, installed.index);
    }
    const isCurrent = acknowledgement.term === term;
    if (isCurrent && last !== undefined && log.termAt(last.index) === last.term) {
      this.#durable = Math.max(this.#durable, last.index);
    }
    return installed;
  }
}

function sameHardState(one: HardState, other: HardState): boolean {
  return one.term === other.term && one.vote === other.vote && one.commit === other.commit;
}
