/** One member on the stage: a machine, a disk, and a process that may stand still. */

import type { Effects } from '../../../src/gossip/effects.ts';
import { Gossip } from '../../../src/gossip/gossip.ts';
import type { RosterEntry } from '../../../src/gossip/members.ts';
import type { MemberNo, Message } from '../../../src/gossip/message.ts';
import type { GossipOptions } from '../../../src/gossip/options.ts';
import { changeWords } from './words.ts';

/** What an actor needs of the stage. */
export interface Surroundings {
  readonly nowMs: number;
  tell(line: string): void;
  send(from: MemberNo, to: MemberNo, message: Message): void;
}

export class Actor {
  readonly no: MemberNo;
  /** On disk. */
  incarnation = 0;
  diskIsSlow = false;
  isFrozen = false;
  roster: readonly RosterEntry[];
  readonly #options: GossipOptions;
  readonly #stage: Surroundings;
  #machine: Gossip | undefined;
  #writing: number | undefined;

  constructor(options: GossipOptions, roster: readonly RosterEntry[], stage: Surroundings) {
    this.no = options.self;
    this.#options = options;
    this.#stage = stage;
    this.roster = roster;
  }

  /** Undefined while it is down. */
  get machine(): Gossip | undefined {
    return this.#machine;
  }

  start(): void {
    const machine = new Gossip(this.#options, { incarnation: this.incarnation });
    this.#machine = machine;
    this.act((gossip) => gossip.setRoster(this.roster, this.#stage.nowMs));
  }

  stop(): void {
    this.#machine = undefined;
    this.#writing = undefined;
  }

  /** What was begun is on disk. */
  persist(): void {
    const incarnation = this.#writing;
    if (incarnation === undefined) return;
    this.#writing = undefined;
    this.incarnation = incarnation;
    this.#stage.tell(`${this.no} has incarnation ${incarnation} on disk`);
    this.act((gossip) => gossip.persisted(incarnation, this.#stage.nowMs));
  }

  /** Does something and what comes of it. Nothing if it is down. */
  act(does: (machine: Gossip) => void): void {
    const machine = this.#machine;
    if (machine === undefined) return;
    does(machine);
    while (machine.hasEffects) this.#carryOut(machine.effects());
  }

  #carryOut({ persistIncarnation, messages, changes }: Effects): void {
    for (const change of changes) this.#stage.tell(`${this.no} ${changeWords(change)}`);
    for (const { to, message } of messages) this.#stage.send(this.no, to, message);
    if (persistIncarnation === undefined) return;
    this.#writing = persistIncarnation;
    if (!this.diskIsSlow) this.persist();
    else this.#stage.tell(`${this.no} begins to write incarnation ${persistIncarnation}`);
  }
}
