/** What all nodes have done: each is asked for its own counts, and whoever is silent says nothing. */

import type { ActivityDocument, ActivityEntry, NodeActivity } from '../kernel/activity.ts';
import { QuorateError, TransportError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import { callType, type Transport } from '../ports/transport.ts';
import type { MetadataGroup } from './metadata-group/metadata-group.ts';
import type { OwnActivity } from './own-activity.ts';
import type { RequestLedger } from './request-ledger.ts';

/** What have you done since you started? */
export const NODE_ACTIVITY = callType<null, NodeActivity>('node.activity', 'control');

/** Whoever asks each second has the answer before the next one. */
const ANSWER_MS_MAX = 900;

/** Who does not seem to live holds up nobody who wants to know of the others. */
const DOUBTED_ANSWER_MS_MAX = 200;

export interface ClusterActivityPorts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly liveness: Pick<Liveness, 'responsive'>;
  readonly group: Pick<MetadataGroup, 'state'>;
  readonly requests: Pick<RequestLedger, 'run'>;
}

export class ClusterActivity {
  readonly #ports: ClusterActivityPorts;
  readonly #own: OwnActivity;

  constructor(own: OwnActivity, ports: ClusterActivityPorts) {
    this.#own = own;
    this.#ports = ports;
  }

  /** Answers the other nodes. */
  serve(): void {
    this.#ports.transport.serve(NODE_ACTIVITY, () => this.#own.now());
  }

  /** Of these nodes, or of all members. Throws `not_a_member`. */
  look(wanted?: readonly NodeId[]): Promise<ActivityDocument> {
    const { self, requests } = this.#ports;
    return requests.run('admin', ANSWER_MS_MAX, async () => {
      const members = this.#members();
      for (const node of wanted ?? []) demandMember(node, members);
      const asked = wanted === undefined ? members : members.filter((one) => wanted.includes(one));
      const nodes = await Promise.all(asked.map((node) => this.#entry(node)));
      return { node: self, nodes };
    });
  }

  /** By name; this node alone until it has the state of the group. */
  #members(): readonly NodeId[] {
    const { self, group } = this.#ports;
    return (
      group.state
        ?.members()
        .map(({ name }) => name)
        .sort() ?? [self]
    );
  }

  async #entry(node: NodeId): Promise<ActivityEntry> {
    const { self, clock, transport, liveness } = this.#ports;
    const askedAt = clock.now();
    const tookMs = () => clock.now() - askedAt;
    const limitMs = liveness.responsive(node) ? ANSWER_MS_MAX : DOUBTED_ANSWER_MS_MAX;
    try {
      const activity =
        node === self
          ? this.#own.now()
          : await transport.call(node, NODE_ACTIVITY, null, { deadline: askedAt + limitMs });
      return { node, state: 'answered', tookMs: tookMs(), activity };
    } catch (error) {
      if (error instanceof TransportError) {
        return { node, state: 'silent', tookMs: tookMs(), activity: null };
      }
      // The only error that a node answers this with: it has no handler for it.
      if (!(error instanceof QuorateError)) throw error;
      return { node, state: 'does_not_say', tookMs: tookMs(), activity: null };
    }
  }
}

function demandMember(node: NodeId, members: readonly NodeId[]): void {
  if (members.includes(node)) return;
  const known = members.join(', ');
  throw new QuorateError('not_a_member', `${node} is not a member; the members are ${known}`);
}
