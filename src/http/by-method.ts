/** What a path does for each method; another method is refused and told which there are. */

import { QuorateError } from '../kernel/errors.ts';
import type { AppContext } from './app.ts';
import { problemResponse } from './problem.ts';

export type Handler = (c: AppContext) => Response | Promise<Response>;

export type Methods = Readonly<Record<string, Handler>>;

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
