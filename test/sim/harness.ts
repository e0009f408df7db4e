/** What tests of whole simulated clusters share. */

import { utf8 } from '../../src/kernel/bytes.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import type {
  Level,
  ReadRepairMode,
  ReadResult,
  WriteContent,
  WriteResult,
} from '../../src/node/index.ts';
import { LIFE_KEY } from '../../src/replica/store-keys.ts';
import type { SeededRandom } from '../../src/sim/seeded-random.ts';
import { SimCluster, type SimClusterConfig } from '../../src/sim/sim-cluster.ts';
import { Simulation } from '../../src/sim/simulation.ts';
import { settle } from './settle.ts';

export interface WriteOptions {
  readonly contexts?: readonly string[];
  readonly w?: Level;
  readonly pw?: Level;
  readonly r?: Level;
  readonly timeoutMs?: number;
  readonly returnBody?: boolean;
}

export interface ReadOptions {
  readonly r?: Level;
  readonly pr?: Level;
  readonly readRepair?: ReadRepairMode;
  readonly timeoutMs?: number;
}

/** A cluster with clients that speak of texts. */
export class TestCluster extends SimCluster {
  readonly simulation: Simulation;

  constructor(simulation: Simulation, config: SimClusterConfig) {
    super(simulation, config);
    this.simulation = simulation;
  }

  put(at: NodeId, key: string, value: string, options: WriteOptions = {}): Promise<WriteResult> {
    const content = { value: utf8(value), contentType: 'text/plain', meta: [] as const };
    return this.#write(at, key, content, options);
  }

  delete(at: NodeId, key: string, options: WriteOptions = {}): Promise<WriteResult> {
    return this.#write(at, key, null, options);
  }

  get(at: NodeId, key: string, options: ReadOptions = {}): Promise<ReadResult> {
    const { r, pr = 0, readRepair = 'async', timeoutMs = 2_000 } = options;
    const request = { bucket: 'test', key: utf8(key), r, pr, readRepair };
    return this.request(at, (node) => node.read(request, timeoutMs));
  }

  /** Where a client sends a request: it avoids nodes that are down, as far as it knows. */
  someNode(random: SeededRandom): NodeId {
    const { up, nodeIds } = this;
    return random.pick(up.length === 0 || random.chance(0.1) ? nodeIds : up);
  }

  /** Resolves after so much virtual time. */
  pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.simulation.schedule(durationMs, resolve);
    });
  }

  /** Runs virtual time until the promise is settled. */
  complete<Result>(promise: Promise<Result>): Promise<Result> {
    return this.simulation.complete(promise);
  }

  #write(
    at: NodeId,
    key: string,
    content: WriteContent | null,
    options: WriteOptions,
  ): Promise<WriteResult> {
    const { contexts = [], w, pw = 0, r, timeoutMs = 2_000, returnBody = false } = options;
    const request = { bucket: 'test', key: utf8(key), content, contexts, w, pw, r, returnBody };
    return this.request(at, (node) => node.write(request, timeoutMs));
  }
}

/** A disk that forgot every object, and not whose it is. */
export function loseObjects(cluster: SimCluster, id: NodeId): void {
  cluster.disk(id).loseAllBut(LIFE_KEY);
}

export async function startCluster(seed: number, config: SimClusterConfig): Promise<TestCluster> {
  const cluster = new TestCluster(new Simulation(seed, settle), config);
  await cluster.startAll();
  return cluster;
}

export function valuesOf({ object }: Pick<ReadResult, 'object'>): readonly string[] {
  return object.siblings.map(({ value }) => Buffer.from(value).toString('utf8')).sort();
}
