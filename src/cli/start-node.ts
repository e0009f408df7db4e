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
  type RememberedOptions,
} from '../adapters/data-directory.ts';
import { EventLoopDelay } from '../adapters/event-loop-delay.ts';
import { InjectedFaults } from '../adapters/injected-faults.ts';
import { openTelemetry } from '../adapters/open-telemetry.ts';
import { createIntroducer } from '../adapters/peer/introduction.ts';
import { createPeerTransport } from '../adapters/peer/peer-transport.ts';
import { createPrometheusMetrics } from '../adapters/prometheus-metrics.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { systemRandom } from '../adapters/system-random.ts';
import { type HttpListener, listenHttp } from '../http/server.ts';
import { StoreError } from '../kernel/errors.ts';
import { InvariantError } from '../kernel/invariant.ts';
import {
  becomeMember,
  type Candidate,
  type ClusterSettings,
  DEFAULT_REAP_EVERY_MS,
  type NodePorts,
  QuorateNode,
} from '../node/index.ts';
import { refuseBusyPorts } from './busy-ports.ts';
import { addressText } from './listening.ts';
import { openNodeStores } from './node-stores.ts';
import { openSecurity, type SecurityFiles } from './open-security.ts';
import type { PeerAddressOption } from './option-values.ts';
import { Strangers } from './strangers.ts';

export interface NodeOptions extends RememberedOptions {
  readonly name: string;
  readonly dataDirectory: string;
  /** When it is admitted: its share of the data, and the dead node whose places it takes. */
  readonly weight: number | undefined;
  readonly replaces: string | undefined;
  /** As in `HttpOptions`, beside `advertise`. */
  readonly hostNames: readonly string[];
  /** Members to be admitted by; none: a new directory founds a cluster. */
  readonly join: readonly PeerAddressOption[];
  /** Of a cluster that is founded. */
  readonly settings: ClusterSettings;
  readonly valueBytesMax: number;
  readonly hintBytesMax: number;
  /** Between two comparisons of its replicas with those of others. */
  readonly compareEveryMs: number | 'never';
  /** What nodes of the cluster prove to each other that they know. */
  readonly secret: string | undefined;
  /** Requests that take as long are logged. */
  readonly slowRequestMs: number | 'never';
  /** What protects its ports. */
  readonly security: SecurityFiles;
  /** Lets the links to other nodes, the disk and the wall clock be given faults. */
  readonly enableFaults: boolean;
}

export interface Surroundings {
  readonly logger: NodePorts['logger'];
  /** The node must not go on; has to end the process at once. */
  readonly onFatal: (error: unknown) => void;
  /** The node, which holds no data, must not go on where it is; has to end the process. */
  readonly onMisplaced: (error: Error) => void;
}

export interface RunningNode {
  /** Ends in order; afterwards the directory may be opened again. */
  stop(): Promise<void>;
}

/**
 * How long clients that keep connections open are given to hear that this node stops, at
 * their next request. Shorter than they are told to leave it alone, so that they find nobody
 * listening when they come again.
 */
const DRAIN_MS_MAX = 500;

/** How long answers that are on their way may keep connections open at a stop. */
const LINGER_MS_MAX = 500;

/**
 * Resolves when the node serves. Rejects with a text for the operator, and with everything
 * closed again, when it cannot.
 */
