/**
 * How often a client misses its own last write, or goes back behind what it has read, for
 * each R and W of three replicas, one of which lags.
 *
 * Everything sent to one node and by it is held up. Clients write and read keys of their own,
 * one operation after the other, each at another node than the one before. Read repair is
 * off and only replicas count, so that what shows is R and W alone; every write still goes to
 * all replicas in the background.
 */

import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { latencyHistogram, recordMs } from '../throughput/recording.ts';
import { OwnKey } from './own-key.ts';

export const REPLICAS = 3;
const BUCKET = 'sessions';
/** Enough for a write to be everywhere before the next of the same key. */
const KEYS_OF_A_CLIENT = 16;
/** A write and so many reads of one key, then another key. */
const READS_AFTER_A_WRITE = 2;
/** Before the first cell, to have code compiled. */
const WARM_UP_OPERATIONS = 2_000;

export interface SweepOptions {
  /** For each R and W. */
  readonly operations: number;
  readonly clients: number;
  readonly delay: number;
  readonly jitter: number;
}

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Cell {
  readonly r: number;
  readonly w: number;
  readonly operations: number;
  readonly reads: number;
  readonly missedWrites: number;
  readonly wentBack: number;
  readonly put: Latency;
  readonly get: Latency;
  /** How often each error was answered. */
  readonly errors: Readonly<Record<string, number>>;
}

export async function runSweep(
  cluster: LocalCluster,
  options: SweepOptions,
  onCell: (cell: Cell) => void,
): Promise<readonly Cell[]> {
  const names = cluster.nodes.map(({ name }) => name);
  const lagging = names.at(-1) as string;
  const others = names.slice(0, -1);
  const law = {
    distribution: 'normal',
    meanMs: options.delay,
    deviationMs: options.jitter,
  } as const;
  await new CellRun(cluster, 1, 1).run({ ...options, operations: WARM_UP_OPERATIONS });
  await cluster.faults.delay(lagging, others, law);
  await cluster.faults.delay(others, lagging, law);
  const cells: Cell[] = [];
  for (let w = 1; w <= REPLICAS; w++) {
    for (let r = 1; r <= REPLICAS; r++) {
      const cell = await new CellRun(cluster, r, w).run(options);
      cells.push(cell);
      onCell(cell);
    }
  }
  await cluster.faults.heal();
  return cells;
}

let runs = 0;

class CellRun {
  readonly #cluster: LocalCluster;
  readonly #r: number;
  readonly #w: number;
  readonly #prefix = `run-${runs++}`;
  readonly #latency = { put: latencyHistogram(), get: latencyHistogram() };
  readonly #errors = new Map<string, number>();
  #left = 0;
  #reads = 0;
  #missedWrites = 0;
  #wentBack = 0;

  constructor(cluster: LocalCluster, r: number, w: number) {
    this.#cluster = cluster;
    this.#r = r;
    this.#w = w;
  }

  async run({ operations, clients }: SweepOptions): Promise<Cell> {
    this.#left = operations;
    await Promise.all(Array.from({ length: clients }, (_, i) => this.#client(i)));
    const { put, get } = this.#latency;
    const latencyOf = (histogram: typeof put) => ({
      p50Ms: histogram.getValueAtPercentile(50) / 1_000,
      p99Ms: histogram.getValueAtPercentile(99) / 1_000,
    });
    return {
      r: this.#r,
      w: this.#w,
      operations,
      reads: this.#reads,
      missedWrites: this.#missedWrites,
      wentBack: this.#wentBack,
      put: latencyOf(put),
      get: latencyOf(get),
      errors: Object.fromEntries(this.#errors),
    };
  }

  async #client(number: number): Promise<void> {
    const { nodes } = this.#cluster;
    const keys = Array.from({ length: KEYS_OF_A_CLIENT }, (_, i) => {
      return new OwnKey(`${this.#prefix}/${number}/${i}`);
    });
    let at = number;
    for (let step = 0; this.#left > 0; step++) {
      this.#left--;
      at = (at + 1 + Math.floor(Math.random() * (nodes.length - 1))) % nodes.length;
      const node = (nodes[at] as (typeof nodes)[number]).name;
      const round = Math.floor(step / (1 + READS_AFTER_A_WRITE));
      const key = keys[round % keys.length] as OwnKey;
      const isWrite = step % (1 + READS_AFTER_A_WRITE) === 0;
      await this.#timed(isWrite ? 'put' : 'get', () =>
        isWrite ? this.#put(node, key) : this.#get(node, key),
      );
    }
  }

  async #timed(operation: 'put' | 'get', run: () => Promise<void>): Promise<void> {
    const startedAt = performance.now();
    try {
      await run();
    } catch (error) {
      const what = (error as { code?: string }).code ?? String(error);
      this.#errors.set(what, (this.#errors.get(what) ?? 0) + 1);
    }
    recordMs(this.#latency[operation], performance.now() - startedAt);
  }

  async #put(node: string, key: OwnKey): Promise<void> {
    const value = key.nextValue();
    const options = { w: this.#w, sloppy: false, context: key.context };
    const answer = await this.#cluster.client(node).put(BUCKET, key.name, String(value), options);
    key.acknowledged(value, answer);
  }

  async #get(node: string, key: OwnKey): Promise<void> {
    const options = { r: this.#r, sloppy: false, readRepair: 'off' };
    const breach = key.read(await this.#cluster.client(node).get(BUCKET, key.name, options));
    this.#reads++;
    if (breach.readYourWrites) this.#missedWrites++;
    if (breach.monotonicReads) this.#wentBack++;
  }
}
