/**
 * How this node has the group carry out its commands: by the leader, wherever that is, each
 * exactly once. The session of the node's present life numbers them; one that is sent again,
 * because a leader was lost, is answered from the session and does not run twice (Raft
 * thesis, section 6.3).
 */

import { QuorateError, TransportError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import { spanned, type Trace } from '../../kernel/trace.ts';
import type { Command } from '../../metadata/command.ts';
import { encodeCommand } from '../../metadata/command-codec.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Transport } from '../../ports/transport.ts';
import { type Applied, PROPOSE, READ_INDEX } from './group-messages.ts';
import type { RaftRunner } from './raft-runner.ts';

/** Commands of this node that were not answered yet. */
const IN_FLIGHT_MAX = 2_048;

/** A leader that is silent for so long is asked again, or another one is. */
const ATTEMPT_MS_MAX = 1_500;

/** Between two attempts, while nobody leads. */
const RETRY_MS = 20;

export interface CommandClientPorts {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly runner: RaftRunner;
  readonly self: NodeId;
  readonly nodeNo: number;
  /** Of this start: names the session. */
  readonly life: number;
  /** The leader as far as this node knows. */
  readonly leader: () => NodeId | undefined;
}

export class CommandClient {
  readonly #ports: CommandClientPorts;
  readonly #inFlight = new Set<number>();
  #sequence = 1;
  #sharedRead: Promise<number> | undefined;

  constructor(ports: CommandClientPorts) {
    this.#ports = ports;
  }

  /**
   * The command's reply, refusals among them. Throws `metadata_unavailable` where it
   * certainly was not carried out, `metadata_unknown` where nobody can tell.
   */
  async run(command: Command, deadline: number, trace?: Trace): Promise<Applied> {
    if (this.#inFlight.size >= IN_FLIGHT_MAX) {
      throw new QuorateError(
        'metadata_overloaded',
        `${IN_FLIGHT_MAX} commands of this node wait for the metadata group: try again`,
      );
    }
    const sequence = this.#sequence++;
    this.#inFlight.add(sequence);
    try {
      const { nodeNo, life } = this.#ports;
      // They were added in rising order.
      const [answeredBelow = sequence] = this.#inFlight;
      const session = { nodeNo, life, sequence, answeredBelow };
      return await this.#deliver(encodeCommand({ session, command }), deadline, trace);
    } finally {
      this.#inFlight.delete(sequence);
    }
  }

  /** A command that may run twice without harm, and needs no session. */
  runIdempotent(command: Command, deadline: number): Promise<Applied> {
    return this.#deliver(encodeCommand({ command }), deadline);
  }

  /**
   * Resolves when this node has applied everything that was acknowledged to anybody before
   * the call. Throws `metadata_unavailable`.
   */
  async readBarrier(deadline: number, trace?: Trace): Promise<void> {
    const { clock, runner } = this.#ports;
    for (;;) {
      try {
        this.#sharedRead ??= this.#arrangeRead();
        const span = trace?.begin('read_index', this.#ports.leader());
        const index = await spanned(span, this.#within(this.#sharedRead, deadline));
        if (await spanned(trace?.begin('apply'), runner.applied(index, deadline))) return;
      } catch (error) {
        if (!mayTryAgain(error)) throw error;
      }
      if (clock.now() >= deadline) throw gaveUp(false);
    }
  }

  /** Asks at the end of the turn, so that all reads of the turn share the question. */
  async #arrangeRead(): Promise<number> {
    await Promise.resolve();
    this.#sharedRead = undefined;
    const { runner, transport, clock } = this.#ports;
    return this.#atLeader(
      clock.now() + ATTEMPT_MS_MAX,
      () => runner.readIndex(),
      (leader, until) => transport.call(leader, READ_INDEX, null, { deadline: until }),
    );
  }

  #deliver(data: Uint8Array, deadline: number, trace?: Trace): Promise<Applied> {
    const { runner, transport } = this.#ports;
    return this.#atLeader(
      deadline,
      () => runner.propose(data),
      (leader, until) => transport.call(leader, PROPOSE, data, { deadline: until }),
      trace,
    );
  }

  /** Tries until somebody answers. What is tried must bear to be tried again. */
  async #atLeader<Result>(
    deadline: number,
    here: () => Promise<Result>,
    there: (leader: NodeId, until: number) => Promise<Result>,
    trace?: Trace,
  ): Promise<Result> {
    const { clock, self } = this.#ports;
    let inDoubt = false;
    for (;;) {
      const leader = this.#ports.leader();
      const until = Math.min(deadline, clock.now() + ATTEMPT_MS_MAX);
      try {
        if (leader !== undefined) {
          const span = trace?.begin('propose', leader);
          const isHere = leader === self;
          const work = isHere ? this.#within(here(), until) : there(leader, until);
          return await spanned(span, work);
        }
      } catch (error) {
        // An attempt before may be carried out yet, whatever this one was told.
        if (!mayTryAgain(error)) throw inDoubt ? gaveUp(true) : error;
        inDoubt ||= leavesDoubt(error);
      }
      if (clock.now() + RETRY_MS >= deadline) throw gaveUp(inDoubt);
      await new Promise<void>((resolve) => clock.setTimer(RETRY_MS, resolve));
    }
  }

  /** Rejects as `timeout` when the deadline comes first. */
  #within<Result>(work: Promise<Result>, deadline: number): Promise<Result> {
    const { clock } = this.#ports;
    return new Promise((resolve, reject) => {
      const timer = clock.setTimer(Math.max(0, deadline - clock.now()), () =>
        reject(new TransportError('timeout', 'the metadata group did not answer in time')),
      );
      work.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}

const TRY_AGAIN: ReadonlySet<string> = new Set([
  'not_leader',
  'not_ready',
  'metadata_unknown',
  'metadata_unavailable',
]);

function mayTryAgain(error: unknown): boolean {
  if (error instanceof TransportError) return true;
  return error instanceof QuorateError && TRY_AGAIN.has(error.code);
}

function leavesDoubt(error: unknown): boolean {
  if (error instanceof TransportError) return !error.neverSent;
  return error instanceof QuorateError && !error.definite;
}

function gaveUp(inDoubt: boolean): QuorateError {
  if (inDoubt) {
    return new QuorateError(
      'metadata_unknown',
      'the leader of the metadata group was lost before it answered: read before you write again',
    );
  }
  return new QuorateError(
    'metadata_unavailable',
    'no leader of the metadata group could be reached in time; it needs a majority of its voters',
  );
}
