/**
 * What other nodes say to this one about the metadata group, and what they are answered. The
 * word of a member that was put back to an older copy does not count.
 */

import { QuorateError } from '../../kernel/errors.ts';
import { InvariantError } from '../../kernel/invariant.ts';
import type { NodeId } from '../../kernel/names.ts';
import { demandKnownCommand } from '../../metadata/command-codec.ts';
import type { KnownStart, Start } from '../../metadata/starts.ts';
import type { Transport } from '../../ports/transport.ts';
import type { MemberNo } from '../../raft/entry.ts';
import type { Message } from '../../raft/message.ts';
import { admit } from './admission.ts';
import type { AdmissionReply } from './becoming-a-member.ts';
import type { CommandClient } from './command-client.ts';
import {
  type FollowReply,
  type FollowRequest,
  isFollowRequest,
  welcomeFollower,
} from './followers.ts';
import type { GroupIdentity } from './group-identity.ts';
import {
  PROPOSE,
  RAFT_APPEND,
  RAFT_BEAT,
  type RaftEnvelope,
  READ_INDEX,
  ROLLED_BACK,
  SNAPSHOT_CHUNK,
  TRANSFER,
} from './group-messages.ts';
import { handOver } from './handing-over.ts';
import type { KnownPeers } from './known-peers.ts';
import type { RaftRunner } from './raft-runner.ts';
import { refusedStart } from './registration.ts';
import type { SnapshotReceiver } from './snapshot-streams.ts';
import type { Standing } from './standing.ts';

export interface GroupServerPorts {
  readonly identity: GroupIdentity;
  /** The present one. */
  readonly start: () => Start;
  readonly transport: Transport;
  readonly runner: RaftRunner;
  readonly client: CommandClient;
  readonly receiver: SnapshotReceiver;
  readonly peers: KnownPeers;
  readonly standing: Standing;
  readonly nameOf: (member: MemberNo) => NodeId | undefined;
  readonly onFatal: (error: unknown) => void;
}

/** What cannot be done is refused so long before the deadline, for the answer to be heard. */
const WELCOME_MS = 500;

export class GroupServer {
  readonly #ports: GroupServerPorts;

  constructor(ports: GroupServerPorts) {
    this.#ports = ports;
  }

  serve(): void {
    const { transport, runner, receiver, peers, standing, start, onFatal } = this.#ports;
    const hear = async ({ from, message }: RaftEnvelope, incoming: { readonly from: NodeId }) => {
      if (!(await peers.listenTo(from, incoming.from))) return;
      standing.heard();
      runner.receive(from.member, kept(message));
    };
    transport.serve(RAFT_BEAT, hear);
    transport.serve(RAFT_APPEND, hear);
    transport.serve(ROLLED_BACK, ({ refused, known }) => {
      if (refused.life !== start().life) return;
      onFatal(new InvariantError(refusedStart('rolled_back', told(known))));
    });
    transport.serve(SNAPSHOT_CHUNK, async (request, incoming) => {
      const { from, term, meta } = request;
      if (!(await peers.listenTo(from, incoming.from))) {
        throw new QuorateError('not_ready', `node ${from.member} was put back to an older copy`);
      }
      const whole = await receiver.take(request);
      if (whole) runner.receive(from.member, { type: 'snapshot', term, meta });
      return true;
    });
    transport.serve(PROPOSE, (data) => {
      demandKnownCommand(data);
      return runner.propose(Uint8Array.from(data));
    });
    transport.serve(READ_INDEX, () => runner.readIndex());
    transport.serve(TRANSFER, (member) => {
      handOver(this.#ports, member);
      return true;
    });
    transport.serveIntroductions((request, { deadline }) => this.#introduced(request, deadline));
  }

  /** By a node that is none of the cluster yet, or of the cluster that this one was. */
  #introduced(request: unknown, deadline: number): Promise<AdmissionReply | FollowReply> {
    if (isFollowRequest(request)) return this.#welcome(request, deadline);
    const { client, runner, identity } = this.#ports;
    return admit({ client, runner, identity }, request, deadline);
  }

  /** Not before the group has shown that it can decide: nobody is to come over to a dead one. */
  async #welcome(request: FollowRequest, deadline: number): Promise<FollowReply> {
    const { client, runner, identity } = this.#ports;
    await client.readBarrier(deadline - WELCOME_MS);
    const { state } = runner;
    if (state === undefined) throw new QuorateError('not_ready', 'this node has no state yet');
    return welcomeFollower(identity, state, request);
  }
}

/** Bytes of a message are views into what the socket read; entries are kept for long. */
function kept(message: Message): Message {
  const { type } = message;
  if (type !== 'append' && type !== 'committed_entries') return message;
  const entries = message.entries.map((entry) =>
    entry.type === 'command' ? { ...entry, data: Uint8Array.from(entry.data) } : entry,
  );
  return { ...message, entries };
}

function told({ bootNumber }: KnownStart): string {
  return `another member has heard this node at start ${bootNumber}, so its directory was put back to an older copy and may have forgotten what it promised; start it with an empty directory and a new name`;
}
