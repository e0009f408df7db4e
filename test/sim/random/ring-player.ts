/**
 * The operator of a run: carries out the changes of the ring that its scenario plans, where they
 * can be asked for at that moment, in the middle of whatever else goes on. What is refused is let
 * be.
 *
 * One node is dead at a time: what a second death takes nobody promises.
 */

import { QuorateError, TransportError } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { QuorateNode, StagedChange } from '../../../src/node/index.ts';
import type { TestCluster } from '../harness.ts';
import { RingKnowledge } from '../ring-moves/ring-knowledge.ts';
import { COMMAND_MS, commitAt } from '../ring-moves/ring-operator.ts';
import type { Fault } from './scenario.ts';

export type RingChange = Extract<
  Fault,
  { type: 'join' | 'leave' | 'replace' | 'remove' | 'weight' | 'replication-factor' | 'abort' }
>;

/** More than these the ring does not get. */
const JOINED_MAX = 2;
const ENTERED_MS_MAX = 60_000;
const LOOK_EVERY_MS = 300;

export class RingPlayer {
  readonly knowledge: RingKnowledge;
  /** Left in order, and given up. */
  readonly gone: NodeId[] = [];
  /** What nobody may meet. */
  readonly surprises: string[] = [];
  /** By kind, how many changes were asked for. */
  readonly asked = new Map<string, number>();
  readonly #cluster: TestCluster;
  readonly #factor: number;
  readonly #membersMin: number;
  readonly #nodesMax: number;
  readonly #leaving = new Set<NodeId>();
  readonly #died: NodeId[] = [];
  #named: number;
  #arriving = 0;
  #running = 0;

  /** @param factor the replication factor that the cluster was formed with */
  constructor(cluster: TestCluster, factor: number) {
    this.#cluster = cluster;
    this.#factor = factor;
    this.#named = cluster.nodeIds.length;
    this.#membersMin = Math.max(3, factor);
    this.#nodesMax = cluster.nodeIds.length + JOINED_MAX;
    this.knowledge = new RingKnowledge(cluster);
  }