export async function startNode(
  options: NodeOptions,
  { logger, onFatal, onMisplaced }: Surroundings,
): Promise<RunningNode> {
  await refuseBusyPorts(options);
  const { host, port, peerPort, secret } = options;
  const metrics = createPrometheusMetrics();
  const real = { clock: systemClock, random: systemRandom, logger };
  const faults = options.enableFaults ? new InjectedFaults({ ...real, metrics }) : undefined;
  const world = { ...real, clock: faults?.clock ?? systemClock };
  const opened: (() => void | Promise<void>)[] = [];
  const stop = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const security = openSecurity(options.security, { logger, metrics });
    opened.push(() => security.close());
    const { authenticator, createServer, memberTrust, peerCredentials } = security;
    const proof = {
      ...(secret !== undefined && { secret }),
      ...(peerCredentials !== undefined && { credentials: peerCredentials }),
    };

    const eventLoopDelay = new EventLoopDelay(systemClock, metrics);
    opened.push(() => eventLoopDelay.stop());

    const directory = openDirectory(options);
    opened.push(() => directory.close());

    const beforeCommit = faults === undefined ? undefined : () => faults.disk.beforeCommit();
    const user = { name: options.name, onFailure: onFatal, beforeCommit };
    const stores = await openNodeStores(directory, user);
    const { store, metadataStore } = stores;
    opened.push(() => stores.close());

    const introducer = createIntroducer({ ...proof, clock: systemClock });
    const candidate = candidateOf(options, directory);
    const identity = await becomeMember(candidate, {
      ...world,
      store,
      metadataStore,
      introducer,
    });

    const strangers = new Strangers({ ...world, identity, onMisplaced });
    const sockets = createPeerTransport({
      ...world,
      ...proof,
      metrics,
      self: identity.name,
      clusterId: identity.clusterId,
      listen: { host, port: peerPort },
      peers: new Map(),
      onFatal,
      // None comes before the transport is started, which is after the node is.
      onStranger: (stranger) => strangers.met(stranger, node.status()),
    });
    const transport = faults?.linksOver(sockets, identity.name) ?? sockets;
    opened.push(() => transport.close());

    const { valueBytesMax, hintBytesMax, compareEveryMs, slowRequestMs } = options;
    const node: QuorateNode = await QuorateNode.start(
      {
        identity,
        address: candidate.address,
        valueBytesMax,
        hintBytesMax,
        compareEveryMs,
        reapEveryMs: DEFAULT_REAP_EVERY_MS,
        joinsRing: options.stage !== true,
      },
      { ...world, store, metadataStore, transport, metrics, sealUnder: contextSeal, onFatal },
    );
    opened.push(() => node.stop());
    directory.markWritten();
    await sockets.start();

    const http = await listenHttp({
      node,
      host,
      port,
      hostNames: [options.advertise, ...options.hostNames],
      faults,
      logger,
      metrics,
      slowRequestMs: slowRequestMs === 'never' ? Number.POSITIVE_INFINITY : slowRequestMs,
      observer: await openTelemetry(identity.name),
      authenticator,
      createServer,
      memberTrust,
      exposition: async () => {
        eventLoopDelay.publish();
        return { text: await metrics.exposition(), contentType: metrics.contentType };
      },
      onUnexpected: (error, requestId) => {
        logger.error('request failed unexpectedly', { requestId, error });
        if (error instanceof InvariantError || error instanceof StoreError) onFatal(error);
      },
    });
    opened.push(() => closeHttp(http));
    // Whoever asks meanwhile is answered, and peers find the replica that they ask.
    opened.push(() => Promise.all([node.drain(), http.drain(DRAIN_MS_MAX)]).then(() => {}));
    logger.info('serving', {
      clients: `${createServer ? 'https' : 'http'}://${addressText(host, http.port)}`,
      peers: addressText(host, sockets.port),
      clusterId: identity.clusterId,
      directory: directory.path,
    });
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function candidateOf(options: NodeOptions, { directoryId }: DataDirectory): Candidate {
  const { name, advertise, port, peerPort, zone, weight, replaces, join, settings } = options;
  const address = { host: advertise, peerPort, clientPort: port };
  return { name, directoryId, address, zone, weight, replaces, join, settings };
}

function openDirectory(options: NodeOptions): DataDirectory {
  const { dataDirectory: path, name } = options;
  try {
    return openDataDirectory({ path, name, options });
  } catch (error) {
    if (!(error instanceof DataDirectoryError && error.failure === 'identity')) throw error;
    throw new Error(`${error.message}: leave --name away, or use another --data`);
  }
}

/** Requests that run go on; `node.stop` waits for them. */
async function closeHttp(http: HttpListener): Promise<void> {
  await Promise.race([http.close(), sleep(LINGER_MS_MAX, undefined, { ref: false })]);
}
