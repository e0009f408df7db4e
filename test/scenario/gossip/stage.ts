/**
 * The members of a scenario about gossip, and their time. A letter arrives in the millisecond
 * in which it was sent, unless it is held.
 */

import type { MemberNo, Message } from '../../../src/gossip/message.ts';
import { type Letter, Wire } from '../wire.ts';
import type { Actor, Surroundings } from './actor.ts';
import { messageWords } from './words.ts';

/** Whoever wants to be woken again and again in one millisecond is broken. */
const WAKES_MAX = 100_000;

export class Stage extends Wire<Message> implements Surroundings {
  readonly actors = new Map<MemberNo, Actor>();
  /** Members whose lines the script says: what is sent to them is only shown. */
  readonly puppets = new Set<MemberNo>();
  /** Types of messages that are shown; undefined for all. */
  shownTypes: readonly string[] | undefined;
  nowMs = 0;
  protected override readonly tellsSending = false;

  actor(no: MemberNo): Actor {
    const actor = this.actors.get(no);
    if (actor === undefined) throw new Error(`there is no member ${no}`);
    return actor;
  }

  override tell(line: string): void {
    super.tell(`[${this.nowMs}] ${line}`);
  }

  /** Everyone acts when it is due, and hears at once. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (let wakes = 0; wakes < WAKES_MAX; wakes++) {
      const [actor, dueMs] = this.#nextDue();
      if (actor === undefined || dueMs > endMs) {
        this.nowMs = endMs;
        return;
      }
      this.nowMs = Math.max(this.nowMs, Math.ceil(dueMs));
      actor.act((machine) => machine.tick(this.nowMs));
      this.deliverAll();
    }
    throw new Error('members want to be woken without end');
  }

  protected override words(message: Message): string {
    return messageWords(message);
  }

  protected override tellOf(letter: Letter<Message>, verb: string, fate = ''): void {
    const { type } = letter.message;
    if (this.shownTypes === undefined || this.shownTypes.includes(type)) {
      super.tellOf(letter, verb, fate);
    }
  }

  protected override isUp(no: MemberNo): boolean {
    return this.puppets.has(no) || this.actors.get(no)?.machine !== undefined;
  }

  protected override receive(letter: Letter<Message>): void {
    const { from, to, message } = letter;
    this.tellOf(letter, '->');
    if (this.puppets.has(to)) return;
    this.actor(to).act((machine) => machine.receive(from, message, this.nowMs));
  }

  #nextDue(): [Actor | undefined, number] {
    let next: Actor | undefined;
    let dueMs = Number.POSITIVE_INFINITY;
    for (const actor of this.actors.values()) {
      const wakeMs = actor.isFrozen ? undefined : actor.machine?.nextWakeMs;
      if (wakeMs === undefined || wakeMs >= dueMs) continue;
      next = actor;
      dueMs = wakeMs;
    }
    return [next, dueMs];
  }
}
