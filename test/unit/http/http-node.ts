/** One real node behind a real listener, for tests of what clients can say to it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../cluster/free-ports.ts';
import { waitFor } from '../../../cluster/wait-for.ts';
import { contextSeal } from '../../../src/adapters/context-seal.ts';
import { openLmdbStore } from '../../../src/adapters/lmdb-store.ts';
import { createIntroducer } from '../../../src/adapters/peer/introduction.ts';
import { createPeerTransport } from '../../../src/adapters/peer/peer-transport.ts';
import { createPrometheusMetrics } from '../../../src/adapters/prometheus-metrics.ts';
import { systemClock } from '../../../src/adapters/system-clock.ts';
import { systemRandom } from '../../../src/adapters/system-random.ts';
import { type HttpListener, type HttpOptions, listenHttp } from '../../../src/http/server.ts';
import type { RequestObserver } from '../../../src/kernel/request-observer.ts';
import { becomeMember, QuorateNode } from '../../../src/node/index.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Logger } from '../../../src/ports/logger.ts';
import type { Store } from '../../../src/ports/store.ts';
import { declaredAnswers } from '../../declared-answers.ts';

const QUIET: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export interface HttpNode {
  readonly port: number;
  readonly url: string;
  readonly node: QuorateNode;
  readonly http: HttpListener;
  /** Its objects and registers. */
  readonly store: Store;
  /** What no client may ever cause; a correct node leaves it empty. */
  readonly unexpected: unknown[];
  stop(): Promise<void>;
}

export interface HttpNodeOptions {
  readonly valueBytesMax?: number;
  /** In place of the machine's. */
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly slowRequestMs?: number;
  readonly observer?: RequestObserver;
  /** Who is let in, and how. */
  readonly door?: Pick<HttpOptions, 'authenticator' | 'createServer' | 'memberTrust'>;
}

export async function startHttpNode(options: HttpNodeOptions = {}): Promise<HttpNode> {
  const { valueBytesMax = 1024 * 1024, clock = systemClock, observer, door = {} } = options;
  const { logger = QUIET, slowRequestMs = Number.POSITIVE_INFINITY } = options;
  const directory = await mkdtemp(join(tmpdir(), 'quorate-http-'));
  const unexpected: unknown[] = [];
  const ports = { clock, random: systemRandom, logger };
  const metrics = createPrometheusMetrics();
  const store = openLmdbStore({ directory: join(directory, 'store') });
  const metadataStore = openLmdbStore({ directory: join(directory, 'metadata') });
  const [clientPort = 0] = await freePorts(1);
  const address = { host: '127.0.0.1', peerPort: 1, clientPort };
  const settings = { partitionCount: 8, replicationFactor: 3, expect: 1 };
  const introducer = createIntroducer({ clock });
  const identity = await becomeMember(
    { name: 'n1', directoryId: 'd1', address, zone: undefined, join: [], settings },
    { ...ports, store, metadataStore, introducer },
  );
  const onFatal = (error: unknown) => void unexpected.push(error);
  const transport = createPeerTransport({
    ...ports,
    metrics,
    self: 'n1',
    clusterId: identity.clusterId,
    listen: { host: '127.0.0.1', port: 0 },
    peers: new Map(),
    onFatal,
  });
  const node = await QuorateNode.start(
    {
      identity,
      address,
      valueBytesMax,
      hintBytesMax: 1024 * 1024,
      compareEveryMs: 'never',
      reapEveryMs: 'never',
      joinsRing: false,
    },
    { ...ports, store, metadataStore, transport, metrics, sealUnder: contextSeal, onFatal },
  );
  await waitFor('the node to be ready', 10_000, () => node.ready);
  const http = await listenHttp({
    ...door,
    node,
    host: '127.0.0.1',
    // Tests of other things write down any host.
    hostNames: ['x', 'n1.test'],
    port: clientPort,
    logger,
    metrics,
    slowRequestMs,
    observer,
    exposition: async () => ({
      text: await metrics.exposition(),
      contentType: metrics.contentType,
    }),
    onUnexpected: (error) => unexpected.push(error),
  });
  const stop = async () => {
    await http.close();
    await node.stop();
    await transport.close();
    await store.close();
    await metadataStore.close();
    await rm(directory, { recursive: true });
  };
  const url = `http://127.0.0.1:${http.port}`;
  return { port: http.port, url, node, http, store, unexpected, stop };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

interface Sent {
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/**
 * A request whose target goes over the wire as it is, which `fetch` would tidy up first. Throws
 * where it was carried out or answered otherwise than declared.
 */
export async function send(
  node: HttpNode,
  method: string,
  target: string,
  sent: Sent = {},
): Promise<RawAnswer> {
  const answer = await sendAnything(node, method, target, sent);
  declaredAnswers.expectRequest({ method, target, sent, answer });
  return answer;
}

/** Likewise, where the request may have headers that mean nothing. */
export async function sendAnything(
  { port }: HttpNode,
  method: string,
  target: string,
  sent: Sent = {},
): Promise<RawAnswer> {
  const answer = await answerOf(port, method, target, sent);
  declaredAnswers.expectAnswer({ method, target, sent, answer });
  return answer;
}

function answerOf(port: number, method: string, target: string, options: Sent): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, method, path: target, headers: options.headers ?? {} },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

export function jsonOf(answer: RawAnswer) {
  return JSON.parse(answer.body.toString('utf8'));
}
