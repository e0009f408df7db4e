/** Changes of the ring as operators ask for them: staged, planned, committed, and watched. */

import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Command } from '../metadata/command.ts';
import { committing, planned } from '../metadata/planning.ts';
import { partitionsToMove } from '../metadata/ring-moves.ts';
import type { MetadataState } from '../metadata/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { Transport } from '../ports/transport.ts';
import { PARTITION_SIZES } from '../repair/transfer/partition-sizes.ts';
import type { StagedChange } from '../ring/changes.ts';
import type { Ring } from '../ring/ring.ts';
import type { MetadataGroup } from './metadata-group/metadata-group.ts';
import { errorOfReply } from './raft-buckets.ts';
import type { RequestLedger } from './request-ledger.ts';
import { BytesTaken } from './ring-moves/bytes-taken.ts';
import { refuseWhileAlive } from './ring-moves/refuse-while-alive.ts';
import {
  TRANSFER_STATUS,
  type TransferShare,
  type TransfersStatus,
  transfersStatus,
} from './ring-moves/transfer-status.ts';
import { type RingChangeDone, type RingPlanStatus, ringNotes } from './ring-plan-status.ts';

export interface RingChangesPorts {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly liveness: Pick<Liveness, 'reachable'>;
}

/** For what others are asked on the way: a silent one only makes the answer less complete. */
const ASK_MS_MAX = 1_000;

export class RingChanges {
  readonly #group: MetadataGroup;
  readonly #requests: RequestLedger;
  readonly #ports: RingChangesPorts;
  readonly #bytesTaken = new BytesTaken();

  constructor(group: MetadataGroup, requests: RequestLedger, ports: RingChangesPorts) {
    this.#group = group;
    this.#requests = requests;
    this.#ports = ports;
  }

  /** As of now. Throws `metadata_unavailable` or `ring_forming`. */
  plan(timeoutMs: number): Promise<RingPlanStatus> {
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      await this.#group.client.readBarrier(deadline);
      return this.#status();
    });
  }

  /** Throws `change_refused` and others where it cannot be carried out. */
  async stage(change: StagedChange, timeoutMs: number): Promise<RingPlanStatus> {
    refuseWhileAlive([change], this.#group.state, this.#ports.liveness);
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      await this.#applied({ type: 'stage_change', change }, deadline);
      return this.#status();
    });
  }

  clear(timeoutMs: number): Promise<RingPlanStatus> {
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      await this.#group.client.readBarrier(deadline);
      return this.#clear(deadline);
    });
  }

  /** Gives up what is under way; where that is nothing, what is staged. */
  abort(timeoutMs: number): Promise<RingPlanStatus> {
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      await this.#group.client.readBarrier(deadline);
      const state = this.#state();
      const [ring, goal] = [state.ring(), state.goal()];
      if (goal === undefined && state.staged().length > 0) return this.#clear(deadline);
      await this.#applied({ type: 'abort_changes' }, deadline);
      return this.#status({
        type: 'aborted',
        movesNotBegun: ring && goal ? partitionsToMove(ring, goal).length : 0,
        movesToEnd: this.#state().ring()?.moves.size ?? 0,
      });
    });
  }

  /**
   * Throws `stale_epoch` where what is staged changes meanwhile, and `change_refused` where a node
   * that is to be given up for dead has come back.
   */
  commit(timeoutMs: number): Promise<RingPlanStatus> {
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      await this.#group.client.readBarrier(deadline);
      const state = this.#state();
      refuseWhileAlive(state.staged(), state, this.#ports.liveness);
      const plan = planned(state);
      if (plan === undefined) throw ringForming();
      const changes = state.staged();
      await this.#applied(committing(plan, state.planEpoch), deadline);
      return this.#status({ type: 'committed', changes });
    });
  }

  /** How far each of the moves is, by all nodes that answer soon. */
  transfers(timeoutMs: number): Promise<TransfersStatus> {
    return this.#requests.run('admin', timeoutMs, (deadline) => this.#transfers(deadline));
  }

  /** The most that each node takes in, from now on; null: as fast as it goes. */
  setTransferRate(bytesPerSecond: number | null, timeoutMs: number): Promise<TransfersStatus> {
    const command: Command = {
      type: 'set_transfer_rate',
      bytesPerSecond: bytesPerSecond ?? undefined,
    };
    return this.#requests.run('admin', timeoutMs, async (deadline) => {
      await this.#applied(command, deadline);
      return this.#transfers(deadline);
    });
  }

  async #clear(deadline: number): Promise<RingPlanStatus> {
    const changes = this.#state().staged();
    await this.#applied({ type: 'unstage_changes' }, deadline);
    return this.#status({ type: 'cleared', changes });
  }

  /** Here too. */
  async #applied(command: Command, deadline: number): Promise<void> {
    const { index, reply } = await this.#group.client.run(command, deadline);
    if (!reply.ok) throw errorOfReply(reply);
    await this.#group.runner.applied(index, deadline);
  }

  async #status(done?: RingChangeDone): Promise<RingPlanStatus> {
    const state = this.#state();
    const ring = state.ring();
    if (ring === undefined) throw ringForming();
    const goal = state.goal();
    const staged = state.staged();
    const bytes = staged.length === 0 ? undefined : await this.#bytesByPartition(ring);
    return {
      node: this.#ports.self,
      epoch: state.epoch,
      done,
      staged,
      plan: staged.length === 0 ? undefined : planned(state, bytes),
      movesLeft: goal && partitionsToMove(ring, goal).length,
      notes: ringNotes(state, (node) => this.#ports.liveness.reachable(node)),
    };
  }

  /** Of each partition the first replica that answers is asked; undefined: not all are known. */
  async #bytesByPartition(ring: Ring): Promise<readonly number[] | undefined> {
    const byNode = new Map<NodeId, number[]>();
    for (const [partition, [first]] of ring.replicas.entries()) {
      if (first === undefined) continue;
      byNode.set(first, [...(byNode.get(first) ?? []), partition]);
    }
    const { transport, clock } = this.#ports;
    const deadline = clock.now() + ASK_MS_MAX;
    const asked = [...byNode].map(([node, partitions]) =>
      transport.call(node, PARTITION_SIZES, partitions, { deadline }),
    );
    const sizes = (await Promise.allSettled(asked)).flatMap((one) =>
      one.status === 'fulfilled' ? one.value : [],
    );
    const known = new Map(sizes.map(({ partition, bytes }) => [partition, bytes]));
    if (known.size < ring.partitionCount) return undefined;
    return ring.replicas.map((_, partition) => known.get(partition) ?? 0);
  }

  async #transfers(deadline: number): Promise<TransfersStatus> {
    const { self, transport, clock } = this.#ports;
    const state = this.#state();
    const soon = Math.min(deadline, clock.now() + ASK_MS_MAX);
    const members = state.members();
    const asked = members.map(({ name }) =>
      transport.call(name, TRANSFER_STATUS, null, { deadline: soon }),
    );
    const shares: TransferShare[] = [];
    for (const [i, one] of (await Promise.allSettled(asked)).entries()) {
      if (one.status === 'rejected') continue;
      shares.push(one.value);
      this.#bytesTaken.tell(members[i]?.name ?? self, one.value.bytesTaken);
    }
    return transfersStatus(self, state, shares, this.#bytesTaken.inAll);
  }

  #state(): MetadataState {
    const { state } = this.#group;
    if (state === undefined) throw ringForming();
    return state;
  }
}

function ringForming(): QuorateError {
  return new QuorateError('ring_forming', 'the ring has not been drawn yet');
}
