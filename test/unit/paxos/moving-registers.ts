/**
 * Nodes that keep registers, and move their partition and keep it in order as nodes do, each
 * stage carried out by the steps of a real leader. The metadata group is the test itself.
 */

import { isExpected } from '../../../src/kernel/errors.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import { epochsRaised, idMarksRaised } from '../../../src/metadata/epoch-raises.ts';
import { movesAdvanced, movesBegun, movesTurned } from '../../../src/metadata/ring-moves.ts';
import { carryOutStage, StageWaits } from '../../../src/node/ring-moves/move-steps.ts';
import { type AcceptorRecord, decodeAcceptorRecord } from '../../../src/paxos/acceptor-record.ts';
import { decodeRegister } from '../../../src/paxos/register-codec.ts';
import { BackgroundBudget } from '../../../src/repair/background-budget.ts';
import type { AcceptedLoss } from '../../../src/repair/record-rebuild.ts';
import type { RaiseEpochs } from '../../../src/repair/register-messages.ts';
import { RegisterUpkeep } from '../../../src/repair/register-upkeep.ts';
import { Transfers } from '../../../src/repair/transfer/transfers.ts';
import { DamagedRecords } from '../../../src/replica/damaged-records.ts';
import { Hints } from '../../../src/replica/hints.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import { Replica } from '../../../src/replica/replica.ts';
import { addressAt } from '../../../src/replica/store-keys.ts';
import { Trees } from '../../../src/replica/trees.ts';
import type { Move } from '../../../src/ring/move.ts';
import { partitionEpoch } from '../../../src/ring/ring.ts';
import { turnedBack } from '../../../src/ring/turned-back.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimStore } from '../../../src/sim/sim-store.ts';
import { PARTITION, RegisterCluster, type RegisterNode } from './register-cluster.ts';

const STAGE_MS_MAX = 60_000;
const RETRY_MS = 100;

interface Parts {
  readonly transfers: Transfers;
  readonly upkeep: RegisterUpkeep;
}

export class MovingRegisters extends RegisterCluster {
  readonly dead = new Set<NodeId>();
  marks: readonly number[] = [];
  /** How long an entry takes to be heard of, at most. */
  hearingMsMax = 0;
  reapEveryMs: number | 'never' = 'never';
  wasRecovered = false;
  readonly #parts = new Map<NodeId, Parts>();

  /** As if the process had begun with these parts. */
  attachAll(): this {
    for (const id of this.ids) this.#attach(id);
    return this;
  }

  override start(self: NodeId): void {
    super.start(self);
    // The first time the constructor of the other class is at it.
    if (this.dead !== undefined) this.#attach(self);
  }

  override crash(id: NodeId, isPowerCut = true): void {
    const parts = this.#parts.get(id);
    parts?.transfers.stop();
    parts?.upkeep.stop();
    super.crash(id, isPowerCut);
  }

  get list(): readonly NodeId[] {
    return this.ring.replicas[PARTITION] as readonly NodeId[];
  }

  get epoch(): number {
    return partitionEpoch(this.ring, PARTITION);
  }

  get move(): Move | undefined {
    return this.ring.moves.get(PARTITION);
  }

  /** Carries a whole move out, or what is left of it. */
  async moveTo(to: readonly NodeId[]): Promise<void> {
    this.begin(to);
    while (this.move !== undefined) await this.nextStage();
  }

  begin(to: readonly NodeId[]): void {
    const at = { partition: PARTITION, epoch: this.epoch };
    const goal = { index: this.ring.epoch, replicas: [to] };
    this.ring = movesBegun(this.ring, goal, [at], this.dead, this.ring.epoch + 1);
    this.#tell();
  }

  turnBack(): void {
    const index = this.ring.epoch + 1;
    this.ring = movesTurned(this.ring, (move) => turnedBack(move, index), index);
    this.#tell();
  }

  /** Carries the present stage out, whatever it takes, and leaves it; false: it was turned back. */
  async nextStage(): Promise<boolean> {
    const { simulation } = this;
    const { epoch, move } = this;
    const endsAt = simulation.nowMs + STAGE_MS_MAX;
    while (move !== undefined && this.epoch === epoch) {
      if (simulation.nowMs > endsAt) throw new Error(`${move.stage} does not end`);
      if (await this.#tryStage(move, epoch, endsAt)) {
        const left = { partition: PARTITION, epoch, stage: move.stage };
        this.ring = movesAdvanced(this.ring, [left], this.ring.epoch + 1);
        this.#tell();
        return true;
      }
      await this.pause(RETRY_MS);
    }
    return false;
  }

  /** What a node has of the key. */
  record(id: NodeId, key: string): AcceptorRecord | undefined {
    const bytes = this.node(id).store.get(this.storedKey(key));
    return bytes && decodeAcceptorRecord(bytes);
  }

