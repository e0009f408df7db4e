/**
 * What keeps the replicas of a partition the same without being asked: anti-entropy, the scrub
 * of the own store, and the mending of damaged records.
 */

import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import { Admission } from '../replica/admission.ts';
import type { DamagedRecords } from '../replica/damaged-records.ts';
import type { ReapAdoption } from '../replica/reap-adoption.ts';
import type { ReapNumbers } from '../replica/reap-numbers.ts';
import type { Replica } from '../replica/replica.ts';
import type { Address } from '../replica/store-keys.ts';
import type { Trees } from '../replica/trees.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { AntiEntropy } from './anti-entropy.ts';
import type { BackgroundBudget } from './background-budget.ts';
import { ExchangeServer } from './exchange-server.ts';
import { ExchangeTimes, type PartitionExchanges } from './exchange-times.ts';
import { ReapServer } from './reap-server.ts';
import { Reaper, type ReaperPorts, type ReapStatus } from './reaper.ts';
import { type AcceptedLoss, RecordRebuild } from './record-rebuild.ts';
import { makeRepairMetrics } from './repair-metrics.ts';
import { RepairRuns, type RunRequest, type RunStatus } from './repair-runs.ts';
import { Scrub } from './scrub.ts';
import { comparedOf, peersOf, replicaCounts } from './tree-pairs.ts';

export interface RepairPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly transport: Transport;
  readonly liveness: Liveness;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly replica: Replica;
  readonly trees: Trees;
  readonly damaged: DamagedRecords;
  readonly damagedRegisters: DamagedRecords;
  readonly reaps: ReapNumbers;
  readonly adoption: ReapAdoption;
  readonly budget: BackgroundBudget;
  /** Between two comparisons with a peer. */
  readonly compareEveryMs: number | 'never';
  /** Between two rounds of reaping that this node begins. */
  readonly reapEveryMs: number | 'never';
  /** Has the metadata group begin a round: see reap-round.ts. */
  readonly beginReaping: ReaperPorts['begin'];
  readonly onFatal: (error: unknown) => void;
}

export interface RepairStatus {
  /** What was asked for last; null: nothing since the node started. */
  readonly run: RunStatus | null;
  /** Records, of objects and of registers, that are damaged and wait to be rebuilt. */
  readonly damagedRecords: number;
  /** Partitions that take part in no exchange, since their trees are yet to be built. */
  readonly partitionsWithoutTrees: readonly number[];
  /** When this node and each peer were last known to have the same. */
  readonly partitions: readonly PartitionExchanges[];
}

/** For comparing, and for objects, of all peers together. */
const READ_BYTES_PER_SECOND = 64 * 1024 * 1024;
const OBJECT_BYTES_PER_SECOND = 16 * 1024 * 1024;

export class Repair {
  readonly #ports: RepairPorts;
  readonly #times: ExchangeTimes;
  readonly #server: ExchangeServer;
  readonly #antiEntropy: AntiEntropy;
  readonly #scrub: Scrub;
  readonly #recordRebuild: RecordRebuild;
  readonly #runs: RepairRuns;
  readonly #reapServer: ReapServer;
  readonly #reaper: Reaper;

  constructor(ports: RepairPorts) {
    const { self, view, clock, budget } = ports;
    this.#ports = ports;
    this.#times = new ExchangeTimes(clock);
    const counts = makeRepairMetrics(ports.metrics);
    const common = {
      ...ports,
      counts,
      times: this.#times,
      readPace: budget.pace(READ_BYTES_PER_SECOND),
      objectPace: budget.pace(OBJECT_BYTES_PER_SECOND),
    };
    const admission = new Admission(self, view);
    this.#server = new ExchangeServer({ ...common, admission });
    this.#reapServer = new ReapServer({ ...ports, admission });
    this.#reaper = new Reaper({ ...ports, begin: ports.beginReaping });
    this.#antiEntropy = new AntiEntropy(common);
    this.#scrub = new Scrub(common);
    this.#recordRebuild = new RecordRebuild({ ...ports, rebuilt: counts.recordsRebuilt });
    this.#runs = new RepairRuns({ ...ports, antiEntropy: this.#antiEntropy, scrub: this.#scrub });
  }

  /** Answers the other nodes. */
  serve(transport: Transport): void {
    this.#server.serve(transport);
    this.#reapServer.serve(transport);
  }

  start(): void {
    this.#scrub.start();
    const { compareEveryMs } = this.#ports;
    if (compareEveryMs !== 'never') this.#antiEntropy.start(compareEveryMs);
    this.#recordRebuild.start();
    this.#reaper.start();
  }

  /** From here on the store is neither read nor written. */
  stop(): void {
    this.#server.close();
    this.#reapServer.close();
    this.#reaper.stop();
    this.#antiEntropy.stop();
    this.#scrub.stop();
    this.#recordRebuild.stop();
  }

  /** Begins what an operator asks for. Throws `overloaded`, `no_such_bucket` or `bucket_mode`. */
  run(request: RunRequest): RunStatus {
    return this.#runs.begin(request);
  }

  /** See record-rebuild.ts. Throws `QuorateError` or `TransportError`. */
  acceptLoss(address: Address): Promise<AcceptedLoss> {
    return this.#recordRebuild.acceptLoss(address);
  }

  /** What waits to be reaped, and why. */
  reapStatus(): ReapStatus {
    return this.#reaper.status();
  }

  /** Throws `ring_forming`. */
  status(): RepairStatus {
    const { self, view, trees, damaged, damagedRegisters } = this.#ports;
    const counts = replicaCounts(view);
    const kept = trees.keptPartitions();
    const partitions = kept.map((partition) => ({
      partition,
      peers: peersOf(self, view, partition, counts).map((peer) => ({
        peer,
        agoMs: this.#times.agoMs(peer, partition, this.#countsOfBoth(peer, partition, counts)),
      })),
    }));
    return {
      run: this.#runs.status() ?? null,
      damagedRecords: damaged.size + damagedRegisters.size,
      partitionsWithoutTrees: kept.filter((partition) => !trees.isReady(partition)),
      partitions,
    };
  }

  /** Those n for which this node and the peer compare what they have of the partition. */
  #countsOfBoth(peer: NodeId, partition: number, counts: readonly number[]): readonly number[] {
    const { self, view } = this.#ports;
    const ring = view.ring();
    return counts.filter((n) => {
      const compared = comparedOf(ring, partition, n);
      return compared.includes(self) && compared.includes(peer);
    });
  }
}
