/** The listener of the client port. */

import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecureContext } from 'node:tls';
import { getRequestListener, RequestError } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { QuorateError } from '../kernel/errors.ts';
import type { RequestObserver } from '../kernel/request-observer.ts';
import type { NodePorts } from '../node/index.ts';
import { AnswerCounts } from './answer-counts.ts';
import { type AppBindings, type AppOptions, createApp } from './app.ts';
import { hostIsMissing, isFromForeignPage, refuse, refuseMalformed } from './malformed-requests.ts';
import { observedResponses } from './observed-response.ts';
import { OwnHosts } from './own-hosts.ts';
import { asQuorateError, named, problemResponse } from './problem.ts';
import { Relay } from './relay/relay.ts';
import { RequestLog } from './request-log.ts';

/** Longer than clients keep idle connections, so that it is they who close them. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** The headers must have come in by then, from the first byte on, or from connecting. */
const HEADERS_TIMEOUT_MS = 10_000;
/** So must the body. */
const REQUEST_TIMEOUT_MS = 120_000;
/** How often that is looked at. */
const TIMEOUTS_CHECKED_MS = 1_000;

/** Of the target and the headers together. */
const HEADER_BYTES_MAX = 16 * 1024;

/** More are closed as soon as they are made. */
const CONNECTIONS_MAX = 10_000;

/** How often a server that is closing looks for connections that have become idle. */
const IDLE_SWEEP_MS = 20;

export interface HttpOptions extends Omit<AppOptions, 'relay'> {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Where clients show no tokens: the hosts, beside its own, under which they may ask. */
  readonly hostNames: readonly string[];
  readonly logger: NodePorts['logger'];
  readonly metrics: NodePorts['metrics'];
  /** Requests that take as long are logged; infinity: none are. */
  readonly slowRequestMs: number;
  /** Where somebody collects spans. */
  readonly observer?: RequestObserver | undefined;
  /** Present where all nodes serve clients over TLS: what to trust of other nodes, as of now. */
  readonly memberTrust?: (() => SecureContext) | undefined;
  /** In place of that of node:http. */
  readonly createServer?: CreateServer | undefined;
}

export type CreateServer = (options: ServerOptions, onRequest: RequestListener) => Server;

export interface HttpListener {
  readonly port: number;
  /**
   * Ends what is watched, and has every connection closed with the next answer on it: so whoever
   * goes on asking is told to go elsewhere, and nobody's request meets a connection that closes.
   * Resolves when no connection is left, or at the limit.
   */
  drain(limitMs: number): Promise<void>;
  /** Drains and takes no new connections; resolves when those that are open have ended. */
  close(): Promise<void>;
}

/** Rejects with a clear text where the port cannot be had. */
export function listenHttp(options: HttpOptions): Promise<HttpListener> {
  const { host, port, logger, metrics, slowRequestMs, observer } = options;
  const closing = new AbortController();
  const app = createApp({ ...options, relay: new Relay(options) }, closing.signal);
  const listener = getRequestListener(namedAnswers(app), {
    hostname: host,
    errorHandler: (error) => {
      const wrong = error instanceof RequestError;
      if (!wrong) options.onUnexpected(error);
      return problemResponse(wrong ? badTarget(error) : asQuorateError(error));
    },
  });
  const serverOptions = {
    ServerResponse: observedResponses({
      node: options.node.id,
      log: new RequestLog(logger, slowRequestMs, metrics),
      counts: new AnswerCounts(metrics),
      observer,
      closing: closing.signal,
    }),
    requireHostHeader: false,
    maxHeaderSize: HEADER_BYTES_MAX,
    connectionsCheckingInterval: TIMEOUTS_CHECKED_MS,
  };
  const listen = options.createServer ?? createServer;
  // Who shows a token was given it: no page in a browser has one by itself.
  const hosts = options.authenticator ? undefined : new OwnHosts(host, options.hostNames);
  return new Promise((resolve, reject) => {
    const server = listen(serverOptions, (incoming, outgoing) => {
      if (hostIsMissing(incoming)) refuse(outgoing, new QuorateError('bad_request', NO_HOST));
      else if (hosts && isForAnother(incoming, hosts)) refuse(outgoing, anotherHost(incoming));
      else if (isFromForeignPage(incoming)) refuse(outgoing, foreignPage(incoming));
      else void listener(incoming, outgoing);
    });
    refuseMalformed(server);
    server.listen(port, host, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        drain: (limitMs) => {
          closing.abort();
          return untilUnconnected(server, limitMs);
        },
        close: () => {
          closing.abort();
          return closeServer(server);
        },
      }),
    );
    server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.maxConnections = CONNECTIONS_MAX;
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`client port ${host}:${port} is in use: choose another one with --port`)
          : error,
      ),
    );
  });
}

const NO_HOST = 'the header Host is missing';
const BAD_HOST = 'the header Host is malformed';

function isForAnother({ headers, socket }: IncomingMessage, hosts: OwnHosts): boolean {
  return headers.host !== undefined && !hosts.includes(headers.host, socket.localAddress);
}

function anotherHost({ headers: { host } }: IncomingMessage): QuorateError {
  if (!URL.canParse(`http://${host}`)) return new QuorateError('bad_request', BAD_HOST);
  const detail = `this node takes no tokens, and is asked only under its own hosts, of which ${JSON.stringify(host)} is none: use its address, or start it with --host-names if it has this name too`;
  return new QuorateError('forbidden', detail);
}

function foreignPage({ headers: { origin = 'elsewhere', host } }: IncomingMessage): QuorateError {
  const detail = `a page of ${origin} may change nothing at ${host}: behind a proxy, pass the header Host on`;
  return new QuorateError('forbidden', detail);
}

/** The target and the header Host make no URL together. */
function badTarget({ message }: Error): QuorateError {
  const detail = `the target, or the header Host, is malformed: ${message}`;
  return new QuorateError('bad_request', detail);
}

/**
 * What the routes answer, with the names of their requests in problems. What a route has written
 * itself is left as it is.
 */
function namedAnswers(app: ReturnType<typeof createApp>) {
  return (request: Request, given: unknown) => {
    const env = given as AppBindings['Bindings'];
    const { outgoing } = env;
    const answer = app.fetch(request, env);
    if (!(answer instanceof Promise)) return named(answer, outgoing);
    return answer.then((response) =>
      // A copy is a response of the platform: of the listener's own the mark is not looked at.
      outgoing.headersSent ? RESPONSE_ALREADY_SENT.clone() : named(response, outgoing),
    );
  };
}

async function untilUnconnected(server: Server, limitMs: number): Promise<void> {
  const until = performance.now() + limitMs;
  while (performance.now() < until && (await connectionsOf(server)) > 0) await sleep(IDLE_SWEEP_MS);
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((_, count) => resolve(count));
  });
}

/** Connections that carry no request are closed now, the others when theirs is answered. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
