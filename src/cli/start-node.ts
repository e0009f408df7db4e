/**
 * A node put together from its real parts, and taken apart again in the reverse order.
 *
 * In order: both ports are free, the directory is ours, its store is open, the node has begun
 * its life on disk, other nodes may call, clients may call. Only a stop in order leaves the
 * clean-stop mark; after a fatal error the process ends as it is, and the next start recovers.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { contextSeal } from '../adapters/context-seal.ts';
import {
  type DataDirectory,
  DataDirectoryError,
  openDataDirectory,
} from '../adapters/data-directory.ts';
import { openLmdbStore } from '../adapters/lmdb-store.ts';
import { createPeerTransport } from '../adapters/peer/peer-transport.ts';
import { createPrometheusMetrics } from '../adapters/prometheus-metrics.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { systemRandom } from '../adapters/system-random.ts';
import { type HttpListener, listenHttp } from '../http/server.ts';
import { StoreError } from '../kernel/errors.ts';
import { InvariantError } from '../kernel/invariant.ts';
import { type BucketConfig, type NodePorts, QuorateNode, staticCluster } from '../node/index.ts';
import { refuseBusyPorts } from './busy-ports.ts';
import { UsageError } from './exit.ts';
import { addressText } from './listening.ts';
import type { MemberOption } from './option-values.ts';

export interface NodeOptions {
  readonly name: string;
  readonly dataDirectory: string;
  readonly members: readonly MemberOption[];
  /** Where clients are listened for. */
  readonly host: string;
  readonly port: number;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly buckets: readonly BucketConfig[];
  readonly valueBytesMax: number;
  /** What nodes of the cluster prove to each other that they know. */
  readonly secret: string | undefined;
}

export interface Surroundings {
  readonly logger: NodePorts['logger'];
  /** The node must not go on; has to end the process at once. */
  readonly onFatal: (error: unknown) => void;
}

export interface RunningNode {
  /** Ends in order; afterwards the directory may be opened again. */
  stop(): Promise<void>;
}

/** How long answers that are on their way may keep connections open at a stop. */
const LINGER_MS_MAX = 500;

/**
 * Resolves when the node serves. Rejects with a text for the operator, and with everything
 * closed again, when it cannot.
 */
export async function startNode(
  options: NodeOptions,
  { logger, onFatal }: Surroundings,
): Promise<RunningNode> {
  const view = viewOf(options);
  const self = memberNamed(options);
  await refuseBusyPorts(options, self);
  const metrics = createPrometheusMetrics();
  const opened: (() => void | Promise<void>)[] = [];
  const stop = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const directory = openDirectory(options, view.clusterId);
    opened.push(() => directory.close());

    const store = openLmdbStore({ directory: directory.storePath, onFailure: onFatal });
    opened.push(() => store.close());

    const transport = createPeerTransport({
      self: self.id,
      clusterId: view.clusterId,
      ...(options.secret !== undefined && { secret: options.secret }),
      listen: self,
      peers: new Map(options.members.map((member) => [member.id, member])),
      clock: systemClock,
      random: systemRandom,
      logger,
      metrics,
      onFatal,
    });
    opened.push(() => transport.close());

    const node = await QuorateNode.start(
      { id: self.id, view, valueBytesMax: options.valueBytesMax },
      { clock: systemClock, random: systemRandom, store, transport, logger, metrics, onFatal },
    );
    opened.push(() => node.stop());
    await transport.start();

    const http = await listenHttp({
      node,
      host: options.host,
      port: options.port,
      exposition: async () => ({
        text: await metrics.exposition(),
        contentType: metrics.contentType,
      }),
      onUnexpected: (error) => {
        logger.error('request failed unexpectedly', { error });
        if (error instanceof InvariantError || error instanceof StoreError) onFatal(error);
      },
    });
    opened.push(() => closeHttp(http));
    logger.info('serving', {
      clients: `http://${addressText(options.host, http.port)}`,
      peers: addressText(self.host, transport.port),
      clusterId: view.clusterId,
      directory: directory.path,
    });
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function viewOf({ members, partitionCount, replicationFactor, buckets, secret }: NodeOptions) {
  try {
    const seal = secret === undefined ? {} : { seal: contextSeal(secret) };
    return staticCluster({ members, partitionCount, replicationFactor, buckets, ...seal });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function memberNamed({ name, members }: NodeOptions): MemberOption {
  const self = members.find(({ id }) => id === name);
  if (self !== undefined) return self;
  const names = members.map(({ id }) => id).join(', ');
  throw new UsageError(`--name ${name} is not in --members (${names}): the list has every node`);
}

function openDirectory(options: NodeOptions, clusterId: string): DataDirectory {
  const { dataDirectory: path, name } = options;
  try {
    return openDataDirectory({ path, clusterId, name });
  } catch (error) {
    if (!(error instanceof DataDirectoryError && error.failure === 'identity')) throw error;
    throw new Error(
      `${error.message}: start it with the --name, the names and zones in --members, the --partitions, the --replication-factor and the n of each --bucket that it was made with, or use another --data`,
    );
  }
}

/** Requests that run go on; `node.stop` waits for them. */
async function closeHttp(http: HttpListener): Promise<void> {
  await Promise.race([http.close(), sleep(LINGER_MS_MAX, undefined, { ref: false })]);
}
