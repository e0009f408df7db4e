/** Clients that chose one way to read and write, for all their requests. */

import type { NodeId } from '../../../src/kernel/names.ts';
import type { Guarantee, Level, ReadRepairMode, SessionAnswer } from '../../../src/node/index.ts';
import { type TestCluster, valuesOf } from '../harness.ts';
import { PaxosAccess } from '../paxos/key-access.ts';
import { SimAccess } from '../raft-buckets/sim-access.ts';

/** Their requests reject with what they were refused with. */
export interface Client {
  put(at: NodeId, key: string, value: string): Promise<unknown>;
  /** The value, or all siblings. */
  get(at: NodeId, key: string): Promise<readonly string[]>;
  /** In one step where there is such a thing, else by reading and writing. */
  addOne(at: NodeId, key: string): Promise<unknown>;
}

/** A new client, of which there may be many. */
export type Begin = (cluster: TestCluster) => Client;

export const TIMEOUT_MS = 3_000;

export interface DynamoChoice {
  readonly r: Level;
  readonly w: Level;
  readonly sloppy: boolean;
  readonly readRepair: ReadRepairMode;
  /** None: no session. */
  readonly guarantees: readonly Guarantee[];
}

export class DynamoClient implements Client {
  readonly #cluster: TestCluster;
  readonly #choice: DynamoChoice;
  #tokens: readonly string[] = [];

  constructor(cluster: TestCluster, choice: DynamoChoice) {
    this.#cluster = cluster;
    this.#choice = choice;
  }

  async put(at: NodeId, key: string, value: string, contexts: readonly string[] = []) {
    const { w, sloppy } = this.#choice;
    const options = { w, sloppy, contexts, timeoutMs: TIMEOUT_MS, ...this.#session };
    this.#keep(await this.#cluster.put(at, key, value, options));
  }

  async get(at: NodeId, key: string) {
    return valuesOf(await this.#read(at, key));
  }

  async addOne(at: NodeId, key: string) {
    const read = await this.#read(at, key);
    const [number = '0'] = valuesOf(read);
    return this.put(at, key, String(Number(number) + 1), [read.context]);
  }

  async #read(at: NodeId, key: string) {
    const { r, sloppy, readRepair } = this.#choice;
    const options = { r, sloppy, readRepair, timeoutMs: TIMEOUT_MS, ...this.#session };
    return this.#keep(await this.#cluster.get(at, key, options));
  }

  get #session() {
    const { guarantees } = this.#choice;
    return guarantees.length > 0 && { session: { guarantees, tokens: this.#tokens } };
  }

  #keep<Result extends { readonly session: SessionAnswer | undefined }>(result: Result): Result {
    if (result.session !== undefined) this.#tokens = [result.session.token];
    return result;
  }
}

export class PaxosClient implements Client {
  readonly #cluster: TestCluster;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  put(at: NodeId, key: string, value: string) {
    return this.#at(at).change({ bucket: 'paxos', key }, { op: 'write', value });
  }

  async get(at: NodeId, key: string) {
    const { output } = await this.#at(at).read({ bucket: 'paxos', key });
    return output.value == null ? [] : [`${output.value}`];
  }

  addOne(at: NodeId, key: string) {
    return this.#at(at).change({ bucket: 'paxos', key }, { op: 'increment', by: 1 });
  }

  #at(node: NodeId) {
    return new PaxosAccess(this.#cluster, node, TIMEOUT_MS);
  }
}

export class RaftClient implements Client {
  readonly #cluster: TestCluster;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  put(at: NodeId, key: string, value: string) {
    return this.#at(at).put(key, value, {});
  }

  async get(at: NodeId, key: string) {
    const found = await this.#at(at).get(key);
    return found === undefined ? [] : [found.value];
  }

  async addOne(at: NodeId, key: string) {
    const found = await this.#at(at).get(key);
    const number = String(Number(found?.value ?? '0') + 1);
    const condition =
      found === undefined ? { ifAbsent: true as const } : { ifVersion: found.version };
    return this.#at(at).put(key, number, condition);
  }

  #at(node: NodeId) {
    return new SimAccess(this.#cluster, node, 'raft', TIMEOUT_MS);
  }
}
