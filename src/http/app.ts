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
import { byMethod, methodsOf } from './by-method.ts';
import type { FaultControl } from './fault-routes.ts';
import { type Authenticator, type Bearer, createGuard } from './guard.ts';
import { KEY_ROUTE, KEYS_ROUTE } from './kv-routes.ts';
import type { Observed } from './observed-response.ts';
import { describe, type OpenApiDocument } from './openapi/document.ts';
import { asQuorateError, type OnUnexpected, problemResponse } from './problem.ts';
import type { Relay } from './relay/relay.ts';
import { isKeyPath, pathOf } from './request-target.ts';
import { KV_PATTERN, patternOf, ROUTES, ROUTES_BY_PATTERN, routeAt } from './routes.ts';

export interface AppBindings {
  readonly Bindings: HttpBindings & { readonly outgoing: Observed };
  /** Set where tokens are asked for. */
  readonly Variables: { bearer?: Bearer };
}

export type AppContext = Context<AppBindings>;

export interface AppOptions {
  readonly node: QuorateNode;
  /** The metrics in Prometheus' text format. */
  readonly exposition: () => Promise<{ readonly text: string; readonly contentType: string }>;
  readonly onUnexpected: OnUnexpected;
  /** Carries requests to other nodes. */
  readonly relay: Relay;
  /** Present where clients have to show tokens. */
  readonly authenticator?: Authenticator | undefined;
  /** Present where the node was started to be given faults. */
  readonly faults?: FaultControl | undefined;
}

/** What handlers are made from. */
export interface AppParts extends AppOptions {
  /** Ends the answers that have no end of their own. */
  readonly closing: AbortSignal;
  /** Of this API. */
  readonly describe: () => OpenApiDocument;
}

/** `closing` ends the answers that have no end of their own. */
export function createApp(options: AppOptions, closing: AbortSignal): Hono<AppBindings> {
  const { authenticator, onUnexpected } = options;
  const app = new Hono<AppBindings>({
    // Hono would decode and tidy the path; keys are bytes and stay as they were sent.
    getPath: (_request, options) => pathOf(options?.env?.incoming.url ?? '/'),
  });
  app.onError((error, c) => {
    if (!(error instanceof QuorateError)) onUnexpected(error, c.env.outgoing.trace.id);
    return problemResponse(asQuorateError(error));
  });
  app.notFound((c) =>
    problemResponse(new QuorateError('no_such_route', `there is nothing at ${c.req.path}`)),
  );

  if (authenticator !== undefined) app.use(createGuard(authenticator, routeAt));
  // One handler a path: where several match, Hono has to walk through them.
  const parts: AppParts = { ...options, closing, describe: () => describe(ROUTES) };
  const ofKey = methodsOf(KEY_ROUTE, parts);
  const ofBucket = methodsOf(KEYS_ROUTE, parts);
  app.all(KV_PATTERN, (c) => byMethod(c, isKeyPath(c.req.path) ? ofKey : ofBucket));
  for (const route of ROUTES_BY_PATTERN) {
    const methods = methodsOf(route, parts);
    app.all(patternOf(route), (c) => byMethod(c, methods));
  }
  return app;
}
