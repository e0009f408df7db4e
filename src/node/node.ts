/**
 * One node put together from its ports: the object that the HTTP API, the simulator and
 * whoever embeds a node talk to.
 *
 * Start: the life of the data directory is begun on disk, then the node serves. Stop: new
 * requests are refused, running ones finish, everything is flushed, and only then is the
 * clean-stop mark left.
 */

import { Coordinator, type ReadResult, type WriteResult } from '../coordinator/coordinator.ts';
import type { KeyPage, ListRequest } from '../coordinator/list-path.ts';
import type { ReadRequest, WriteRequest } from '../coordinator/requests.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import { NodeLife } from '../replica/node-life.ts';
import { Replica } from '../replica/replica.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { type ClusterStatus, clusterStatus } from './cluster-status.ts';
import { RequestLedger } from './request-ledger.ts';

export interface NodePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly transport: Transport;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** A fault of the program was found out: the node must end at once, without a clean stop. */
  readonly onFatal: (error: unknown) => void;
}

export interface NodeConfig {
  readonly id: NodeId;
  readonly view: ClusterView;
  /** Longest value that a put may bring, in bytes. */
  readonly valueBytesMax: number;
}

export const DEFAULT_VALUE_BYTES_MAX = 1024 * 1024;
export const DEFAULT_TIMEOUT_MS = 2_000;
export const TIMEOUT_MS_MAX = 60_000;

/** Requests still running so long after a stop was asked for are given up. */
const STOP_GRACE_MS = 5_000;

export class QuorateNode {
  readonly id: NodeId;
  readonly valueBytesMax: number;
  readonly #ports: NodePorts;
  readonly #view: ClusterView;
  readonly #life: NodeLife;
  readonly #replica: Replica;
  readonly #coordinator: Coordinator;
  readonly #requests: RequestLedger;

  private constructor(config: NodeConfig, ports: NodePorts, life: NodeLife) {
    this.id = config.id;
    this.valueBytesMax = config.valueBytesMax;
    this.#ports = ports;
    this.#view = config.view;
    this.#life = life;
    const { id: self, view } = config;
    this.#replica = new Replica({ self, view, store: ports.store, lineage: life });
    this.#coordinator = new Coordinator({ ...ports, self, view, replica: this.#replica });
    this.#requests = new RequestLedger(ports.clock, ports.metrics);
  }

  /** Resolves when the node serves. Rejects with `StoreError` where the store is damaged. */
  static async start(config: NodeConfig, ports: NodePorts): Promise<QuorateNode> {
    const life = await NodeLife.begin(ports.store, ports.random);
    const node = new QuorateNode(config, ports, life);
    node.#replica.serve(ports.transport);
    node.#coordinator.serve();
    ports.logger.info('life begun', { bootNumber: life.bootNumber });
    return node;
  }

  get clusterId(): string {
    return this.#view.clusterId;
  }

  /** True while requests are taken. */
  get ready(): boolean {
    return this.#requests.open;
  }

  /** Throws `QuorateError`. */
  read(request: ReadRequest, timeoutMs: number): Promise<ReadResult> {
    return this.#requests.run('get', timeoutMs, (deadline) =>
      this.#coordinator.read(request, deadline),
    );
  }

  /** A put, or a delete where there is no content. Throws `QuorateError`. */
  write(request: WriteRequest, timeoutMs: number): Promise<WriteResult> {
    const operation = request.content === null ? 'delete' : 'put';
    return this.#requests.run(operation, timeoutMs, (deadline) => {
      this.#checkSize(request);
      return this.#coordinator.write(request, deadline);
    });
  }

  /** One page of the keys of a bucket. Throws `QuorateError`. */
  list(request: ListRequest, timeoutMs: number): Promise<KeyPage> {
    return this.#requests.run('list', timeoutMs, (deadline) =>
      this.#coordinator.list(request, deadline),
    );
  }

  status(): ClusterStatus {
    return clusterStatus(this.id, this.ready, this.#view, this.#ports.transport);
  }

  /** Ends in order and leaves the clean-stop mark; the store may be closed afterwards. */
  async stop(): Promise<void> {
    await this.#requests.close(STOP_GRACE_MS);
    this.#replica.close();
    await this.#life.end();
    this.#ports.logger.info('stopped', { bootNumber: this.#life.bootNumber });
  }

  #checkSize({ content }: WriteRequest): void {
    if (content === null || content.value.length <= this.valueBytesMax) return;
    throw new QuorateError(
      'value_too_large',
      `the value has ${content.value.length} bytes; this node takes up to ${this.valueBytesMax}`,
    );
  }
}
