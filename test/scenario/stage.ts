/** The members of a scenario and the wire between them: nothing moves unless it is told to. */

import type { MemberNo } from '../../src/raft/entry.ts';
import type { Message } from '../../src/raft/message.ts';
import type { Actor, Surroundings } from './actor.ts';
import { messageWords } from './words.ts';

export interface Letter {
  readonly from: MemberNo;
  readonly to: MemberNo;
  readonly message: Message;
}

export type LetterFilter = (letter: Letter) => boolean;

/** So that a scenario in which members never fall silent ends. */
const DELIVERIES_MAX = 10_000;

export class Stage implements Surroundings {
  readonly actors = new Map<MemberNo, Actor>();
  /** The election timeout of all members, in ticks. */
  electionTicks = 0;
  readonly #lines: string[] = [];
  #wire: Letter[] = [];
  readonly #cuts = new Set<string>();
  #holds: LetterFilter[] = [];
  /** While everything is delivered, letters are shown when they arrive, not when they are sent. */
  #deliversAll = false;

  tell(line: string): void {
    this.#lines.push(line);
  }

  /** What was told since the last time. */
  takeLines(): string[] {
    return this.#lines.splice(0);
  }

  actor(no: MemberNo): Actor {
    const actor = this.actors.get(no);
    if (actor === undefined) throw new Error(`there is no member ${no}`);
    return actor;
  }

  send(from: MemberNo, to: MemberNo, message: Message): void {
    if (!this.#deliversAll) this.tell(`${from} sends ${to} ${messageWords(message)}`);
    this.#wire.push({ from, to, message });
  }

  cut(from: MemberNo, to: MemberNo): void {
    this.#cuts.add(`${from} ${to}`);
  }

  heal(): void {
    this.#cuts.clear();
  }

  /** Such letters stay on the wire while everything is delivered. */
  hold(filter: LetterFilter): void {
    this.#holds.push(filter);
  }

  release(): void {
    this.#holds = [];
  }

  /** Until the wire is empty, but for what is held. */
  deliverAll(): void {
    this.#deliversAll = true;
    try {
      for (let count = 0; ; count++) {
        if (count > DELIVERIES_MAX) throw new Error('members never fall silent');
        const at = this.#wire.findIndex((one) => !this.#holds.some((holds) => holds(one)));
        const letter = this.#wire[at];
        if (letter === undefined) return;
        this.#wire.splice(at, 1);
        this.#deliver(letter);
      }
    } finally {
      this.#deliversAll = false;
    }
  }

  /** Those that are on the wire now, held or not. @returns how many */
  deliver(filter: LetterFilter): number {
    const letters = this.#take(filter);
    for (const letter of letters) this.#deliver(letter);
    return letters.length;
  }

  get lettersOnWire(): readonly Letter[] {
    return this.#wire;
  }

  /** As if they had never been sent. */
  forget(filter: LetterFilter): void {
    this.#take(filter);
  }

  drop(filter: LetterFilter): void {
    for (const { from, to, message } of this.#take(filter)) {
      this.tell(`${from} -> ${to} dropped ${messageWords(message)}`);
    }
  }

  /** They will arrive twice. */
  repeat(filter: LetterFilter): void {
    this.#wire.push(...this.#wire.filter(filter));
  }

  show(): void {
    for (const { from, to, message } of this.#wire) {
      this.tell(`${from} -> ${to} ${messageWords(message)}`);
    }
  }

  #take(filter: LetterFilter): readonly Letter[] {
    const taken = this.#wire.filter(filter);
    this.#wire = this.#wire.filter((letter) => !filter(letter));
    return taken;
  }

  #deliver({ from, to, message }: Letter): void {
    const receiver = this.actor(to);
    if (this.#cuts.has(`${from} ${to}`) || receiver.raft === undefined) {
      this.tell(`${from} -> ${to} lost ${messageWords(message)}`);
      return;
    }
    receiver.receive(from, message);
  }
}
