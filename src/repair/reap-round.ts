/**
 * One round of reaping, for many partitions at once (ARCHITECTURE.md, "Reaping"):
 *
 *   nobody holds anything → what could go, by the word of all replicas → the entry in the
 *   metadata log → every member has adopted its number → all replicas mark → all remove
 *
 * What all replicas said before the entry was made, and say again when they mark, was so in
 * between: whatever was read of such a key under the new number is the version that goes, or
 * what was made of it. Nothing is remembered: a round that is cut short leaves marks, and the
 * next one clears them away. There is one even where nothing is left: contexts wait for it.
 */

import { isExpected, QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Logger } from '../ports/logger.ts';
import type { CallType, Transport } from '../ports/transport.ts';
import type { ReapNumbers } from '../replica/reap-numbers.ts';
import { partitionEpoch, replicasOf } from '../ring/ring.ts';
import type { Pace } from './pace.ts';
import { type Candidates, candidatesIn, type ReapCandidatesPorts } from './reap-candidates.ts';
import {
  type AgreeRequest,
  REAP_ADOPT,
  REAP_AGREE,
  REAP_CALL_MS_MAX,
  REAP_END,
  REAP_HELD,
  REAP_MARK,
  REAP_REMOVE,
} from './reap-messages.ts';
import type { ReapMetrics, ReapObstacle } from './reap-metrics.ts';

export interface ReapRoundPorts extends ReapCandidatesPorts {
  readonly self: NodeId;
  readonly transport: Transport;
  readonly reaps: Pick<ReapNumbers, 'isUnfinished'>;
  readonly logger: Logger;
  readonly counts: ReapMetrics;
  readonly pace: Pace;
  /** Has the metadata group make the entry; resolves with its index. */
  readonly begin: (
    partitions: readonly { readonly partition: number; readonly epoch: number }[],
  ) => Promise<number>;
  readonly isClosed: () => boolean;
}

/** Why partitions were not reaped, or not all that waits in them. */
export interface Hindrance {
  readonly obstacle: ReapObstacle;
  /** Who stood in the way; empty: nobody in particular. */
  readonly nodes: readonly NodeId[];
  readonly partitions: readonly number[];
}

export interface RoundReport {
  /** The number of the round; null: it was not begun. */
  readonly reap: number | null;
  readonly keys: number;
  readonly hindrances: readonly Hindrance[];
}

/** About what a key takes in a message. */
const ITEM_BYTES = 64;

export class ReapRound {
  readonly #ports: ReapRoundPorts;
  readonly #members: readonly NodeId[];
  readonly #hindrances: Hindrance[] = [];

  constructor(ports: ReapRoundPorts) {
    this.#ports = ports;
    this.#members = ports.view.members();
  }

  async run(partitions: readonly number[]): Promise<RoundReport> {
    const free = await this.#askAll(REAP_HELD, partitions, partitions);
    const agreed = await this.#agree(free);
    const { reaps, counts } = this.#ports;
    const begun = free.filter((one) => agreed.has(one) || reaps.isUnfinished(one));
    if (begun.length === 0) return this.#report(null, 0);
    const reap = await this.#begin(begun);
    if (reap === undefined) return this.#report(null, 0);
    counts.roundsBegun.add();
    const adopted = await this.#askAll(REAP_ADOPT, { reap, partitions: begun }, begun);
    let keys = 0;
    let completed = 0;
    for (const partition of begun) {
      const batches = adopted.includes(partition) ? (agreed.get(partition) ?? []) : undefined;
      const reaped = batches && (await this.#reap(partition, reap, batches));
      if (reaped !== undefined) completed++;
      keys += reaped ?? 0;
    }
    if (completed === begun.length) counts.roundsCompleted.add();
    return this.#report(reap, keys);
  }

  #report(reap: number | null, keys: number): RoundReport {
    const { counts } = this.#ports;
    for (const { obstacle, partitions } of this.#hindrances) {
      counts.roundsFailed[obstacle].add(partitions.length);
    }
    return { reap, keys, hindrances: this.#hindrances };
  }

  /** Asks every member, dead ones not excused; leaves out the partitions that any of them names. */
  async #askAll<Request>(
    type: CallType<Request, readonly number[]>,
    request: Request,
    partitions: readonly number[],
  ): Promise<readonly number[]> {
    const answers = await this.#ask(this.#members, type, request, partitions);
    if (answers === undefined) return [];
    const held = answers.flatMap(({ node, answer }) =>
      answer.length > 0 ? [{ node, partitions: answer }] : [],
    );
    for (const { node, partitions: named } of held) {
      this.#hindrances.push({ obstacle: 'hints_held', nodes: [node], partitions: named });
    }
    const named = new Set(held.flatMap((one) => one.partitions));
    return partitions.filter((partition) => !named.has(partition));
  }

