/** Messages of one turn: what is timed goes before what is not (Lifeguard, section IV-A). */

import type { Envelope } from './effects.ts';
import type { MemberNo, Message } from './message.ts';

export class Outbox {
  #timed: Envelope[] = [];
  #untimed: Envelope[] = [];

  get isEmpty(): boolean {
    return this.#timed.length + this.#untimed.length === 0;
  }

  send(to: MemberNo, message: Message): void {
    const isUntimed = message.type === 'gossip' || message.type === 'push_pull';
    (isUntimed ? this.#untimed : this.#timed).push({ to, message });
  }

  take(): readonly Envelope[] {
    const messages = [...this.#timed, ...this.#untimed];
    this.#timed = [];
    this.#untimed = [];
    return messages;
  }
}
