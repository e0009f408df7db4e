/**
 * What a node does when a partition moves to it, from it, or around it: fences, preparing,
 * copying and dropping (protocols.md, section 8). It does what it is asked to, by whoever carries
 * the move out, and decides nothing about the move itself.
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Random } from '../../ports/random.ts';
import type { Store } from '../../ports/store.ts';
import type { Transport } from '../../ports/transport.ts';
import { Admission } from '../../replica/admission.ts';
import type { DamagedRecords } from '../../replica/damaged-records.ts';
import type { Hints } from '../../replica/hints.ts';
import type { ReapNumbers } from '../../replica/reap-numbers.ts';
import type { Replica } from '../../replica/replica.ts';
import type { Trees } from '../../replica/trees.ts';
import type { ClusterView } from '../../ring/cluster-view.ts';
import type { BackgroundBudget } from '../background-budget.ts';
import { ExchangeTimes } from '../exchange-times.ts';
import { makeRepairMetrics } from '../repair-metrics.ts';
import { Slots } from '../slots.ts';
import { ChunkSource } from './chunk-source.ts';
import { makeCopiedTables } from './copied-tables.ts';
import { CopyCursors } from './copy-cursors.ts';
import { FenceServer } from './fence-server.ts';
import { MergeTurns } from './merge-turns.ts';
import { MoveGate } from './move-gate.ts';
import { PartitionCopy, type PartitionCopyPorts } from './partition-copy.ts';
import { PartitionEraser } from './partition-eraser.ts';
import { PartitionLeave, type PartitionLeavePorts } from './partition-leave.ts';
import { PrepareServer } from './prepare-server.ts';
import { RecordRescue } from './record-rescue.ts';
import { RegisterRescue } from './register-rescue.ts';
import { TransferJobs } from './transfer-jobs.ts';
import {
  COPY_PARTITION,
  type CopyRequest,
  LEAVE_PARTITION,
  type MovingPartition,
  type TransferProgress,
} from './transfer-messages.ts';
import { makeTransferMetrics, type TransferMetrics } from './transfer-metrics.ts';
import { TransferPace } from './transfer-pace.ts';

export interface TransfersPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly transport: Transport;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly replica: Replica;
  readonly hints: Hints;
  readonly trees: Trees;
  readonly damaged: DamagedRecords;
  readonly damagedRegisters: DamagedRecords;
  readonly reaps: ReapNumbers;
  readonly budget: BackgroundBudget;
  /** The cluster was begun anew by one of its nodes at some time. */
  readonly wasRecovered: boolean;
  /** Dead in the metadata: nobody waits for what it has. */
  readonly isDead: (node: NodeId) => boolean;
  readonly onFatal: (error: unknown) => void;
}

export interface TransferStatus extends MovingPartition, TransferProgress {
  readonly kind: 'copy' | 'leave';
}

/** Partitions that are taken over at the same time: each waits now for the network, now the disk. */
const COPIES_MAX = 4;
const LEAVES_MAX = 4;

/** For comparing before data is dropped, and for what turns out to be missing. */
const COMPARED_BYTES_PER_SECOND = 64 * 1024 * 1024;
const SENT_BYTES_PER_SECOND = 16 * 1024 * 1024;

export class Transfers {
  readonly #ports: TransfersPorts;
  readonly #gate: MoveGate;
  readonly #counts: TransferMetrics;
  readonly #paceIn: TransferPace;
  readonly #paceOut: TransferPace;
  readonly #fences: FenceServer;
  readonly #prepare: PrepareServer;
  readonly #source: ChunkSource;
  readonly #cursors: CopyCursors;
  readonly #copies: TransferJobs<PartitionCopy>;
  readonly #leaves: TransferJobs<PartitionLeave>;
  readonly #copyPorts: PartitionCopyPorts;
  readonly #leavePorts: PartitionLeavePorts;
  #bytesTaken = 0;

