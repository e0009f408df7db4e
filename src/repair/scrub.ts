/**
 * Reads every record of the node's partitions, over and over, slowly: it builds the trees that
 * are not known, checks those that are, and finds damaged records, of objects and of registers.
 *
 * A partition without trees is read at once, as fast as `building` lets it; every other one
 * once in a period, each at a time of its own. What only a scan can find is found here: a key
 * that the disk lost or changed without a word, which the trees in use do not know of. The
 * trees of the scan then take their place, and the next exchange mends the key.
 */

import { StoreError } from '../kernel/errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { DamagedRecords } from '../replica/damaged-records.ts';
import type { Trees } from '../replica/trees.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import type { BackgroundBudget } from './background-budget.ts';
import type { Pace } from './pace.ts';
import { RegisterScan, type RegisterScanPorts } from './register-scan.ts';
import type { RepairMetrics } from './repair-metrics.ts';

export interface ScrubPorts extends RegisterScanPorts {
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly random: Random;
  readonly trees: Trees;
  readonly damaged: DamagedRecords;
  readonly budget: BackgroundBudget;
  readonly counts: RepairMetrics;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** What a scrub that was asked for has read so far. */
export interface ScrubTally {
  partitionsDone: number;
  records: number;
  bytes: number;
}

/** Every partition once in this time. */
const PERIOD_MS = 7 * 86_400_000;
/** The earliest of them, in shares of the period: so that they spread out over it. */
const EARLIEST_SHARE = 0.5;

/** Where trees are missing, or an operator waits. */
const BUILDING_BYTES_PER_SECOND = 64 * 1024 * 1024;
const PERIODIC_BYTES_PER_SECOND = 4 * 1024 * 1024;

const LOOK_EVERY_MS = 1_000;

interface Asked {
  readonly tally: ScrubTally;
  readonly left: Set<number>;
  readonly resolve: () => void;
}

export class Scrub {
  readonly #ports: ScrubPorts;
  readonly #fast: Pace;
  readonly #slow: Pace;
  /** By partition, in wall time: drawn when it was last read. */
  readonly #dueAt = new Map<number, number>();
  #asked: Asked | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(ports: ScrubPorts) {
    this.#ports = ports;
    this.#fast = ports.budget.pace(BUILDING_BYTES_PER_SECOND);
    this.#slow = ports.budget.pace(PERIODIC_BYTES_PER_SECOND);
  }

  start(): void {
    this.#work().then(
      () => this.#rest(),
      (error: unknown) => {
        // A store that failed has stopped the node already.
        if (!(error instanceof StoreError)) this.#ports.onFatal(error);
      },
    );
  }

  stop(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  /** Reads all partitions from now on. Precondition: what was asked for before has ended. */
  readAll(tally: ScrubTally): { readonly keptPartitions: number; readonly ended: Promise<void> } {
    const left = new Set(this.#ports.trees.keptPartitions());
    const keptPartitions = left.size;
    const ended = new Promise<void>((resolve) => {
      this.#asked = { tally, left, resolve };
      this.#settleAsked();
    });
    return { keptPartitions, ended };
  }

  #rest(): void {
    if (this.#closed) return;
    this.#timer = this.#ports.clock.setTimer(LOOK_EVERY_MS, () => this.start());
  }

  /** Reads what is due, one partition after the other. */
  async #work(): Promise<void> {
    const { view, trees } = this.#ports;
    while (!this.#closed && view.formed && view.counted) {
      if (trees.decodeNext()) {
        await this.#fast.spend(0);
        continue;
      }
      const partition = this.#next();
      this.#tellMissing();
      if (partition === undefined || !(await this.#read(partition))) return;
    }
  }

  /** Partitions without trees come first, then those asked for, then those whose time has come. */
  #next(): number | undefined {
    const { trees, clock } = this.#ports;
    const kept = trees.keptPartitions();
    const missing = kept.find((partition) => !trees.isReady(partition));
    if (missing !== undefined) return missing;
    const [asked] = this.#asked?.left ?? [];
    if (asked !== undefined) return asked;
    const now = clock.wallTime();
    return kept.find((partition) => this.#dueAtOf(partition) <= now);
  }

  #dueAtOf(partition: number): number {
    const { trees, random } = this.#ports;
    const drawn = this.#dueAt.get(partition);
    if (drawn !== undefined) return drawn;
    const share = EARLIEST_SHARE + (1 - EARLIEST_SHARE) * random.float();
    const dueAt = (trees.scannedAt(partition) ?? 0) + PERIOD_MS * share;
    this.#dueAt.set(partition, dueAt);
    return dueAt;
  }

  /** False where it has to be tried again later. */
  async #read(partition: number): Promise<boolean> {
    const { trees, damaged } = this.#ports;
    const hurried = !trees.isReady(partition) || this.#asked?.left.has(partition) === true;
    const pace = hurried ? this.#fast : this.#slow;
    const build = trees.beginBuild(partition, (address) => damaged.note(address));
    for (;;) {
      const { complete, records, bytes } = build.step();
      this.#count(partition, records, bytes);
      if (complete) break;
      await pace.spend(bytes);
      if (!this.#closed) continue;
      trees.abandonBuild(partition);
      return false;
    }
    if (build.metUnheardBucket) {
      trees.abandonBuild(partition);
      return false;
    }
    const outcome = trees.finishBuild(partition, build);
    await pace.spend(0);
    if (!(await this.#readRegisters(partition, pace))) return false;
    this.#finish(partition, outcome);
    return true;
  }

  /** They are in no tree, so the trees need not wait for them. False where the node stops. */
  async #readRegisters(partition: number, pace: Pace): Promise<boolean> {
    const scan = new RegisterScan(this.#ports, partition);
    while (!this.#closed) {
      const { complete, records, bytes } = scan.step();
      this.#count(partition, records, bytes);
      await pace.spend(bytes);
      if (complete) return true;
    }
    return false;
  }

  #finish(partition: number, outcome: ReturnType<Trees['finishBuild']>): void {
    const { counts, logger } = this.#ports;
    if (outcome === 'abandoned') return;
    this.#dueAt.delete(partition);
    counts.treesBuilt.add();
    if (outcome === 'rot') {
      counts.rotFound.add();
      logger.warn('the store has changed behind the back of the node', { partition });
    }
    const asked = this.#asked;
    if (asked?.left.delete(partition) === true) asked.tally.partitionsDone++;
    this.#settleAsked();
  }

  #count(partition: number, records: number, bytes: number): void {
    const asked = this.#asked;
    if (asked?.left.has(partition) !== true) return;
    asked.tally.records += records;
    asked.tally.bytes += bytes;
  }

  #settleAsked(): void {
    const asked = this.#asked;
    if (asked === undefined || asked.left.size > 0) return;
    this.#asked = undefined;
    asked.resolve();
  }

  #tellMissing(): void {
    const { trees, counts } = this.#ports;
    const missing = trees.keptPartitions().filter((partition) => !trees.isReady(partition));
    counts.partitionsWithoutTrees.set(missing.length);
  }
}
