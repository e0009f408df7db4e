/**
 * When a request for a key takes its turn at the node that proposes: one at a time, in the order
 * of arrival.
 *
 * A request for which nothing was sent yet may leave its turn, so that others go on meanwhile,
 * and takes another one later, in which it is judged afresh:
 *
 * - One that only asks whether what this node chose last is still the latest. One read serves
 *   all of these. By their next turn a round has begun after each came, be it that read or a
 *   change that went on beside it, and what that round showed is the answer.
 * - One that would be refused where many compare and set: see contests.ts.
 */

import type { Change, Expire, Requested } from './change.ts';
import { type ContestPorts, Contests } from './contests.ts';
import type { Judgement } from './judgement.ts';
import { KeyQueue } from './key-queue.ts';
import { type SharedRound, SharedRounds } from './shared-rounds.ts';

/** Why a request leaves its turn. */
export type Leaving =
  /** To find out whether what is known here is current. */
  | 'to_confirm'
  /** It would be refused, and waits to hear so. */
  | 'to_be_refused';

/** For each reason once, so that it gets through. */
export type MayLeave = Readonly<Record<Leaving, boolean>>;

export const STAYING: MayLeave = { to_confirm: false, to_be_refused: false };

export interface Turn {
  readonly key: string;
  /** When the request began, in the proposer's count. */
  readonly since: number;
  /** In `clock.now()`. */
  readonly deadline: number;
}

export class Turns {
  readonly #queue: KeyQueue;
  readonly #contests: Contests;
  readonly #confirmations = new SharedRounds();

  constructor(ports: ContestPorts) {
    this.#queue = new KeyQueue(ports);
    this.#contests = new Contests(ports, (key) => this.#queue.isBusy(key));
  }

  /**
   * Work that leaves its turn gets another; `confirm` begins a round that shows what is current.
   * Throws `overloaded`, or `out_of_time` where no turn comes by the deadline.
   */
  async take<Result extends object>(
    { key, since, deadline }: Turn,
    confirm: () => SharedRound,
    work: (mayLeave: MayLeave) => Promise<Result | Leaving>,
  ): Promise<Result> {
    let mayLeave: MayLeave = { to_confirm: true, to_be_refused: true };
    for (;;) {
      const result = await this.#queue.run(key, deadline, () => work(mayLeave));
      if (typeof result !== 'string') return result;
      mayLeave = { ...mayLeave, [result]: false };
      if (result === 'to_confirm') await this.#confirmations.after(key, since, confirm);
      else await this.#contests.refusal(key, deadline);
    }
  }

  /** One turn, and no other. */
  takeOne<Result>(key: string, deadline: number, work: () => Promise<Result>): Promise<Result> {
    return this.#queue.run(key, deadline, work);
  }

  /** Of a change of which nothing was sent; undefined: it stays. */
  leaving(
    key: string,
    { change, given }: Requested,
    judgement: Judgement,
    mayLeave: MayLeave,
  ): Leaving | undefined {
    if (!('answer' in judgement)) return undefined;
    const isRefused = judgement.answer.outcome === 'condition_failed' && isConditional(change);
    // The register could forget so much meanwhile that an id that was given came too late.
    if (isRefused && !given && mayLeave.to_be_refused && this.#contests.noteRefusal(key)) {
      return 'to_be_refused';
    }
    return judgement.type === 'confirm' && mayLeave.to_confirm ? 'to_confirm' : undefined;
  }

  /** A change was applied. */
  changed(key: string): void {
    this.#contests.changed(key);
  }

  /** After the turn of a change that was applied: resolves when its client may be told. */
  async giveWay(key: string, { change }: Requested, deadline: number): Promise<void> {
    if (isConditional(change)) await this.#contests.success(key, deadline);
  }
}

function isConditional(change: Change | Expire): boolean {
  return change.type !== 'expire' && change.condition !== 'none';
}
