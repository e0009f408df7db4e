/**
 * The client-facing API: routes and what they share.
 *
 * Nothing that a client sends may end the process: whatever a handler throws becomes a
 * problem document, and what is not a `QuorateError` is handed to `onUnexpected` besides.
 */

import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { QuorateError } from '../kernel/errors.ts';
import type { QuorateNode } from '../node/index.ts';
import { runBatch } from './batch-route.ts';
import { byMethod, type Handler, type Methods } from './by-method.ts';
import { deleteKey, getKey, postValue, putKey } from './kv-routes.ts';
import { listBucket } from './list-route.ts';
import { asQuorateError, type OnUnexpected, problemResponse } from './problem.ts';
import { isKeyPath, pathOf } from './request-target.ts';

export interface AppBindings {
  readonly Bindings: HttpBindings;
}

export type AppContext = Context<AppBindings>;

export interface AppOptions {
  readonly node: QuorateNode;
  /** The metrics in Prometheus' text format. */
  readonly exposition: () => Promise<{ readonly text: string; readonly contentType: string }>;
  readonly onUnexpected: OnUnexpected;
}

export function createApp({ node, exposition, onUnexpected }: AppOptions): Hono<AppBindings> {
  const app = new Hono<AppBindings>({
    // Hono would decode and tidy the path; keys are bytes and stay as they were sent.
    getPath: (_request, options) => pathOf(options?.env?.incoming.url ?? '/'),
  });
  app.onError((error) => {
    if (!(error instanceof QuorateError)) onUnexpected(error);
    return problemResponse(asQuorateError(error));
  });
  app.notFound((c) =>
    problemResponse(new QuorateError('no_such_route', `there is nothing at ${c.req.path}`)),
  );

  // One handler a path: where several match, Hono has to walk through them.
  const get: Handler = (c) => getKey(c, node);
  const list: Handler = (c) => listBucket(c, node, onUnexpected);
  const ofKey: Methods = {
    GET: get,
    HEAD: get,
    PUT: (c) => putKey(c, node),
    DELETE: (c) => deleteKey(c, node),
  };
  const ofBucket: Methods = { GET: list, HEAD: list, POST: (c) => postValue(c, node) };
  const ofBatch: Methods = { POST: (c) => runBatch(c, node, onUnexpected) };
  app.all('/kv/*', (c) => byMethod(c, isKeyPath(c.req.path) ? ofKey : ofBucket));
  app.all('/batch', (c) => byMethod(c, ofBatch));
  addOperatorRoutes(app, node, exposition);
  return app;
}

function addOperatorRoutes(
  app: Hono<AppBindings>,
  node: QuorateNode,
  exposition: AppOptions['exposition'],
): void {
  const get = (path: string, answer: Handler) =>
    app.all(path, (c) => byMethod(c, { GET: answer, HEAD: answer }));
  get('/cluster', () => json(node.status()));
  get('/healthz', () => json({ healthy: true }));
  get('/readyz', () => {
    if (node.ready) return json({ ready: true });
    return problemResponse(new QuorateError('not_ready', 'the node is stopping'));
  });
  get('/metrics', async (c) => {
    const { text, contentType } = await exposition();
    return c.body(text, 200, { 'content-type': contentType });
  });
}

/** For people too: indented, and ending where a terminal's prompt can follow. */
function json(document: unknown): Response {
  return new Response(`${JSON.stringify(document, null, 2)}\n`, {
    headers: { 'content-type': 'application/json' },
  });
}