  /** By partition, what all replicas could do without; partitions without any are left out. */
  async #agree(
    partitions: readonly number[],
  ): Promise<ReadonlyMap<number, readonly AgreeRequest[]>> {
    const agreed = new Map<number, readonly AgreeRequest[]>();
    for (const partition of partitions) {
      const candidates = candidatesIn(this.#ports, partition);
      const batches = await this.#agreeOn(partition, candidates);
      if (batches.length > 0) agreed.set(partition, batches);
    }
    return agreed;
  }

  async #agreeOn(partition: number, candidates: Candidates): Promise<readonly AgreeRequest[]> {
    const agreed: AgreeRequest[] = [];
    let differ = false;
    for (const request of candidates.batches) {
      const items = await this.#byAllReplicas(REAP_AGREE, request, request);
      if (items === undefined) return agreed;
      differ ||= items.length < request.items.length;
      if (items.length > 0) agreed.push({ ...request, items });
    }
    const hinder = (obstacle: ReapObstacle) =>
      this.#hindrances.push({ obstacle, nodes: [], partitions: [partition] });
    if (differ) hinder('replicas_differ');
    if (candidates.someTooYoung) hinder('too_young');
    return agreed;
  }

  /** Resolves with how many keys went; undefined: the round could not be completed here. */
  async #reap(
    partition: number,
    reap: number,
    batches: readonly AgreeRequest[],
  ): Promise<number | undefined> {
    let keys = 0;
    let completed = true;
    for (const batch of batches) {
      const items = await this.#byAllReplicas(REAP_MARK, { ...batch, reap }, batch);
      const removed = items && (await this.#remove({ ...batch, items }, reap));
      completed = removed !== undefined;
      if (removed === undefined) break;
      keys += removed;
    }
    this.#ports.counts.keysReaped.add(keys);
    return (await this.#end(partition, reap, completed)) ? keys : undefined;
  }

  /** This node notes the round as completed when all others have: until then it is unfinished. */
  async #end(partition: number, reap: number, completed: boolean): Promise<boolean> {
    const { self, view } = this.#ports;
    const others = (view.ring().replicas[partition] ?? []).filter((node) => node !== self);
    const end = { partition, reap, completed };
    const heard = await this.#ask(others, REAP_END, end, [partition]);
    const noted = completed && heard !== undefined;
    const here = await this.#ask([self], REAP_END, { ...end, completed: noted }, [partition]);
    return noted && here !== undefined;
  }

  async #remove(batch: AgreeRequest, reap: number): Promise<number | undefined> {
    if (batch.items.length === 0) return 0;
    const { partition, n } = batch.tree;
    const replicas = replicasOf(this.#ports.view.ring(), partition, n);
    const request = { ...batch, reap, members: this.#members };
    const answers = await this.#ask(replicas, REAP_REMOVE, request, [partition]);
    return answers && Math.min(...answers.map(({ answer }) => answer));
  }

  /** The items of the batch to which all replicas said yes; undefined: not all answered. */
  async #byAllReplicas<Request>(
    type: CallType<Request, readonly boolean[]>,
    request: Request,
    { tree, items }: AgreeRequest,
  ): Promise<AgreeRequest['items'] | undefined> {
    const { view, pace } = this.#ports;
    const replicas = replicasOf(view.ring(), tree.partition, tree.n);
    const answers = await this.#ask(replicas, type, request, [tree.partition]);
    if (answers === undefined) return undefined;
    await pace.spend(ITEM_BYTES * items.length * replicas.length);
    return items.filter((_, i) => answers.every(({ answer }) => answer[i] === true));
  }

  /** Undefined where not all have answered, which is noted. */
  async #ask<Request, Reply>(
    nodes: readonly NodeId[],
    type: CallType<Request, Reply>,
    request: Request,
    partitions: readonly number[],
  ) {
    const { transport, clock } = this.#ports;
    const deadline = clock.now() + REAP_CALL_MS_MAX;
    const answers: { readonly node: NodeId; readonly answer: Reply }[] = [];
    const silent: NodeId[] = [];
    await Promise.all(
      nodes.map(async (node) => {
        try {
          if (this.#ports.isClosed()) silent.push(node);
          else
            answers.push({ node, answer: await transport.call(node, type, request, { deadline }) });
        } catch (error) {
          this.#checkExpected(error);
          silent.push(node);
        }
      }),
    );
    if (silent.length === 0) return answers;
    this.#hindrances.push({ obstacle: 'no_answer', nodes: silent, partitions });
    return undefined;
  }

  async #begin(partitions: readonly number[]): Promise<number | undefined> {
    const { view, begin } = this.#ports;
    const ring = view.ring();
    const named = partitions.map((one) => ({ partition: one, epoch: partitionEpoch(ring, one) }));
    try {
      return await begin(named);
    } catch (error) {
      this.#checkExpected(error);
      const isUnsalvaged = error instanceof QuorateError && error.code === 'salvage_open';
      this.#hindrances.push(
        isUnsalvaged
          ? { obstacle: 'salvage_open', nodes: view.openSalvages(), partitions }
          : { obstacle: 'no_metadata_leader', nodes: [], partitions },
      );
      return undefined;
    }
  }

  #checkExpected(error: unknown): void {
    if (!isExpected(error)) throw error;
    this.#ports.logger.debug('a round of reaping is held up', { error });
  }
}
