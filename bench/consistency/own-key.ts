/**
 * A key that one client alone writes, and what this client knows of it: whether a read breaks
 * one of two promises that a session would give.
 *
 * Values are numbers that rise with each write. Read your writes: a read shows the last
 * acknowledged write or a later one. Monotonic reads: a read shows what the client has read
 * before or something later. A write of unknown outcome obliges to nothing until it is read.
 */

import type { GetAnswer, WriteAnswer } from '../../src/client/answers.ts';

export interface Breach {
  readonly readYourWrites: boolean;
  readonly monotonicReads: boolean;
}

export class OwnKey {
  readonly name: string;
  #context: string | undefined;
  #written = 0;
  #acknowledged = 0;
  #seen = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Of the newest state known: what the next write replaces. */
  get context(): string | undefined {
    return this.#context;
  }

  nextValue(): number {
    return ++this.#written;
  }

  acknowledged(value: number, { context }: Pick<WriteAnswer, 'context'>): void {
    this.#acknowledged = value;
    this.#context = context;
  }

  read({ values, context }: Pick<GetAnswer, 'values' | 'context'>): Breach {
    const newest = Math.max(0, ...values.map(({ value }) => Number(Buffer.from(value))));
    const breach = {
      readYourWrites: newest < this.#acknowledged,
      monotonicReads: newest < this.#seen,
    };
    this.#seen = Math.max(this.#seen, newest);
    if (!breach.readYourWrites) this.#context = context ?? this.#context;
    return breach;
  }
}
