/** Looking at all nodes of a cluster at once, again and again. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterStatus, GroupStatus, MemberStatus } from '../../client/cluster-documents.ts';
import type { NodeClient } from '../../client/http-client.ts';
import type { ActivityEntry } from '../../kernel/activity.ts';
import { clientOfMember, type NodeOption } from '../node-option.ts';
import { nodeRates } from './node-rates.ts';
import type { TopDocument, TopNode } from './top-text.ts';

/** The node that is asked waits 0.9 s for the others; one that is paused is not waited for. */
const ANSWER_MS_MAX = 1_500;

interface Look {
  readonly cluster: ClusterStatus;
  /** Undefined: nobody could say. */
  readonly group: GroupStatus | undefined;
  /** By name. */
  readonly activity: ReadonlyMap<string, ActivityEntry>;
}

export class ClusterWatch {
  readonly #flags: NodeOption;
  readonly #contact: NodeClient;
  /** Members that were heard of, by address: the cluster is known by them when the contact is gone. */
  readonly #clients = new Map<string, NodeClient>();
  #last: Look | undefined;

  constructor(flags: NodeOption, contact: NodeClient) {
    this.#flags = flags;
    this.#contact = contact;
  }

  /** What was done since the last time; the first time there are no rates yet. */
  async next(): Promise<TopDocument> {
    const before = this.#last;
    const now = await this.#look();
    this.#last = now;
    const { clusterId, epoch, leader, members } = now.cluster;
    for (const { address } of members) this.#remember(address);
    const nodes = members.map((member) => topNode(member, before, now));
    return { clusterId, epoch, leader, nodes };
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await client.close();
  }

  /** Throws what the contact answers where no other member is known that does better. */
  async #look(): Promise<Look> {
    let failure: unknown;
    for (const client of [this.#contact, ...this.#clients.values()]) {
      try {
        return await inTime(lookBy(client));
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }

  #remember(address: MemberStatus['address']): void {
    const key = `${address.host} ${address.clientPort}`;
    if (!this.#clients.has(key)) this.#clients.set(key, clientOfMember(this.#flags, address));
  }
}

async function lookBy(client: NodeClient): Promise<Look> {
  const [cluster, group, { nodes }] = await Promise.all([
    client.status(),
    client.groupStatus().catch(() => undefined),
    client.activity(),
  ]);
  return { cluster, group, activity: new Map(nodes.map((entry) => [entry.node, entry])) };
}

function topNode({ id, state }: MemberStatus, before: Look | undefined, now: Look): TopNode {
  const role = roleOf(id, now);
  const entry = now.activity.get(id);
  if (entry?.state === 'does_not_say') return { node: id, state: 'older', role, rates: null };
  const activity = entry?.activity ?? null;
  if (activity === null) {
    const heard = state === 'alive' || state === 'self' ? 'silent' : state;
    return { node: id, state: heard, role, rates: null };
  }
  const earlier = before?.activity.get(id)?.activity ?? null;
  const rates = earlier === null ? null : nodeRates(earlier, activity);
  return { node: id, state: activity.ready ? 'ready' : 'not ready', role, rates };
}

function roleOf(id: string, { cluster, group }: Look): TopNode['role'] {
  if (cluster.leader === id) return 'leader';
  if (group?.voters.includes(id) === true) return 'voter';
  return group?.learners.includes(id) === true ? 'learner' : null;
}

async function inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
  const late = new AbortController();
  const timeout = sleep(ANSWER_MS_MAX, undefined, { signal: late.signal }).then(() => {
    throw new Error(`no answer within ${ANSWER_MS_MAX} ms`);
  });
  // Whichever comes second is heard by nobody.
  answer.catch(() => {});
  timeout.catch(() => {});
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    late.abort();
  }
}
