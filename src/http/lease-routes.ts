/** Leases: POST `/leases`, and GET, PUT (which renews) and DELETE `/leases/{id}`. */

import { QuorateError } from '../kernel/errors.ts';
import type { QuorateNode } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { json } from './json-document.ts';
import { indexOf, parseQuery, timeoutParameter, ttlParameter } from './parameters.ts';
import { pathOf, queryOf } from './request-target.ts';

const LEASES = '/leases/';

export async function grantLease(c: AppContext, node: QuorateNode): Promise<Response> {
  const parameters = parseQuery(queryOf(targetOf(c)), ['ttl', 'timeout']);
  const lease = await node.leases.grant(ttlParameter(parameters), timeoutParameter(parameters));
  return json(lease, 201, { location: `${LEASES}${lease.id}` });
}

export async function getLease(c: AppContext, node: QuorateNode): Promise<Response> {
  return json(await node.leases.get(idOf(c), timeoutOf(c)));
}

export async function renewLease(c: AppContext, node: QuorateNode): Promise<Response> {
  return json(await node.leases.renew(idOf(c), timeoutOf(c)));
}

export async function revokeLease(c: AppContext, node: QuorateNode): Promise<Response> {
  await node.leases.revoke(idOf(c), timeoutOf(c));
  return new Response(null, { status: 204 });
}

function targetOf(c: AppContext): string {
  return c.env.incoming.url ?? '/';
}

function timeoutOf(c: AppContext): number {
  return timeoutParameter(parseQuery(queryOf(targetOf(c)), ['timeout']));
}

function idOf(c: AppContext): number {
  const text = pathOf(targetOf(c)).slice(LEASES.length);
  const id = indexOf(text);
  if (id !== undefined) return id;
  throw new QuorateError(
    'bad_request',
    `${JSON.stringify(text.slice(0, 100))} is not the id of a lease, which is a whole number`,
  );
}