  constructor(ports: TransfersPorts) {
    const { self, view, clock, store, metrics, budget } = ports;
    this.#ports = ports;
    this.#counts = makeTransferMetrics(metrics);
    const counts = {
      ...this.#counts,
      bytesIn: {
        add: (bytes = 1) => {
          this.#bytesTaken += bytes;
          this.#counts.bytesIn.add(bytes);
        },
      },
    };
    const gate = new MoveGate({ clock, view, admission: new Admission(self, view) });
    this.#gate = gate;
    this.#paceIn = new TransferPace(clock);
    this.#paceOut = new TransferPace(clock, 0);
    const eraser = new PartitionEraser({ ...ports, pace: this.#paceOut });
    const tables = makeCopiedTables(ports);
    this.#fences = new FenceServer({ gate, store });
    this.#source = new ChunkSource({ ...ports, gate, tables, counts, pace: this.#paceOut });
    this.#cursors = new CopyCursors(store);
    const onChange = () => this.#counts.running.set(this.#copies.running + this.#leaves.running);
    this.#copies = new TransferJobs({ ...ports, kind: 'copy', onChange });
    this.#leaves = new TransferJobs({ ...ports, kind: 'leave', onChange });
    this.#copyPorts = {
      ...ports,
      gate,
      counts,
      tables,
      cursors: this.#cursors,
      rescues: { objects: new RecordRescue(ports), registers: new RegisterRescue(ports) },
      slots: new Slots(COPIES_MAX),
      merges: new MergeTurns(this.#paceIn),
      pace: this.#paceIn,
    };
    const exchange = {
      ...ports,
      times: new ExchangeTimes(clock),
      counts: makeRepairMetrics(metrics),
      readPace: budget.pace(COMPARED_BYTES_PER_SECOND),
      objectPace: budget.pace(SENT_BYTES_PER_SECOND),
    };
    const dropping = new Slots(1);
    this.#prepare = new PrepareServer({ ...ports, gate, eraser, dropping, exchange });
    const slots = new Slots(LEAVES_MAX);
    this.#leavePorts = { ...ports, gate, counts, eraser, dropping, exchange, slots };
  }

  /** Answers the other nodes. */
  serve(transport: Transport): void {
    this.#fences.serve(transport);
    this.#prepare.serve(transport);
    this.#source.serve(transport);
    transport.serve(COPY_PARTITION, (request, { deadline }) => this.#copy(request, deadline));
    transport.serve(LEAVE_PARTITION, (request, { deadline }) => this.#leave(request, deadline));
  }

  /** From here on the store is neither read nor written. */
  stop(): void {
    this.#gate.close();
  }

  /**
   * What is taken in; 0: as fast as it goes, with rests only while the node has better to do. What
   * goes out is bounded by those who ask for it: a source that paid for a chunk before it answered
   * would answer nobody in time.
   */
  setBytesPerSecond(bytesPerSecond: number): void {
    this.#paceIn.setBytesPerSecond(bytesPerSecond);
  }

  /** Of records, in all copies since the node started. */
  get bytesTaken(): number {
    return this.#bytesTaken;
  }

  get bytesPerSecond(): number {
    return this.#paceIn.bytesPerSecond;
  }

  /** Of the partitions that this node takes over or gives up now. */
  status(): readonly TransferStatus[] {
    const jobs = [...statusOf('copy', this.#copies), ...statusOf('leave', this.#leaves)];
    return jobs.filter(({ state }) => state === 'running');
  }

  /** Of those that this node takes over or has taken over: of moves that are over, too. */
  copies(): readonly TransferStatus[] {
    return statusOf('copy', this.#copies).filter(({ state }) => state !== 'failed');
  }

  async #copy(request: CopyRequest, deadline: number): Promise<TransferProgress> {
    const gate = this.#gate;
    await gate.catchUp([request], deadline);
    const { self } = this.#ports;
    const { from, to } = gate.admitToMove(request, 'write_both');
    const { sources } = request;
    const isMeant =
      to.includes(self) && sources.length > 0 && sources.every((source) => from.includes(source));
    if (!isMeant) {
      const detail = `${self} is not to take partition ${request.partition} from ${sources}`;
      throw new QuorateError('not_a_replica', detail);
    }
    if (!this.#copies.knows(request)) {
      await this.#forgetWhatIsOver();
      gate.admitToMove(request, 'write_both');
    }
    const isSame = (job: PartitionCopy) => job.sources.join() === sources.join();
    return this.#copies.ask(request, isSame, () => new PartitionCopy(this.#copyPorts, request));
  }

  async #leave(request: MovingPartition, deadline: number): Promise<TransferProgress> {
    await this.#gate.catchUp([request], deadline);
    this.#gate.admitToMove(request, 'stable');
    const make = () => new PartitionLeave(this.#leavePorts, request);
    const isSame = (job: PartitionLeave) => job.state !== 'done' || job.hasLeft();
    return this.#leaves.ask(request, isSame, make);
  }

  async #forgetWhatIsOver(): Promise<void> {
    const isCopied = (moving: MovingPartition) => this.#gate.isAt(moving, 'write_both');
    this.#copies.forgetUnless(isCopied);
    this.#leaves.forgetUnless((moving) => this.#gate.isAt(moving, 'stable'));
    await this.#cursors.forgetUnless(isCopied);
  }
}

function statusOf<Job extends PartitionCopy | PartitionLeave>(
  kind: TransferStatus['kind'],
  jobs: TransferJobs<Job>,
): readonly TransferStatus[] {
  return jobs.all().map((job) => ({ kind, ...job.moving, ...job.progress() }));
}
