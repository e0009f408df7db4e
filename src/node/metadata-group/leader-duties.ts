/**
 * What the leader does of its own accord, now and then, each step judged anew from the state:
 * draw the ring when all expected nodes are there, choose voters, end leases that ran out.
 * Everything is a command or a configuration, so a leader that is lost halfway leaves
 * nothing that the next one does not see.
 */

import type { Command } from '../../metadata/command.ts';
import { drawing } from '../../metadata/drawing.ts';
import type { MetadataState } from '../../metadata/state.ts';
import { chooseConfiguration, voterTarget } from '../../metadata/voters.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { type RaftRunner, TICK_MS } from './raft-runner.ts';

const EVERY_MS = 100;

/** A learner that lacks no more entries than this may become a voter. */
const CAUGHT_UP_ENTRIES = 1_000;

export interface LeaderDutiesPorts {
  readonly clock: Clock;
  readonly runner: RaftRunner;
  readonly logger: Logger;
  /** Has the group carry out a command that may run twice. */
  readonly run: (command: Command) => Promise<unknown>;
}

export class LeaderDuties {
  readonly #ports: LeaderDutiesPorts;
  /** When this leader first saw the lease in its present renewal. */
  readonly #leasesSeen = new Map<number, { readonly renewedAt: number; readonly atMs: number }>();
  #stopped = false;
  #busy = false;

  constructor(ports: LeaderDutiesPorts) {
    this.#ports = ports;
  }

  start(): void {
    if (this.#stopped) return;
    this.look();
    this.#ports.clock.setTimer(EVERY_MS, () => this.start());
  }

  stop(): void {
    this.#stopped = true;
  }

  look(): void {
    const { runner } = this.#ports;
    const { state } = runner;
    const { role, term } = runner.raft.status();
    if (role !== 'leader' || state === undefined) {
      this.#leasesSeen.clear();
      return;
    }
    // Before it has applied an entry of its own term it may not know of the newest nodes.
    if (runner.raft.termAt(state.index) !== term) return;
    this.#configure(state);
    const command = this.#ringToDraw(state) ?? this.#leasesToEnd(state);
    if (command !== undefined) void this.#carryOut(command);
  }

  async #carryOut(command: Command): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await this.#ports.run(command);
    } catch (error) {
      this.#ports.logger.debug('a duty of the leader waits', { duty: command.type, error });
    } finally {
      this.#busy = false;
    }
  }

  #ringToDraw(state: MetadataState): Command | undefined {
    const nodes = state.nodes();
    if (state.ring() !== undefined || nodes.length < state.cluster.expect) return undefined;
    // From the first request on, the loss of any one voter of three is to make no difference.
    const { voters, outgoing } = this.#ports.runner.raft.status().configuration;
    if (outgoing.length > 0 || voters.length < voterTarget(nodes.length)) return undefined;
    return drawing({ ...state.cluster, nodes: state.nodes() });
  }

  /** One voter changes at a time; the machine refuses while a change is under way. */
  #configure(state: MetadataState): void {
    const { runner, logger } = this.#ports;
    const { configuration, members, self, commit } = runner.raft.status();
    if (configuration.outgoing.length > 0) return;
    const others = members.filter(({ member }) => member !== self);
    const wanted = chooseConfiguration({
      leader: self,
      nodes: state.nodes(),
      voters: configuration.voters,
      silentMs: new Map(others.map(({ member, silentTicks }) => [member, silentTicks * TICK_MS])),
      caughtUp: new Set(
        others
          .filter(({ match }) => match > 0 && match + CAUGHT_UP_ENTRIES >= commit)
          .map(({ member }) => member),
      ),
    });
    const proposed = runner.raft.proposeConfiguration(wanted);
    if (!proposed.accepted) return;
    runner.flushSoon();
    logger.info('changing the metadata group', { ...wanted });
  }

  /** By this leader's clock, from when it first saw the renewal: never sooner than promised. */
  #leasesToEnd(state: MetadataState): Command | undefined {
    const now = this.#ports.clock.now();
    const ended: { id: number; renewedAt: number }[] = [];
    const present = new Set<number>();
    for (const { id, renewedAt, ttlMs } of state.leases.all().values()) {
      present.add(id);
      const seen = this.#leasesSeen.get(id);
      if (seen === undefined || seen.renewedAt !== renewedAt) {
        this.#leasesSeen.set(id, { renewedAt, atMs: now });
      } else if (now - seen.atMs >= ttlMs) ended.push({ id, renewedAt });
    }
    for (const id of this.#leasesSeen.keys()) if (!present.has(id)) this.#leasesSeen.delete(id);
    return ended.length === 0 ? undefined : { type: 'expire_leases', leases: ended };
  }
}
