/**
 * Client sessions: a command in the log takes effect once, however often it stands there.
 *
 * Why (Raft, section 8; Ongaro's thesis, 6.3): a leader may commit `x++`, crash before it
 * answers, and the client tries again at the next leader: the log then has it twice. Each
 * node is a client, each of its starts a session; it numbers its commands, and the reply to
 * each is kept until the client says that it has it.
 *
 * Invariants: a sequence number runs at most once; one whose reply is no longer kept answers
 * `session_expired` and never runs, since nobody knows any more whether it did.
 */

import type { Refusal } from './reply.ts';

/** Replies kept for a node; with more, the lowest sequence number is taken as answered. */
export const REPLIES_MAX = 4_096;

/** Which command of which client this is. */
export interface SessionRequest {
  readonly nodeNo: number;
  /** Of the start whose session it is. */
  readonly life: number;
  readonly sequence: number;
  /** The client has the replies to everything below this. */
  readonly answeredBelow: number;
}

export interface KeptSession<Reply> {
  readonly nodeNo: number;
  readonly life: number;
  readonly answeredBelow: number;
  readonly replies: readonly (readonly [sequence: number, Reply])[];
}

interface Session<Reply> {
  readonly life: number;
  answeredBelow: number;
  readonly replies: Map<number, Reply>;
}

export class Sessions<Reply> {
  readonly #byNode = new Map<number, Session<Reply>>();

  constructor(kept: Iterable<KeptSession<Reply>> = []) {
    for (const { nodeNo, life, answeredBelow, replies } of kept) {
      this.#byNode.set(nodeNo, { life, answeredBelow, replies: new Map(replies) });
    }
  }

  /** The node began this life: its earlier session is over. Again for the same life: nothing. */
  open(nodeNo: number, life: number): void {
    if (this.#byNode.get(nodeNo)?.life === life) return;
    this.#byNode.set(nodeNo, { life, answeredBelow: 0, replies: new Map() });
  }

  /** The reply to this command: of `execute`, or the kept one where it ran before. */
  run(request: SessionRequest, execute: () => Reply): Reply | Refusal {
    const { nodeNo, life, sequence, answeredBelow } = request;
    const session = this.#byNode.get(nodeNo);
    if (session === undefined || session.life !== life) {
      return expired(`this start of node ${nodeNo} has no session, or no longer`);
    }
    raise(session, answeredBelow);
    if (sequence < session.answeredBelow) {
      return expired(`the reply to command ${sequence} of node ${nodeNo} is no longer kept`);
    }
    const kept = session.replies.get(sequence);
    if (kept !== undefined) return kept;
    const reply = execute();
    session.replies.set(sequence, reply);
    if (session.replies.size > REPLIES_MAX) raise(session, lowest(session.replies) + 1);
    return reply;
  }

  /** As of now, in the order of the log; later commands do not show in it. */
  capture(): KeptSession<Reply>[] {
    return [...this.#byNode].map(([nodeNo, { life, answeredBelow, replies }]) => {
      return { nodeNo, life, answeredBelow, replies: [...replies] };
    });
  }
}

/** Forgets the replies below; commands arrive in any order, so the mark may lag behind. */
function raise(session: Session<unknown>, answeredBelow: number): void {
  const { replies } = session;
  const from = session.answeredBelow;
  if (answeredBelow <= from) return;
  session.answeredBelow = answeredBelow;
  if (answeredBelow - from <= replies.size) {
    for (let sequence = from; sequence < answeredBelow; sequence++) replies.delete(sequence);
    return;
  }
  for (const sequence of replies.keys()) {
    if (sequence < answeredBelow) replies.delete(sequence);
  }
}

function lowest(replies: ReadonlyMap<number, unknown>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const sequence of replies.keys()) least = Math.min(least, sequence);
  return least;
}

function expired(why: string): Refusal {
  const detail = `${why}; whether the command took effect is not known here`;
  return { ok: false, code: 'session_expired', detail, facts: {} };
}