  valueAt(id: NodeId, key: string): string | undefined {
    const record = this.record(id, key);
    const content = record && decodeRegister(record.register).content;
    return content && Buffer.from(content.value).toString();
  }

  async damage(id: NodeId, key: string): Promise<void> {
    const { store } = this.node(id);
    const value = Buffer.from(store.get(this.storedKey(key)) as Uint8Array);
    value[0] = (value[0] as number) ^ 1;
    // Past what watches that ballots are used once.
    const write = SimStore.prototype.write.bind(store);
    await this.done(write([{ type: 'put', key: this.storedKey(key), value }]));
  }

  /** As an operator asks the node to. */
  acceptLoss(id: NodeId, key: string): Promise<AcceptedLoss> {
    const upkeep = this.#parts.get(id)?.upkeep;
    if (upkeep === undefined) throw new Error(`${id} is down`);
    return this.done(upkeep.acceptLoss(addressAt(this.storedKey(key))));
  }

  readonly raise: RaiseEpochs = async (partitions) => {
    await this.pause(1);
    const index = this.ring.epoch + 1;
    const ring = epochsRaised(this.ring, partitions, index);
    this.marks = idMarksRaised(this.marks, ring, partitions);
    this.ring = ring;
    this.#tell();
    return index;
  };

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.simulation.schedule(ms, resolve));
  }

  async #tryStage(move: Move, epoch: number, endsAt: number): Promise<boolean> {
    const leader = this.ids.find((id) => this.isUp(id) && !this.dead.has(id));
    if (leader === undefined) return false;
    const { clock, transport } = this.node(leader);
    const ports = {
      clock,
      transport,
      dead: this.dead,
      bucketNs: new Set([3]),
      acceptLoss: false,
      mark: '',
      isPresent: () => this.epoch === epoch && this.isUp(leader) && this.simulation.nowMs <= endsAt,
      onWaiting: () => {},
      onCopied: () => {},
    };
    let isOver = false;
    const ended = carryOutStage(ports, { ...move, epoch })
      .catch((error: unknown) => {
        if (!isExpected(error) && !(error instanceof StageWaits)) throw error;
        return false;
      })
      .finally(() => {
        isOver = true;
      });
    return Promise.race([ended, this.#crashOf(leader, () => isOver)]);
  }

  /** A leader that crashes answers no more. */
  async #crashOf(leader: NodeId, isOver: () => boolean): Promise<boolean> {
    const { clock } = this.node(leader);
    const isSame = () => this.isUp(leader) && this.node(leader).clock === clock;
    while (!isOver() && isSame()) await this.pause(RETRY_MS);
    return false;
  }

  /** Each node hears of the ring in its own time, and of the marks with it. */
  #tell(): void {
    const { ring, marks } = this;
    for (const id of this.ids) {
      if (this.hearingMsMax === 0) this.#hear(id, ring, marks);
      else {
        const inMs = this.simulation.random.float() * this.hearingMsMax;
        this.simulation.schedule(inMs, () => this.#hear(id, ring, marks));
      }
    }
  }

  #hear(id: NodeId, ring: typeof this.ring, marks: readonly number[]): void {
    if (!this.isUp(id)) return;
    const { view } = this.node(id);
    if (view.ring().epoch >= ring.epoch) return;
    view.marks = marks;
    view.hear(ring);
  }

  #attach(self: NodeId): void {
    const node = this.node(self);
    node.view.marks = this.marks;
    this.#parts.set(self, this.#partsOf(self, node));
  }

  #partsOf(self: NodeId, node: RegisterNode): Parts {
    const { view, store, clock, transport, logger, metrics, registers } = node;
    const onFatal = (error: unknown) => {
      throw error;
    };
    const trees = new Trees({ self, view, store, clock });
    const damaged = new DamagedRecords({ clock, logger, metrics });
    const reaps = new ReapNumbers(store);
    const own = { ...node, self, trees, damaged, reaps, onFatal };
    const lineage = { id: 1, nextActorEpoch: () => 1 };
    const replica = new Replica({ ...own, lineage });
    const hints = new Hints({ ...own, bytesMax: 1_000 });
    const budget = new BackgroundBudget({ clock, metrics, requestsInFlight: () => 0 });
    const random = new SeededRandom(1);
    const isDead = (id: NodeId) => this.dead.has(id);
    const { wasRecovered } = this;
    const transfers = new Transfers({
      ...{ ...own, random, replica, hints, budget, isDead, wasRecovered },
    });
    const upkeep = new RegisterUpkeep({
      ...own,
      ...{ random, budget, raiseEpochs: this.raise, wasRecovered },
      reapEveryMs: this.reapEveryMs,
      rewrite: (bucket, key, deadline) => registers.rewrite({ bucket, key }, deadline),
    });
    transfers.serve(transport);
    upkeep.serve(transport);
    upkeep.start();
    return { transfers, upkeep };
  }
}
