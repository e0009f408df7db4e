/** What a path does for each method; another method is refused and told which there are. */

import { QuorateError } from '../kernel/errors.ts';
import type { AppContext, AppParts } from './app.ts';
import type { Endpoint, Route } from './openapi/operation.ts';
import { parseQuery } from './parameters.ts';
import { problemResponse } from './problem.ts';
import { queryOf } from './request-target.ts';

export type Handler = (c: AppContext) => Response | Promise<Response>;

export type Methods = Readonly<Record<string, Handler>>;

/** Of a route, as it is declared. */
export function methodsOf({ methods }: Route, parts: AppParts): Methods {
  const handlers = Object.entries(methods).map(([method, endpoint]) => {
    return [method, handlerOf(endpoint, parts)];
  });
  return Object.fromEntries(handlers);
}

/** Where parameters are declared, it is the handler that checks them. */
function handlerOf({ operation, serve }: Endpoint, parts: AppParts): Handler {
  const handler = serve(parts);
  if (operation.query !== undefined) return handler;
  return (c) => {
    parseQuery(queryOf(c.env.incoming.url ?? '/'), []);
    return handler(c);
  };
}

export function byMethod(c: AppContext, methods: Methods): Response | Promise<Response> {
  const { method } = c.req;
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (handler !== undefined) return handler(c);
  const allowed = Object.keys(methods).join(', ');
  const error = new QuorateError(
    'method_not_allowed',
    `${method} is not for ${c.req.path}: use ${allowed}`,
  );
  return problemResponse(error, { allow: allowed });
}
