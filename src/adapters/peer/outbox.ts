/**
 * Frames on their way to a socket that is not connected yet, or takes no more for now.
 *
 * An entry loses its frame when the frame is handed to the socket, or when its call is given
 * up before that. So whoever holds the entry of a call that is still open can tell whether
 * the peer may have seen it: it cannot have while the frame is still there.
 */

export interface Outgoing {
  frame: Buffer | undefined;
}

/** Entries without a frame are dropped when there are at least this many, and half of all. */
const SPENT_ENTRIES_MIN = 1_024;

export class Outbox {
  #entries: Outgoing[] = [];
  /** Where the oldest entry that may still have a frame is. */
  #first = 0;
  #spent = 0;
  #bytes = 0;

  /** Bytes of the frames that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  add(entry: Outgoing): void {
    this.#bytes += entry.frame?.length ?? 0;
    this.#entries.push(entry);
  }

  /** Takes the frame of an entry that waits here back, so that it is never sent. */
  withdraw(entry: Outgoing): void {
    if (entry.frame === undefined) return;
    this.#bytes -= entry.frame.length;
    entry.frame = undefined;
    this.#spent++;
    this.#dropSpent();
  }

  /** The oldest frames, up to and with the one that reaches `bytesMin` bytes. */
  take(bytesMin: number): Buffer[] {
    const frames: Buffer[] = [];
    let bytes = 0;
    while (bytes < bytesMin && this.#first < this.#entries.length) {
      const entry = this.#entries[this.#first++] as Outgoing;
      if (entry.frame === undefined) continue;
      frames.push(entry.frame);
      bytes += entry.frame.length;
      entry.frame = undefined;
    }
    this.#bytes -= bytes;
    this.#spent += frames.length;
    this.#dropSpent();
    return frames;
  }

  /** So rarely that it costs each entry one move at most. */
  #dropSpent(): void {
    if (this.#spent === this.#entries.length) {
      this.#entries = [];
    } else if (this.#spent >= SPENT_ENTRIES_MIN && this.#spent * 2 >= this.#entries.length) {
      this.#entries = this.#entries.filter((entry) => entry.frame !== undefined);
    } else {
      return;
    }
    this.#first = 0;
    this.#spent = 0;
  }
}
