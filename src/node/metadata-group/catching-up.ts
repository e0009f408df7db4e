/**
 * Entries of the metadata log from other members than the leader (protocols.md, section 6).
 *
 * A node that is behind gets them from the leader within a moment. Where it does not, it does
 * not hear the leader, or the group has lost its majority: then it asks others for what is
 * committed, first those of which gossip says that they have applied most. It takes itself to
 * be behind while anything in it waits for news of the cluster, since a message or a refusal
 * told of some; and, so that it is abreast before anybody waits, where gossip tells of entries
 * that have not come for a while.
 *
 * Nothing is asked by a node that is abreast, or while entries come; and by others one question
 * at a time, of those in vain ever fewer.
 */

import type { Clock, Timer } from '../../ports/clock.ts';
import type { Counter, Metrics } from '../../ports/metrics.ts';
import type { MemberNo } from '../../raft/entry.ts';
import type { RaftRunner } from './raft-runner.ts';

/** What is on its way from the leader comes sooner. */
const SILENT_MS_MIN = 100;
/** Between two questions in vain. */
const ASK_EVERY_MS_MAX = 1_000;
/** Between two looks at what gossip tells. */
const LOOK_EVERY_MS = 1_000;

/** Another member, as gossip knows it. */
export interface Informant {
  readonly member: MemberNo;
  readonly reachable: boolean;
  /** Up to where it said that it has applied the log. */
  readonly applied: number;
}

export interface CatchingUpPorts {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly runner: Pick<RaftRunner, 'raft' | 'requestCommitted'>;
  readonly others: () => readonly Informant[];
}

export class CatchingUp {
  readonly #ports: CatchingUpPorts;
  readonly #asked: Counter;
  #waiting = 0;
  #waitTimer: Timer | undefined;
  #pauseMs = SILENT_MS_MIN;
  /** Rises with every question since something came, so that the next one goes to somebody else. */
  #turn = 0;
  #commitThen = 0;
  #lookTimer: Timer | undefined;
  #appliedThen = 0;
  #toldThen = 0;

  constructor(ports: CatchingUpPorts) {
    this.#ports = ports;
    this.#asked = ports.metrics.counter({
      name: 'raft_committed_requests_total',
      help: 'How often other members were asked for entries that the leader did not send',
    });
  }

  start(): void {
    this.#lookTimer = this.#ports.clock.setTimer(LOOK_EVERY_MS, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#lookTimer?.cancel();
  }

  /** Something waits for news, until what is returned is called. */
  begin(): () => void {
    this.#waiting++;
    if (this.#waiting === 1) this.#beginAnew();
    return () => {
      this.#waiting--;
      if (this.#waiting === 0) this.#waitTimer?.cancel();
    };
  }

  #beginAnew(): void {
    this.#commitThen = this.#ports.runner.raft.status().commit;
    this.#pauseMs = SILENT_MS_MIN;
    this.#turn = 0;
    this.#judgeLater();
  }

  #judgeLater(): void {
    this.#waitTimer = this.#ports.clock.setTimer(this.#pauseMs, () => {
      this.#judge();
      this.#judgeLater();
    });
  }

  #judge(): void {
    const { commit } = this.#ports.runner.raft.status();
    if (commit === this.#commitThen) {
      this.#ask();
      this.#pauseMs = Math.min(2 * this.#pauseMs, ASK_EVERY_MS_MAX);
      return;
    }
    this.#commitThen = commit;
    this.#pauseMs = SILENT_MS_MIN;
    this.#turn = 0;
  }

  #ask(): void {
    const { runner, others } = this.#ports;
    const ranked = others()
      .filter(({ reachable }) => reachable)
      .sort((one, other) => other.applied - one.applied || one.member - other.member);
    const asked = ranked[this.#turn++ % Math.max(1, ranked.length)];
    if (asked === undefined) return;
    this.#asked.add();
    runner.requestCommitted(asked.member);
  }

  /** Entries that somebody told of, and none has come since: the leader does not send them. */
  #look(): void {
    const { applied } = this.#ports.runner.raft.status();
    if (applied !== this.#appliedThen) this.#turn = 0;
    else if (applied < this.#toldThen && this.#waiting === 0) this.#ask();
    this.#appliedThen = applied;
    const reachable = this.#ports.others().filter((other) => other.reachable);
    this.#toldThen = Math.max(0, ...reachable.map((other) => other.applied));
  }
}
