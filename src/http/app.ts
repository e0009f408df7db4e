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
import { deleteKey, getKey, postValue, putKey } from './kv-routes.ts';
import { listBucket } from './list-route.ts';
import { asQuorateError, problemResponse } from './problem.ts';
import { pathOf } from './request-target.ts';

export interface AppBindings {
  readonly Bindings: HttpBindings;
}

export type AppContext = Context<AppBindings>;

export interface AppOptions {
  readonly node: QuorateNode;
  /** The metrics in Prometheus' text format. */
  readonly exposition: () => Promise<{ readonly text: string; readonly contentType: string }>;
  /** Called with errors that are nobody's but ours. */
  readonly onUnexpected: (error: unknown) => void;
}

export function createApp({ node, exposition, onUnexpected }: AppOptions): Hono<AppBindings> {
  const app = new Hono<AppBindings>({
    // Hono would decode and tidy the path; keys are bytes and stay as they were sent.
    getPath: (_request, options) => pathOf(options?.env?.incoming.url ?? '/'),
  });
  app.onError((error, c) => {
    if (!(error instanceof QuorateError)) onUnexpected(error);
    return problemResponse(c, asQuorateError(error));
  });
  app.notFound((c) =>
    problemResponse(c, new QuorateError('no_such_route', `there is nothing at ${c.req.path}`)),
  );

  app.get('/kv/:bucket/:key{.*}', (c) => getKey(c, node));
  app.put('/kv/:bucket/:key{.*}', (c) => putKey(c, node));
  app.delete('/kv/:bucket/:key{.*}', (c) => deleteKey(c, node));
  app.all('/kv/:bucket/:key{.*}', (c) => refuseMethod(c, 'GET, HEAD, PUT, DELETE'));

  app.get('/kv/:bucket', (c) => listBucket(c, node));
  app.post('/kv/:bucket', (c) => postValue(c, node));
  app.all('/kv/:bucket', (c) => refuseMethod(c, 'GET, HEAD, POST'));

  app.post('/batch', (c) => runBatch(c, node));
  app.all('/batch', (c) => refuseMethod(c, 'POST'));

  addOperatorRoutes(app, node, exposition);
  return app;
}

function addOperatorRoutes(
  app: Hono<AppBindings>,
  node: QuorateNode,
  exposition: AppOptions['exposition'],
): void {
  app.get('/cluster', (c) => c.json(node.status()));
  app.get('/healthz', (c) => c.json({ healthy: true }));
  app.get('/readyz', (c) => {
    if (node.ready) return c.json({ ready: true });
    return problemResponse(c, new QuorateError('not_ready', 'the node is stopping'));
  });
  app.get('/metrics', async (c) => {
    const { text, contentType } = await exposition();
    return c.body(text, 200, { 'content-type': contentType });
  });
  for (const path of ['/cluster', '/healthz', '/readyz', '/metrics']) {
    app.all(path, (c) => refuseMethod(c, 'GET, HEAD'));
  }
}

function refuseMethod(c: AppContext, allowed: string): Response {
  const error = new QuorateError(
    'method_not_allowed',
    `${c.req.method} is not for ${c.req.path}: use ${allowed}`,
  );
  return problemResponse(c, error, { allow: allowed });
}
