/**
 * An operator who changes the ring at random, in the middle of whatever else goes on: nodes
 * join, leave, die for good and are replaced or removed, get another weight; N changes; changes
 * are aborted. What is refused is let be.
 *
 * One node is dead at a time: what a second death takes nobody promises.
 */

import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { QuorateNode, StagedChange } from '../../../src/node/index.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { TestCluster } from '../harness.ts';
import { RingKnowledge } from './ring-knowledge.ts';
import { COMMAND_MS, commitAt } from './ring-operator.ts';

/** Nodes of the ring, so that every list stays whole. */
const MEMBERS_MIN = 3;
const NODES_MAX = 6;
const WEIGHT_MAX = 3;

type Deed = () => Promise<void> | undefined;

export class RandomOperator {
  readonly #cluster: TestCluster;
  readonly #random: SeededRandom;
  readonly #deeds: readonly Deed[];
  /** Left in order, and given up. */
  readonly gone: NodeId[] = [];
  readonly #died: NodeId[] = [];
  /** What nobody may meet. */
  readonly surprises: string[] = [];
  /** How often each kind of change was committed. */
  readonly counts = { joins: 0, leaves: 0, deaths: 0, others: 0, aborts: 0 };
  readonly #knowledge: RingKnowledge;
  readonly #leaving = new Set<NodeId>();
  /** Killed for good; declared dead in the metadata sooner or later. */
  #dead: NodeId | undefined;
  #named: number;
  #arriving = 0;
  #busy = false;

