/**
 * The lead of the metadata group given from one voter to another: because somebody asked, or
 * because the leader is about to stop. Given away it is missed for one exchange of messages;
 * lost, for an election timeout, and commands that were under way end in doubt.
 */

import { QuorateError, TransportError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Transport } from '../../ports/transport.ts';
import { type MemberNo, NOBODY } from '../../raft/entry.ts';
import type { RaftStatus } from '../../raft/status.ts';
import { TRANSFER } from './group-messages.ts';
import { ELECTION_TICKS, type RaftRunner } from './raft-runner.ts';

/** A voter that was not heard for so long may be gone; whom it would not know of. */
const SILENT_TICKS_MAX = ELECTION_TICKS;

/** What is needed of this node's part in the group. */
interface Group {
  readonly runner: RaftRunner;
  nameOf(member: MemberNo): NodeId | undefined;
}

/** Asks the leader, which may be this node. Throws `QuorateError`. */
export async function askToHandOver(
  transport: Transport,
  leader: NodeId | undefined,
  to: MemberNo,
  deadline: number,
): Promise<void> {
  if (leader === undefined) {
    throw new QuorateError('metadata_unavailable', 'the metadata group has no leader now');
  }
  try {
    await transport.call(leader, TRANSFER, to, { deadline });
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    throw new QuorateError(
      'metadata_unavailable',
      `the leader of the metadata group did not answer (${error.message}): nothing is lost by trying again`,
      { definite: error.neverSent },
    );
  }
}

/** What the leader does when it is asked; nothing where it is to hand over to itself. */
export function handOver(group: Group, to: MemberNo): void {
  const { raft } = group.runner;
  const { role, self } = raft.status();
  if (role !== 'leader') {
    throw new QuorateError('not_leader', 'the node asked has lost the lead just now: ask again');
  }
  if (to === self) return;
  if (!raft.transfer(to)) throw notAVoter(group, group.nameOf(to) ?? `member ${to}`);
  group.runner.flushSoon();
}

/** Between two looks whether another one leads by now. */
const LOOK_EVERY_MS = 10;

/**
 * Gives the lead away if this node has it: to the voter with most of the log, and where that
 * does not take it, to whoever has most by then. Resolves when another one leads, where nobody
 * could, or at the deadline.
 */
export async function handOverBeforeStop(
  { runner }: Pick<Group, 'runner'>,
  clock: Clock,
  deadline: number,
): Promise<void> {
  for (let asked = false; clock.now() < deadline; ) {
    const status = runner.raft.status();
    if (status.role === 'leader') {
      if (status.transferTarget === undefined) {
        const successor = successorOf(status);
        if (successor === undefined) return;
        runner.raft.transfer(successor);
        runner.flushSoon();
      }
      asked = true;
    } else if (!asked || status.leader !== NOBODY) return;
    await new Promise<void>((resolve) => clock.setTimer(LOOK_EVERY_MS, resolve));
  }
}

/** Of those who were heard just now, the voter that lacks least; undefined: there is none. */
export function successorOf({
  self,
  configuration,
  members,
}: Pick<RaftStatus, 'self' | 'configuration' | 'members'>): MemberNo | undefined {
  const candidates = members
    .filter(({ member }) => member !== self && configuration.voters.includes(member))
    .filter(({ silentTicks }) => silentTicks <= SILENT_TICKS_MAX)
    .sort((one, other) => other.match - one.match || one.silentTicks - other.silentTicks);
  return candidates[0]?.member;
}

export function notAVoter(group: Group, name: string): QuorateError {
  const { voters } = group.runner.raft.status().configuration;
  const names = voters.map((voter) => group.nameOf(voter) ?? `member ${voter}`);
  return new QuorateError(
    'bad_request',
    `${name} is no voter of the metadata group: name one of ${names.join(', ')}`,
  );
}
