/** The members of a scenario about Raft, and the wire between them. */

import type { MemberNo } from '../../../src/raft/entry.ts';
import type { Message } from '../../../src/raft/message.ts';
import { type Letter, Wire } from '../wire.ts';
import type { Actor, Surroundings } from './actor.ts';
import { messageWords } from './words.ts';

export class Stage extends Wire<Message> implements Surroundings {
  readonly actors = new Map<MemberNo, Actor>();
  /** The election timeout of all members, in ticks. */
  electionTicks = 0;
  protected override readonly tellsSending = true;

  actor(no: MemberNo): Actor {
    const actor = this.actors.get(no);
    if (actor === undefined) throw new Error(`there is no member ${no}`);
    return actor;
  }

  protected override words(message: Message): string {
    return messageWords(message);
  }

  protected override isUp(no: MemberNo): boolean {
    return this.actor(no).raft !== undefined;
  }

  protected override receive({ from, to, message }: Letter<Message>): void {
    this.actor(to).receive(from, message);
  }
}
