/**
 * Reads some time after writes, in the simulator: the nodes are those of the product, and every
 * message between replicas takes a time that is drawn from the laws of a fit. Disks take none.
 *
 * One node writes a key of its own; when the write is acknowledged, another one reads the key at
 * each of the times, at each R. Nothing else brings replicas up to date: read repair, hints and
 * anti-entropy are off.
 */

import { utf8 } from '../../../src/kernel/bytes.ts';
import type { NodeId } from '../../../src/kernel/names.ts';
import type { WarsLaws } from '../../../src/pbs/fits.ts';
import { FETCH_OBJECT, STORE_OBJECT } from '../../../src/replica/messages.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimCluster } from '../../../src/sim/sim-cluster.ts';
import type { SimMessage } from '../../../src/sim/sim-network.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { type Measured, newMeasured, triedOf } from './trials.ts';

export interface SimulatedTrials {
  /** Replicas, and nodes. */
  readonly n: number;
  readonly laws: WarsLaws;
  readonly seed: number;
  /** For each W. */
  readonly writes: number;
  /** After the acknowledgement, in milliseconds. */
  readonly timesMs: readonly number[];
  readonly signal: AbortSignal;
  /** Of the writes of all W. */
  readonly onShare: (share: number) => void;
}

/** From one write to the next, in virtual time. */
const SPACING_MS = 2;
/** Writes that are begun before anybody looks at the signal. */
const BATCH = 100;
const TIMEOUT_MS = 60_000;

const BUCKET = 'test';
const INSTANT = { commitMsMax: 0, flushMsMax: 0 };

/** Every R and W that is tried. */
export async function simulateTrials(trials: SimulatedTrials): Promise<readonly Measured[]> {
  const { n, seed, writes, signal, onShare } = trials;
  const levels = triedOf(n);
  const measured: Measured[] = [];
  for (const [i, w] of levels.entries()) {
    const run = new TrialRun(trials, seed * levels.length + i, w);
    await run.start();
    for (let done = 0; done < writes; done += BATCH) {
      signal.throwIfAborted();
      await run.batch(Math.min(BATCH, writes - done));
      onShare((i + Math.min(1, (done + BATCH) / writes)) / levels.length);
    }
    measured.push(...run.measured);
  }
  return measured;
}

/** All reads of writes at one W. */
class TrialRun {
  readonly measured: readonly Measured[];
  readonly #simulation: Simulation;
  readonly #cluster: SimCluster;
  readonly #random: SeededRandom;
  readonly #w: number;
  readonly #timesMs: readonly number[];
  readonly #writesMs: number[] = [];
  #keys = 0;

  constructor({ n, laws, timesMs }: SimulatedTrials, seed: number, w: number) {
    this.#w = w;
    this.#timesMs = timesMs;
    this.#random = new SeededRandom(seed);
    this.#simulation = new Simulation(seed, endOfTurn);
    this.#cluster = new SimCluster(this.#simulation, {
      nodes: n,
      replicationFactor: n,
      compareEveryMs: 'never',
      reapEveryMs: 'never',
    });
    this.#cluster.network.delayOf = delaysBy(laws, this.#random.fork());
    this.measured = triedOf(n).map((r) => newMeasured({ n, r, w }, timesMs, this.#writesMs));
  }

  async start(): Promise<void> {
    await this.#cluster.startAll();
    for (const id of this.#cluster.nodeIds) this.#cluster.slowDisks(id, INSTANT);
  }

  async batch(writes: number): Promise<void> {
    const trials = Array.from({ length: writes }, (_, i) =>
      this.#after(i * SPACING_MS).then(() => this.#trial()),
    );
    await this.#simulation.complete(Promise.all(trials));
  }

  async #trial(): Promise<void> {
    const { nodeIds } = this.#cluster;
    const writer = this.#random.pick(nodeIds);
    const reader = this.#random.pick(nodeIds.filter((id) => id !== writer));
    const key = utf8(`key ${this.#keys++}`);
    const startedMs = this.#simulation.nowMs;
    try {
      await this.#write(writer, key);
    } catch {
      for (const one of this.measured) one.failed++;
      return;
    }
    this.#writesMs.push(this.#simulation.nowMs - startedMs);
    await Promise.all(
      this.#timesMs.map(async (atMs, i) => {
        if (atMs > 0) await this.#after(atMs);
        await Promise.all(this.measured.map((one) => this.#read(reader, key, one, i)));
      }),
    );
  }

  #write(at: NodeId, key: Uint8Array) {
    const content = { value: utf8('v'), contentType: 'text/plain', meta: [] };
    const levels = { w: this.#w, pw: 0, r: undefined, sloppy: false };
    const request = { bucket: BUCKET, key, content, contexts: [], returnBody: false, ...levels };
    return this.#cluster.request(at, (node) => node.write(request, TIMEOUT_MS));
  }

  async #read(at: NodeId, key: Uint8Array, measured: Measured, time: number): Promise<void> {
    const { r, points, readsMs } = measured;
    const request = { bucket: BUCKET, key, r, pr: 0, sloppy: false, readRepair: 'off' } as const;
    const startedMs = this.#simulation.nowMs;
    try {
      const { object } = await this.#cluster.request(at, (node) => node.read(request, TIMEOUT_MS));
      const point = points[time];
      if (point === undefined) return;
      point.reads++;
      if (object.siblings.length > 0) point.fresh++;
      readsMs.push(this.#simulation.nowMs - startedMs);
    } catch {
      measured.failed++;
    }
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => this.#simulation.schedule(ms, resolve));
  }
}

/** Messages of other kinds take what their link does. */
function delaysBy({ w, a, r, s }: WarsLaws, random: SeededRandom) {
  const float = () => random.float();
  return ({ label }: SimMessage): number | undefined => {
    const isReply = label.startsWith('reply ');
    if (label.endsWith(STORE_OBJECT.kind)) return (isReply ? a : w)(float);
    if (label.endsWith(FETCH_OBJECT.kind)) return (isReply ? s : r)(float);
    return undefined;
  };
}

/** Resolves when every promise continuation that is ready has run. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
