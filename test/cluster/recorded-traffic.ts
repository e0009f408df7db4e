/**
 * Clients that go on while a cluster is changed under them, by way of any node that runs, and
 * record what they asked and heard. A request that fails is a fault of its own; what the answers
 * are worth is judged at the end.
 */

import { expect, onTestFinished } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { type AskedOperation, type Heard, Recorder } from '../../src/checkers/recorder.ts';
import type { CheckName } from '../../src/checkers/violation.ts';
import { ClusterClient } from '../../src/client/cluster-client.ts';
import type { NodeClient } from '../../src/client/http-client.ts';
import { violationsOf } from '../sim/histories.ts';

/** Of a key's own replicas: a stand-in may know less, and is no part of the promise. */
export const STRICT = { sloppy: false };
/** What that asks for at the default levels. */
export const QUORUM = { n: 3, needed: 2, strict: true };

/** The patience of a client, and a little. */
const STOP_MS_MAX = 60_000;
const MORE_MS_MAX = 60_000;

export interface Where {
  readonly process: number;
  readonly key: string;
  readonly at?: string;
}

/** The whole cluster, or one node of it. */
export type Access = Pick<ClusterClient, 'get' | 'put'>;

export abstract class RecordedTraffic {
  /** Requests that failed. */
  readonly failures: string[] = [];
  readonly #cluster: LocalCluster;
  readonly #clients: number;
  readonly #recorder = new Recorder(() => performance.now());
  #work: Promise<unknown> = Promise.resolve();
  #access: ClusterClient;
  #done = 0;
  #going = true;

  protected constructor(cluster: LocalCluster, clients: number) {
    this.#cluster = cluster;
    this.#clients = clients;
    this.#access = this.#clientOfAll();
  }

  /** Rounds that have succeeded. */
  get done(): number {
    return this.#done;
  }

  /** From now on by way of those that run now. */
  useRunningNodes(): void {
    this.#access = this.#clientOfAll();
  }

  /** Resolves when so many more rounds have succeeded, and none has failed. */
  async more(rounds: number): Promise<void> {
    const enough = this.#done + rounds;
    const isOver = () => this.#done >= enough || this.failures.length > 0;
    await waitFor(`${rounds} more rounds`, MORE_MS_MAX, isOver);
    expect(this.failures).toEqual([]);
  }

  /** Nothing has failed, and all that was read, at last by way of each node, is as it must be. */
  async finish(): Promise<void> {
    await this.#end();
    expect(this.failures).toEqual([]);
    for (const { name } of await this.#cluster.serving()) {
      const process = this.#clients;
      await this.readAll(this.#cluster.client(name), { process, at: name });
    }
    expect(violationsOf(this.#recorder.history(), [this.check])).toEqual([]);
  }

  /** What the history is to pass. */
  protected abstract readonly check: CheckName;

  /** What each client does again and again. */
  protected abstract round(access: Access, process: number, i: number): Promise<void>;

  /** Before each. */
  protected abstract pause(): Promise<void>;

  /** Every key. */
  protected abstract readAll(access: NodeClient, where: Omit<Where, 'key'>): Promise<void>;

  protected begin(): void {
    this.#work = Promise.all(Array.from({ length: this.#clients }, (_, i) => this.#run(i)));
    onTestFinished(() => this.#end(), STOP_MS_MAX);
  }

  protected record<Answer>(
    asked: AskedOperation,
    request: () => Promise<Answer>,
    told: (answer: Answer) => Omit<Heard, 'outcome'>,
  ): Promise<Answer> {
    return this.#recorder.record(asked, request, told);
  }

  async #end(): Promise<void> {
    this.#going = false;
    await this.#work;
  }

  async #run(process: number): Promise<void> {
    for (let i = 0; this.#going; i++) {
      await this.pause();
      try {
        await this.round(this.#access, process, i);
        this.#done++;
      } catch (error) {
        this.failures.push(`client ${process}, round ${i}: ${String(error)}`);
      }
    }
  }

  #clientOfAll(): ClusterClient {
    const running = this.#cluster.nodes.filter((node) => node.isRunning);
    const client = ClusterClient.inTurn(running.map(({ url }) => url));
    onTestFinished(() => client.close());
    return client;
  }
}