  constructor(cluster: TestCluster, random: SeededRandom, mayDie: boolean) {
    this.#cluster = cluster;
    this.#random = random;
    this.#knowledge = new RingKnowledge(cluster);
    this.#named = cluster.nodeIds.length;
    const always: Deed[] = [
      () => this.#join(),
      () => this.#leave(),
      () => this.#reweigh(),
      () => this.#abort(),
      () => this.#changeN(),
    ];
    const deaths: Deed[] = [() => this.#replace(), () => this.#remove()];
    this.#deeds = mayDie ? [...always, ...deaths, ...deaths] : [...always, () => this.#leave()];
  }

  /** Begins something, where nothing else has just been begun. */
  next(): void {
    this.#seeOff();
    if (this.#busy) return;
    const deed = this.#random.pick(this.#deeds)();
    if (deed === undefined) return;
    this.#busy = true;
    deed
      .catch((error: unknown) => this.#expectRefusal(error))
      .finally(() => {
        this.#busy = false;
      });
  }

  /** All is well again: what is half done is brought to an end. */
  async end(): Promise<void> {
    const cluster = this.#cluster;
    const untilMs = cluster.simulation.nowMs + 60_000;
    while (this.#busy || this.#arriving > 0 || !this.#allEntered()) {
      if (cluster.simulation.nowMs > untilMs) {
        this.surprises.push(`busy ${this.#busy}, ${this.#arriving} arrive, or wait to enter`);
        break;
      }
      if (!this.#busy && this.#arriving === 0) await this.#clear();
      // At no fixed interval: else what newcomers stage could be cleared each time before they commit.
      await cluster.simulation.advance(300 + this.#random.float() * 700);
    }
    // What was staged and not committed may be about a node that has left since.
    await this.#clear();
    const dead = this.#dead;
    const change = this.#weightOf(this.#members()[0] as NodeId);
    const removal: StagedChange[] =
      dead !== undefined && this.#ringNodes().includes(dead)
        ? [{ type: 'remove', node: dead, acceptLoss: false }]
        : [];
    try {
      const at = this.#members()[0] as NodeId;
      await cluster.complete(commitAt(cluster, at, [change, ...removal]));
    } catch (error) {
      this.#expectRefusal(error);
    }
  }

  /** Everybody there is, but those who have left. */
  membersExpected(): readonly NodeId[] {
    return this.#cluster.nodeIds.filter((id) => this.#isOfCluster(id));
  }

  /** Those that have left are given up, now or later. */
  #seeOff(): void {
    const { nodeIds } = this.#cluster;
    for (const id of this.#leaving) {
      if (!nodeIds.includes(id) || this.#isOfCluster(id) || this.#random.chance(0.7)) continue;
      this.#seeOffNow(id);
    }
  }

  /** Everybody who has left is gone. */
  seeEverybodyOff(): void {
    for (const id of [...this.#leaving]) if (!this.#isOfCluster(id)) this.#seeOffNow(id);
  }

  /** Of those who were declared dead. */
  async closeSalvages(): Promise<void> {
    for (const id of this.#died) {
      try {
        await this.#cluster.complete(this.#ask((node) => node.salvage.close(id, COMMAND_MS)));
      } catch (error) {
        this.#expectRefusal(error);
      }
    }
  }

  #seeOffNow(id: NodeId): void {
    const cluster = this.#cluster;
    this.#leaving.delete(id);
    if (!cluster.nodeIds.includes(id)) return;
    if (cluster.isUp(id)) cluster.kill(id);
    cluster.giveUp(id);
    this.gone.push(id);
  }

  #join(): Promise<void> | undefined {
    if (this.#cluster.nodeIds.length + this.#arriving >= NODES_MAX) return undefined;
    this.counts.joins++;
    return this.#admit(undefined);
  }

  /** The operator goes on with other things meanwhile. */
  async #admit(replaces: NodeId | undefined): Promise<void> {
    this.#arriving++;
    this.#cluster
      .admit(`n${++this.#named}`, replaces)
      .catch((error: unknown) => this.surprises.push(`not admitted: ${String(error)}`))
      .finally(() => {
        this.#arriving--;
      });
  }

  #leave(): Promise<void> | undefined {
    const staying = this.#members().filter((id) => !this.#leaving.has(id) && id !== this.#dead);
    if (staying.length <= MEMBERS_MIN) return undefined;
    const node = this.#random.pick(staying);
    this.#leaving.add(node);
    this.counts.leaves++;
    return this.#commit([{ type: 'leave', node }]);
  }

  #replace(): Promise<void> | undefined {
    const dead = this.#die();
    return dead === undefined ? undefined : this.#admit(dead);
  }

  #remove(): Promise<void> | undefined {
    const staying = this.#members().filter((id) => !this.#leaving.has(id));
    if (staying.length <= MEMBERS_MIN) return undefined;
    const node = this.#die();
    if (node === undefined) return undefined;
    return this.#commit([{ type: 'remove', node, acceptLoss: false }]);
  }

  /** A node that is up and stays is no more. */
  #die(): NodeId | undefined {
    const cluster = this.#cluster;
    const dead = this.#dead;
    const inRing = this.#ringNodes();
    if (dead !== undefined && (inRing.includes(dead) || this.#knowledge.ring().moves.size > 0))
      return;
    const mortals = cluster.up.filter((id) => inRing.includes(id) && !this.#leaving.has(id));
    const down = cluster.nodeIds.length - cluster.up.length;
    if (mortals.length <= MEMBERS_MIN - 1 || down > 0) return undefined;
    const victim = this.#random.pick(mortals);
    cluster.losePower(victim);
    cluster.giveUp(victim);
    this.#dead = victim;
    this.#died.push(victim);
    this.counts.deaths++;
    return victim;
  }

  #reweigh(): Promise<void> | undefined {
    this.counts.others++;
    return this.#commit([this.#weightOf(this.#random.pick(this.#members()))]);
  }

  #weightOf(node: NodeId): StagedChange {
    return { type: 'weight', node, weight: 1 + this.#random.below(WEIGHT_MAX) };
  }

  #changeN(): Promise<void> | undefined {
    this.counts.others++;
    const replicationFactor = 3 + this.#random.below(2);
    return this.#commit([{ type: 'replication_factor', replicationFactor }]);
  }

  #abort(): Promise<void> | undefined {
    if (this.#random.chance(0.5)) return undefined;
    this.counts.aborts++;
    return this.#ask((node) => node.ringChanges.abort(COMMAND_MS));
  }

  #commit(changes: readonly StagedChange[]): Promise<void> {
    return commitAt(this.#cluster, this.#random.pick(this.#cluster.up), changes);
  }

  async #ask(work: (node: QuorateNode) => Promise<unknown>): Promise<void> {
    await this.#cluster.request(this.#random.pick(this.#cluster.up), work);
  }

  async #clear(): Promise<void> {
    try {
      await this.#cluster.complete(this.#ask((node) => node.ringChanges.clear(COMMAND_MS)));
    } catch (error) {
      this.#expectRefusal(error);
    }
  }

  #expectRefusal(error: unknown): void {
    if (error instanceof TransportError) return;
    if (error instanceof QuorateError && (error.status === 503 || error.status === 409)) return;
    this.surprises.push(`an operator met ${String(error)}`);
  }

  #allEntered(): boolean {
    const inRing = this.#ringNodes();
    return this.#cluster.nodeIds.every((id) => inRing.includes(id) || !this.#isOfCluster(id));
  }

  /** In the ring, and up or to be up again. */
  #members(): readonly NodeId[] {
    const { nodeIds } = this.#cluster;
    return this.#ringNodes().filter((id) => nodeIds.includes(id));
  }

  #ringNodes(): readonly NodeId[] {
    return this.#knowledge.ring().members.map(({ id }) => id);
  }

  #isOfCluster(id: NodeId): boolean {
    return this.#knowledge.isOfCluster(id);
  }
}