  /** Begins the change, where that is possible and no other has just been begun. */
  begin(change: RingChange): void {
    this.seeOff();
    if (this.#running > 0) return;
    const deed = this.#deed(change);
    if (deed === undefined) return;
    this.asked.set(change.type, (this.asked.get(change.type) ?? 0) + 1);
    this.#running++;
    deed
      .catch((error: unknown) => this.#expectRefusal(error))
      .finally(() => {
        this.#running--;
      });
  }

  /** All is well again: what is half done is brought to an end. */
  async end(): Promise<void> {
    const { simulation } = this.#cluster;
    const untilMs = simulation.nowMs + ENTERED_MS_MAX;
    while (this.#running > 0 || this.#arriving > 0 || !this.#allEntered()) {
      if (simulation.nowMs > untilMs) {
        const waiting = this.#cluster.nodeIds.filter((id) => !this.#isEntered(id));
        this.surprises.push(`${this.#arriving} still arrive; ${waiting} wait to enter the ring`);
        break;
      }
      if (this.#running === 0 && this.#arriving === 0) await this.#clear();
      // At no fixed interval: else what newcomers stage could be cleared each time before they commit.
      await simulation.advance(LOOK_EVERY_MS + simulation.random.float() * LOOK_EVERY_MS * 2);
    }
    // What was staged and not committed may be about a node that has left since.
    await this.#clear();
    const removed = this.#died.filter((id) => this.#ringNodes().includes(id));
    const changes = removed.map((node) => ({ type: 'remove' as const, node, acceptLoss: false }));
    if (changes.length > 0) await this.#trying(() => this.#commit(changes));
  }

  /** Everybody there is, but those who have left. */
  members(): readonly NodeId[] {
    return this.#cluster.nodeIds.filter((id) => this.knowledge.isOfCluster(id));
  }

  /** Somebody was asked to leave and is still there; it may have been refused. */
  get mayStillLeave(): boolean {
    return this.#leaving.size > 0;
  }

  /** Those that have left are gone. */
  seeOff(): void {
    for (const id of [...this.#leaving]) {
      if (this.knowledge.isOfCluster(id)) continue;
      const cluster = this.#cluster;
      this.#leaving.delete(id);
      if (!cluster.nodeIds.includes(id)) continue;
      if (cluster.isUp(id)) cluster.kill(id);
      cluster.giveUp(id);
      this.gone.push(id);
    }
  }

  /** Nothing is reaped that the directories of the dead may bring back. */
  async closeSalvages(): Promise<void> {
    for (const id of this.#died) {
      await this.#trying(() => this.#ask((node) => node.salvage.close(id, COMMAND_MS)));
    }
  }

  #deed(change: RingChange): Promise<void> | undefined {
    switch (change.type) {
      case 'join':
        return this.#admit(undefined);
      case 'leave':
        return this.#leave(change.victim);
      case 'replace':
        return this.#replace(change.victim);
      case 'remove':
        return this.#remove(change.victim);
      case 'weight':
        return this.#commit([{ type: 'weight', node: change.victim, weight: change.weight }]);
      case 'replication-factor':
        return this.#commit([
          { type: 'replication_factor', replicationFactor: this.#factor + change.factor },
        ]);
      case 'abort':
        return this.#ask((node) => node.ringChanges.abort(COMMAND_MS));
    }
  }

  /** Other things may be begun meanwhile. */
  #admit(replaces: NodeId | undefined): Promise<void> | undefined {
    if (this.#cluster.nodeIds.length + this.#arriving >= this.#nodesMax) return undefined;
    this.#arriving++;
    this.#cluster
      .admit(`n${++this.#named}`, replaces)
      .catch((error: unknown) => this.surprises.push(`not admitted: ${String(error)}`))
      .finally(() => {
        this.#arriving--;
      });
    return Promise.resolve();
  }

  #leave(node: NodeId): Promise<void> | undefined {
    const staying = this.#staying();
    if (staying.length <= this.#membersMin || !staying.includes(node)) return undefined;
    this.#leaving.add(node);
    return this.#commit([{ type: 'leave', node }]);
  }

  #replace(victim: NodeId): Promise<void> | undefined {
    return this.#die(victim) ? this.#admit(victim) : undefined;
  }

  #remove(node: NodeId): Promise<void> | undefined {
    if (this.#staying().length <= this.#membersMin || !this.#die(node)) return undefined;
    return this.#commit([{ type: 'remove', node, acceptLoss: false }]);
  }

  /** Where all others are up, and whoever died before is out of the ring. */
  #die(victim: NodeId): boolean {
    const cluster = this.#cluster;
    const inRing = this.#ringNodes();
    const isSettled = this.knowledge.ring().moves.size === 0;
    if (this.#died.length > 0 && (this.#died.some((id) => inRing.includes(id)) || !isSettled)) {
      return false;
    }
    const everybodyIsUp = cluster.up.length === cluster.nodeIds.length;
    const isMortal = this.#staying().includes(victim) && cluster.isUp(victim);
    if (!isMortal || !everybodyIsUp || this.#staying().length < this.#membersMin) return false;
    cluster.losePower(victim);
    cluster.giveUp(victim);
    this.#died.push(victim);
    return true;
  }

  #commit(changes: readonly StagedChange[]): Promise<void> | undefined {
    const [at] = this.#cluster.up;
    return at === undefined ? undefined : commitAt(this.#cluster, at, changes);
  }

  #ask(work: (node: QuorateNode) => Promise<unknown>): Promise<void> | undefined {
    const [at] = this.#cluster.up;
    return at === undefined ? undefined : this.#cluster.request(at, work).then(() => {});
  }

  #clear(): Promise<void> {
    return this.#trying(() => this.#ask((node) => node.ringChanges.clear(COMMAND_MS)));
  }

  async #trying(work: () => Promise<void> | undefined): Promise<void> {
    try {
      await this.#cluster.complete(work() ?? Promise.resolve());
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
    return this.#cluster.nodeIds.every((id) => this.#isEntered(id));
  }

  #isEntered(id: NodeId): boolean {
    return this.#ringNodes().includes(id) || !this.knowledge.isOfCluster(id);
  }

  /** In the ring, up or to be up again, and not asked to leave. */
  #staying(): readonly NodeId[] {
    const { nodeIds } = this.#cluster;
    return this.#ringNodes().filter((id) => nodeIds.includes(id) && !this.#leaving.has(id));
  }

  #ringNodes(): readonly NodeId[] {
    return this.knowledge.ring().members.map(({ id }) => id);
  }
}
