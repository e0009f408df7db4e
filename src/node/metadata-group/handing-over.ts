/** The lead of the metadata group given from one voter to another, because somebody asked. */

import { QuorateError, TransportError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Transport } from '../../ports/transport.ts';
import type { MemberNo } from '../../raft/entry.ts';
import { TRANSFER } from './group-messages.ts';
import type { RaftRunner } from './raft-runner.ts';

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

export function notAVoter(group: Group, name: string): QuorateError {
  const { voters } = group.runner.raft.status().configuration;
  const names = voters.map((voter) => group.nameOf(voter) ?? `member ${voter}`);
  return new QuorateError(
    'bad_request',
    `${name} is no voter of the metadata group: name one of ${names.join(', ')}`,
  );
}
