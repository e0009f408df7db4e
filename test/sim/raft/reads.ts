/**
 * Linearizable reads (thesis, section 6.4): a read sees everything that was committed
 * anywhere before it was asked for.
 */

import type { MemberNo } from '../../../src/raft/entry.ts';
import type { Coverage } from './coverage.ts';
import { must } from './violation.ts';

interface OpenRead {
  readonly no: MemberNo;
  /** Committed when it was asked for. */
  readonly atLeast: number;
  /** The machine has done its part; the state is still to be applied. */
  isReady: boolean;
}

export class Reads {
  readonly #coverage: Coverage;
  readonly #open = new Map<number, OpenRead>();
  #lastId = 0;

  constructor(coverage: Coverage) {
    this.#coverage = coverage;
  }

  /** `ask` says whether the member takes the read on. */
  begin(no: MemberNo, commit: number, ask: (id: number) => boolean): void {
    const id = ++this.#lastId;
    this.#open.set(id, { no, atLeast: commit, isReady: false });
    if (!ask(id)) this.#open.delete(id);
  }

  ready(no: MemberNo, id: number): void {
    const read = this.#open.get(id);
    must(read?.no === no && !read.isReady, () => `${no} makes read ${id} ready, which it has not`);
    read.isReady = true;
  }

  /** The member serves the read from a state that may have applied no more than this. */
  served(no: MemberNo, id: number, appliedIndex: number): void {
    const read = this.#close(no, id);
    must(
      appliedIndex >= read.atLeast,
      () => `${no} serves read ${id} at ${appliedIndex}, committed was ${read.atLeast}`,
    );
    this.#coverage.readsServed++;
  }

  lost(no: MemberNo, id: number): void {
    this.#close(no, id);
    this.#coverage.readsLost++;
  }

  crashed(no: MemberNo): void {
    for (const [id, read] of this.#open) if (read.no === no) this.#open.delete(id);
  }

  /** Of which the machine has said neither that they are ready nor that they are lost. */
  openAt(no: MemberNo): number[] {
    return [...this.#open].filter(([, read]) => read.no === no && !read.isReady).map(([id]) => id);
  }

  #close(no: MemberNo, id: number): OpenRead {
    const read = this.#open.get(id);
    must(read?.no === no, () => `${no} answers read ${id}, which it does not have`);
    this.#open.delete(id);
    return read;
  }
}
