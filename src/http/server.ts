/** The listener of the client port. */

import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { type AppOptions, createApp } from './app.ts';

/** Longer than clients keep idle connections, so that it is they who close them. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const HEADERS_TIMEOUT_MS = 80_000;
/** A body must have come in by then. */
const REQUEST_TIMEOUT_MS = 120_000;

/** How often a server that is closing looks for connections that have become idle. */
const IDLE_SWEEP_MS = 20;

export interface HttpOptions extends AppOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface HttpListener {
  readonly port: number;
  /** Takes no new connections and ends what is watched; resolves when those that are open have ended. */
  close(): Promise<void>;
}

/** Rejects with a clear text where the port cannot be had. */
export function listenHttp(options: HttpOptions): Promise<HttpListener> {
  const { host, port } = options;
  const closing = new AbortController();
  const app = createApp(options, closing.signal);
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (address) =>
      resolve({
        port: address.port,
        close: () => {
          closing.abort();
          return closeServer(server);
        },
      }),
    ) as Server;
    server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`client port ${host}:${port} is in use: choose another one with --port`)
          : error,
      ),
    );
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
