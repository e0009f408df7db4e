/** What tests of whole simulated clusters share. */

import { mapKeyOf, utf8 } from '../../src/kernel/bytes.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import type {
  Level,
  ReadRepairMode,
  ReadResult,
  SessionRequest,
  WriteContent,
  WriteResult,
} from '../../src/node/index.ts';
import { ALL_REAP_NUMBERS, LIFE_KEY } from '../../src/replica/store-keys.ts';
import type { SeededRandom } from '../../src/sim/seeded-random.ts';
import { SimCluster, type SimClusterConfig } from '../../src/sim/sim-cluster.ts';
import { Simulation } from '../../src/sim/simulation.ts';
import { settle } from './settle.ts';

export interface WriteOptions {
  /** Default: `test`. */
  readonly bucket?: string;
  readonly contexts?: readonly string[];
  readonly w?: Level;
  readonly pw?: Level;
  readonly sloppy?: boolean;
  readonly r?: Level;
  readonly timeoutMs?: number;
  readonly returnBody?: boolean;
  readonly ttlMs?: number | 'none';
  readonly session?: SessionRequest;
}

export interface ReadOptions {
  /** Default: `test`. */
  readonly bucket?: string;
  readonly r?: Level;
  readonly pr?: Level;
  readonly sloppy?: boolean;
  readonly readRepair?: ReadRepairMode;
  readonly timeoutMs?: number;
  readonly session?: SessionRequest;
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
    const { r, pr = 0, sloppy = true, readRepair = 'async', timeoutMs = 2_000 } = options;
    const { bucket = 'test', session } = options;
    const request = { bucket, key: utf8(key), r, pr, sloppy, readRepair, session };
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

  /** All keys of the bucket, as one node lists them. */
  async keys(at: NodeId, r?: Level): Promise<readonly string[]> {
    const request = { bucket: 'test', prefix: utf8(''), after: undefined, limit: 1_000, r };
    const { keys } = await this.request(at, (node) => node.list(request, 2_000));
    return keys.map(mapKeyOf);
  }

  #write(
    at: NodeId,
    key: string,
    content: WriteContent | null,
    options: WriteOptions,
  ): Promise<WriteResult> {
    const {
      contexts = [],
      w,
      pw = 0,
      r,
      sloppy = true,
      timeoutMs = 2_000,
      returnBody = false,
    } = options;
    const levels = { w, pw, r, sloppy };
    const { ttlMs, bucket = 'test', session } = options;
    const request = {
      bucket,
      key: utf8(key),
      content,
      contexts,
      ...levels,
      ttlMs,
      returnBody,
      session,
    };
    return this.request(at, (node) => node.write(request, timeoutMs));
  }
}

/**
 * A disk that forgot every object, and neither whose it is nor which rounds of reaping there
 * were: an empty directory is a new member's, which has that from the metadata group first.
 */
export function loseObjects(cluster: SimCluster, id: NodeId): void {
  cluster.disk(id).loseAllBut(LIFE_KEY, ALL_REAP_NUMBERS);
}

/** Without anti-entropy and reaping, unless asked for: they would do the work of what is tested. */
export async function startCluster(seed: number, config: SimClusterConfig): Promise<TestCluster> {
  const simulation = new Simulation(seed, settle);
  const quiet = { compareEveryMs: 'never', reapEveryMs: 'never' } as const;
  const cluster = new TestCluster(simulation, { ...quiet, ...config });
  await cluster.startAll();
  return cluster;
}

export function valuesOf({ object }: Pick<ReadResult, 'object'>): readonly string[] {
  return object.siblings.map(({ value }) => Buffer.from(value).toString('utf8')).sort();
}
