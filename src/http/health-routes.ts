/** `/healthz`, `/readyz` and `/metrics`. */

import { UNREADY_REASONS } from '../kernel/errors.ts';
import { READ_CLUSTER } from './declared-access.ts';
import { json } from './json-document.ts';
import type { Endpoint, Route } from './openapi/operation.ts';
import { object } from './openapi/schema.ts';
import { problemResponse } from './problem.ts';

const ALIVE: Endpoint = {
  operation: {
    id: 'isAlive',
    tag: 'Health',
    // Those who watch processes and share out requests have no tokens.
    access: 'open',
    summary: 'Whether the process is alive',
    description: 'Answers as long as the process does. Says nothing of the cluster.',
    answers: {
      200: {
        description: 'It is.',
        content: {
          'application/json': {
            schema: object({ healthy: { const: true } }),
            example: { healthy: true },
          },
        },
      },
    },
    errors: [],
  },
  serve: () => () => json({ healthy: true }),
};

const REASONS = Object.entries(UNREADY_REASONS)
  .map(([reason, what]) => `\`${reason}\`: ${what}`)
  .join('\n\n');

const READY: Endpoint = {
  operation: {
    id: 'isReady',
    tag: 'Health',
    access: 'open',
    summary: 'Whether the node should be asked',
    description: `A load balancer should send requests only to nodes that are ready. Of one that is not, \`reason\` in the problem says why:\n\n${REASONS}`,
    answers: {
      200: {
        description: 'It should.',
        content: {
          'application/json': {
            schema: object({ ready: { const: true } }),
            example: { ready: true },
          },
        },
      },
    },
    errors: ['not_ready', 'ring_forming'],
  },
  serve:
    ({ node }) =>
    () => {
      const reason = node.whyAvoided;
      return reason === undefined ? json({ ready: true }) : problemResponse(reason);
    },
};

const METRICS: Endpoint = {
  operation: {
    id: 'getMetrics',
    tag: 'Health',
    access: READ_CLUSTER,
    summary: 'Metrics for Prometheus',
    description: 'In the text format of Prometheus. All names begin with `quorate_`.',
    answers: {
      200: {
        description: 'The metrics of this node.',
        content: { 'text/plain': { schema: { type: 'string' } } },
      },
    },
    errors: [],
  },
  serve:
    ({ exposition }) =>
    async (c) => {
      const { text, contentType } = await exposition();
      return c.body(text, 200, { 'content-type': contentType });
    },
};

export const ALIVE_ROUTE: Route = { path: '/healthz', methods: { GET: ALIVE, HEAD: ALIVE } };
export const READY_ROUTE: Route = { path: '/readyz', methods: { GET: READY, HEAD: READY } };
export const METRICS_ROUTE: Route = { path: '/metrics', methods: { GET: METRICS, HEAD: METRICS } };
