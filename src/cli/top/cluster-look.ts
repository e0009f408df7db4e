/** Looking at all nodes of a cluster at once, again and again. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterStatus, GroupStatus, MemberStatus } from '../../client/cluster-documents.ts';
import type { NodeClient } from '../../client/http-client.ts';
import { clientOfMember, type NodeOption } from '../node-option.ts';
import { ratesOf } from './node-rates.ts';
import { type NodeSample, nodeSampleOf } from './node-sample.ts';
import type { TopDocument, TopNode } from './top-text.ts';

/** A node that is paused must not hold up what is shown of the others. */
const ANSWER_MS_MAX = 900;

interface Look {
  readonly atMs: number;
  readonly cluster: ClusterStatus;
  /** Undefined: nobody could say. */
  readonly group: GroupStatus | undefined;
  /** By name, of those that answered. */
  readonly nodes: ReadonlyMap<string, { readonly sample: NodeSample; readonly ready: boolean }>;
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
    const nodes = members.map((member) => topNode(member, before, now));
    return { clusterId, epoch, leader, nodes };
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await client.close();
  }

  /** Throws what the contact answers where no other member is known that does better. */
  async #look(): Promise<Look> {
    const [cluster, group] = await this.#asked();
    const atMs = performance.now();
    const found = await Promise.all(
      cluster.members.map(async (member) => [member.id, await this.#nodeLook(member)] as const),
    );
    const nodes = new Map(found.flatMap(([id, look]) => (look ? [[id, look] as const] : [])));
    return { atMs, cluster, group, nodes };
  }

  async #asked(): Promise<readonly [ClusterStatus, GroupStatus | undefined]> {
    let failure: unknown;
    for (const client of [this.#contact, ...this.#clients.values()]) {
      try {
        const cluster = await inTime(client.status());
        return [cluster, await inTime(client.groupStatus()).catch(() => undefined)];
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }

  async #nodeLook({ address }: MemberStatus) {
    const client = this.#clientOf(address);
    try {
      const [metrics, { ready }] = await inTime(Promise.all([client.metrics(), client.status()]));
      return { sample: nodeSampleOf(metrics), ready };
    } catch {
      return undefined;
    }
  }

  #clientOf(address: MemberStatus['address']): NodeClient {
    const key = `${address.host} ${address.clientPort}`;
    const client = this.#clients.get(key) ?? clientOfMember(this.#flags, address);
    this.#clients.set(key, client);
    return client;
  }
}

function topNode({ id, state }: MemberStatus, before: Look | undefined, now: Look): TopNode {
  const role = roleOf(id, now);
  const look = now.nodes.get(id);
  if (look === undefined) {
    const heard = state === 'alive' || state === 'self' ? 'silent' : state;
    return { node: id, state: heard, role, rates: null };
  }
  const earlier = before?.nodes.get(id)?.sample;
  const seconds = (now.atMs - (before?.atMs ?? 0)) / 1_000;
  const rates = earlier === undefined ? null : ratesOf(earlier, look.sample, seconds);
  return { node: id, state: look.ready ? 'ready' : 'not ready', role, rates };
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
