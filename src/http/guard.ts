/**
 * Tokens at the door: who a request is from, and whether its route is open to them.
 *
 * The guard stands before every route and goes by what its operation declares as `access`; what
 * nobody declares is for `admin` of everything. What it lets through has the grant of its token
 * with it. Tokens come in the header Authorization alone (RFC 6750, section 2.1), as addresses
 * end up in logs, and nothing that is answered or logged holds one.
 */

import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { QuorateError } from '../kernel/errors.ts';
import { type Grant, grantText, type Role, reachesBucket, roleIncludes } from '../kernel/grant.ts';
import type { AppBindings } from './app.ts';
import { ADMIN_CLUSTER } from './declared-access.ts';
import type { Access, Demand, Method, Route } from './openapi/operation.ts';
import { problemResponse } from './problem.ts';
import { bucketAsDeclared } from './request-target.ts';

/** Knows the tokens that are in force now. */
export interface Authenticator {
  /** Undefined where nobody was given such a token, or where it was taken back. */
  grantOf(token: string): Grant | undefined;
}

/** What handlers find in their context where tokens are asked for. */
export interface Bearer {
  readonly grant: Grant;
  /** Whether the token still opens the route: for answers that have no end of their own. */
  isStillGood(): boolean;
}

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;
const CHALLENGE = 'Bearer realm="quorate"';

/** Of a pattern that has matched, and the path that it has matched. */
export type RouteAt = (pattern: string, path: string) => Route | undefined;

export function createGuard(
  authenticator: Authenticator,
  routeAt: RouteAt,
): MiddlewareHandler<AppBindings> {
  return async (c, next) => {
    const { path, method, routeIndex } = c.req;
    // Several may match; the one that comes next is the one that answers.
    const pattern = matchedRoutes(c)[routeIndex + 1]?.path;
    const route = pattern === undefined ? undefined : routeAt(pattern, path);
    const access = accessOf(route, method);
    if (access === 'open') return next();

    const token = BEARER.exec(c.env.incoming.headers.authorization ?? '')?.[1];
    const grant = token === undefined ? undefined : authenticator.grantOf(token);
    if (token === undefined || grant === undefined) return unauthenticated(token !== undefined);

    const bucket = access.of === 'bucket' && route ? bucketAsDeclared(route.path, path) : undefined;
    const forbidden = whyForbidden(grant, access, bucket);
    if (forbidden !== undefined) return problemResponse(forbidden, INSUFFICIENT);
    const isStillGood = () => {
      const now = authenticator.grantOf(token);
      return now !== undefined && isMet(now, access, bucket);
    };
    c.set('bearer', { grant, isStillGood });
    return next();
  };
}

/** Throws `forbidden` unless the token is for the bucket; without tokens everybody's is. */
export function demandBucket(bearer: Bearer | undefined, role: Role, bucket: string): void {
  if (bearer === undefined) return;
  const forbidden = whyForbidden(bearer.grant, { role, of: 'bucket' }, bucket);
  if (forbidden !== undefined) throw forbidden;
}

/** The token was taken back while an answer to it was under way. */
export function takenBack(): QuorateError {
  return new QuorateError('unauthenticated', 'the token was taken back, or allows this no more');
}

function accessOf(route: Route | undefined, method: string): Access {
  if (route === undefined || !Object.hasOwn(route.methods, method)) return ADMIN_CLUSTER;
  return route.methods[method as Method]?.operation.access ?? ADMIN_CLUSTER;
}

const INSUFFICIENT = { 'www-authenticate': `${CHALLENGE}, error="insufficient_scope"` };

function unauthenticated(given: boolean): Response {
  const detail = given
    ? 'the token is unknown to this node, or was taken back: quorate tokens list shows those that it knows'
    : 'this node asks for a token: send Authorization: Bearer TOKEN; quorate tokens add makes one';
  const challenge = given ? `${CHALLENGE}, error="invalid_token"` : CHALLENGE;
  return problemResponse(new QuorateError('unauthenticated', detail), {
    'www-authenticate': challenge,
  });
}

function whyForbidden(
  grant: Grant,
  need: Demand,
  bucket: string | undefined,
): QuorateError | undefined {
  if (isMet(grant, need, bucket)) return undefined;
  const where = { bucket: ` for bucket ${JSON.stringify(bucket)}`, cluster: ' for all buckets' };
  const needed = `role ${need.role}${need.of === 'any' ? '' : where[need.of]}`;
  const detail = `this needs ${needed}; the token ${JSON.stringify(grant.name)} has ${grantText(grant)}`;
  return new QuorateError('forbidden', detail);
}

function isMet(grant: Grant, { role, of }: Demand, bucket: string | undefined): boolean {
  if (!roleIncludes(grant.role, role)) return false;
  switch (of) {
    case 'any':
      return true;
    case 'bucket':
      return bucket !== undefined && reachesBucket(grant, bucket);
    case 'cluster':
      return grant.prefixes.length === 0;
  }
}
