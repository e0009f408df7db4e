/** Leases: POST `/leases`, and GET, PUT (which renews) and DELETE `/leases/{id}`. */

import { QuorateError } from '../kernel/errors.ts';
import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { READ_ANY, WRITE_ANY, WRITE_CLUSTER } from './declared-access.ts';
import { COMMAND_ERRORS, GROUP_ERRORS } from './declared-errors.ts';
import { LOCATION } from './declared-headers.ts';
import { LEASE_TTL, TIMEOUT } from './declared-parameters.ts';
import { json } from './json-document.ts';
import {
  type Answer,
  byNode,
  type Endpoint,
  type Operation,
  type Route,
} from './openapi/operation.ts';
import { component, count, object } from './openapi/schema.ts';
import { indexOf, parametersOf, timeoutParameter, ttlParameter } from './parameters.ts';
import { pathOf } from './request-target.ts';

const LEASES = '/leases/';

const LEASE: Answer = {
  description: 'The lease.',
  content: {
    'application/json': {
      schema: component(
        'Lease',
        object({
          id: count('What it is known by.'),
          ttlMs: count('How long it lasts from its last renewal.'),
          keys: count('Keys that go when it ends.'),
        }),
      ),
      example: { id: 17, ttlMs: 10_000, keys: 1 },
    },
  },
};

const GRANT: Operation = {
  id: 'grantLease',
  tag: 'Leases',
  access: WRITE_ANY,
  summary: 'Grant a lease',
  description:
    'It lasts until it is revoked, or until it was not renewed for so long. Keys of raft buckets are put under it with `lease`.',
  query: [LEASE_TTL, TIMEOUT],
  answers: { 201: { ...LEASE, headers: [LOCATION] } },
  errors: [...COMMAND_ERRORS, 'too_many_leases'],
};

const GET: Operation = {
  id: 'getLease',
  tag: 'Leases',
  access: READ_ANY,
  summary: 'Look at a lease',
  description: 'Whether it still lasts, and how many keys go with it.',
  query: [TIMEOUT],
  answers: { 200: LEASE },
  errors: [...GROUP_ERRORS, 'no_such_lease'],
};

const RENEW: Operation = {
  id: 'renewLease',
  tag: 'Leases',
  access: WRITE_ANY,
  summary: 'Renew a lease',
  description: 'Begins its time anew.',
  query: [TIMEOUT],
  answers: { 200: LEASE },
  errors: [...COMMAND_ERRORS, 'no_such_lease'],
};

const REVOKE: Operation = {
  id: 'revokeLease',
  tag: 'Leases',
  // The end of a lease deletes its keys, whosever they are.
  access: WRITE_CLUSTER,
  summary: 'End a lease',
  description: 'Ends it now; its keys go.',
  query: [TIMEOUT],
  answers: { 204: { description: 'It has ended.' } },
  errors: [...COMMAND_ERRORS, 'no_such_lease'],
};

const READ: Endpoint = {
  operation: GET,
  serve: byNode(getLease),
};

export const LEASES_ROUTE: Route = {
  path: '/leases',
  methods: {
    POST: {
      operation: GRANT,
      serve: byNode(grantLease),
    },
  },
};

export const LEASE_ROUTE: Route = {
  path: '/leases/{id}',
  methods: {
    GET: READ,
    HEAD: READ,
    PUT: {
      operation: RENEW,
      serve: byNode(renewLease),
    },
    DELETE: {
      operation: REVOKE,
      serve: byNode(revokeLease),
    },
  },
};

async function grantLease(c: AppContext, node: QuorateNode): Promise<Response> {
  const parameters = parametersOf(c, GRANT);
  const lease = await node.leases.grant(ttlParameter(parameters), timeoutParameter(parameters));
  return json(lease, 201, { location: `${LEASES}${lease.id}` });
}

async function getLease(c: AppContext, node: QuorateNode): Promise<Response> {
  return json(await node.leases.get(idOf(c), timeoutOf(c, GET)));
}

async function renewLease(c: AppContext, node: QuorateNode): Promise<Response> {
  return json(await node.leases.renew(idOf(c), timeoutOf(c, RENEW)));
}

async function revokeLease(c: AppContext, node: QuorateNode): Promise<Response> {
  await node.leases.revoke(idOf(c), timeoutOf(c, REVOKE));
  return new Response(null, { status: 204 });
}

function timeoutOf(c: AppContext, operation: Operation): number {
  return timeoutParameter(parametersOf(c, operation));
}

function idOf(c: AppContext): number {
  const text = pathOf(c.env.incoming.url ?? '/').slice(LEASES.length);
  const id = indexOf(text);
  if (id !== undefined) return id;
  throw new QuorateError(
    'bad_request',
    `${JSON.stringify(text.slice(0, 100))} is not the id of a lease, which is a whole number`,
  );
}
