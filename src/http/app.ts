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
import { deleteBucket, getBucket, listBuckets, putBucket } from './bucket-routes.ts';
import { byMethod, type Handler, type Methods } from './by-method.ts';
import {
  clusterHints,
  clusterMembers,
  clusterRing,
  clusterTombstones,
  transferLeadership,
} from './cluster-routes.ts';
import { type FaultControl, faultMethods, givenFaults } from './fault-routes.ts';
import { json } from './json-document.ts';
import { deleteKey, getKey, postKey, postValue, putKey } from './kv-routes.ts';
import { getLease, grantLease, renewLease, revokeLease } from './lease-routes.ts';
import { listBucket } from './list-route.ts';
import { getPbs } from './pbs-route.ts';
import { asQuorateError, type OnUnexpected, problemResponse } from './problem.ts';
import { getRepair, postAcceptedLoss, postRepair } from './repair-routes.ts';
import { isKeyPath, pathOf } from './request-target.ts';
import {
  abortPlan,
  commitPlan,
  deletePlan,
  getPlan,
  getTransfers,
  postPlan,
  putTransfers,
} from './ring-routes.ts';
import { closeSalvage, postSalvage } from './salvage-routes.ts';
import { createWatch } from './watch-route.ts';

export interface AppBindings {
  readonly Bindings: HttpBindings;
}

export type AppContext = Context<AppBindings>;

export interface AppOptions {
  readonly node: QuorateNode;
  /** The metrics in Prometheus' text format. */
  readonly exposition: () => Promise<{ readonly text: string; readonly contentType: string }>;
  readonly onUnexpected: OnUnexpected;
  /** Present where the node was started to be given faults. */
  readonly faults?: FaultControl | undefined;
}

/** `closing` ends the answers that have no end of their own. */
export function createApp(options: AppOptions, closing: AbortSignal): Hono<AppBindings> {
  const { node, onUnexpected } = options;
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
    POST: (c) => postKey(c, node),
  };
  const ofBucket: Methods = { GET: list, HEAD: list, POST: (c) => postValue(c, node) };
  const ofBatch: Methods = { POST: (c) => runBatch(c, node, onUnexpected) };
  app.all('/kv/*', (c) => byMethod(c, isKeyPath(c.req.path) ? ofKey : ofBucket));
  app.all('/batch', byMethods(ofBatch));
  app.all('/watch/*', byMethods({ GET: createWatch({ node, onUnexpected, closing }) }));
  addGroupRoutes(app, node);
  addRingRoutes(app, node);
  addOperatorRoutes(app, options);
  return app;
}

/** What the metadata group keeps, beside the values of its buckets. */
function addGroupRoutes(app: Hono<AppBindings>, node: QuorateNode): void {
  const list: Handler = (c) => listBuckets(c, node);
  const getOne: Handler = (c) => getBucket(c, node);
  const getOneLease: Handler = (c) => getLease(c, node);
  app.all('/buckets', byMethods({ GET: list, HEAD: list }));
  app.all(
    '/buckets/*',
    byMethods({
      GET: getOne,
      HEAD: getOne,
      PUT: (c) => putBucket(c, node),
      DELETE: (c) => deleteBucket(c, node),
    }),
  );
  app.all('/leases', byMethods({ POST: (c) => grantLease(c, node) }));
  app.all(
    '/leases/*',
    byMethods({
      GET: getOneLease,
      HEAD: getOneLease,
      PUT: (c) => renewLease(c, node),
      DELETE: (c) => revokeLease(c, node),
    }),
  );
  app.all('/cluster/raft/transfer', byMethods({ POST: (c) => transferLeadership(c, node) }));
}

/** Changes of the ring, and what the dead left behind. */
function addRingRoutes(app: Hono<AppBindings>, node: QuorateNode): void {
  const plan: Handler = (c) => getPlan(c, node);
  const transfers: Handler = (c) => getTransfers(c, node);
  app.all(
    '/cluster/plan',
    byMethods({
      GET: plan,
      HEAD: plan,
      POST: (c) => postPlan(c, node),
      DELETE: (c) => deletePlan(c, node),
    }),
  );
  app.all('/cluster/commit', byMethods({ POST: (c) => commitPlan(c, node) }));
  app.all('/cluster/salvage', byMethods({ POST: (c) => postSalvage(c, node) }));
  app.all('/cluster/salvage/close', byMethods({ POST: (c) => closeSalvage(c, node) }));
  app.all('/cluster/abort', byMethods({ POST: (c) => abortPlan(c, node) }));
  app.all(
    '/cluster/transfers',
    byMethods({ GET: transfers, HEAD: transfers, PUT: (c) => putTransfers(c, node) }),
  );
}

function addOperatorRoutes(app: Hono<AppBindings>, options: AppOptions): void {
  const { node, exposition, faults } = options;
  const get = (path: string, answer: Handler) =>
    app.all(path, byMethods({ GET: answer, HEAD: answer }));
  get('/cluster', () => json({ ...node.status(), ...givenFaults(faults) }));
  get('/cluster/members', () => clusterMembers(node));
  get('/cluster/ring', () => clusterRing(node));
  const repair: Handler = () => getRepair(node);
  const ofRepair: Methods = { GET: repair, HEAD: repair, POST: (c) => postRepair(c, node) };
  get('/cluster/hints', () => clusterHints(node));
  get('/cluster/tombstones', () => clusterTombstones(node));
  get('/pbs', (c) => getPbs(c, node));
  app.all('/cluster/repair', byMethods(ofRepair));
  app.all('/cluster/repair/accept-loss', byMethods({ POST: (c) => postAcceptedLoss(c, node) }));
  app.all('/cluster/faults', byMethods(faultMethods(node, faults)));
  get('/cluster/raft', () => json(node.groupStatus()));
  get('/healthz', () => json({ healthy: true }));
  get('/readyz', () => {
    const reason = node.whyNotReady;
    return reason === undefined ? json({ ready: true }) : problemResponse(reason);
  });
  get('/metrics', async (c) => {
    const { text, contentType } = await exposition();
    return c.body(text, 200, { 'content-type': contentType });
  });
}

function byMethods(methods: Methods): Handler {
  return (c) => byMethod(c, methods);
}
