/** What a request for another node asks for: `/nodes/{node}/{path}`. */

import { QuorateError } from '../../kernel/errors.ts';
import { pathOf, queryOf } from '../request-target.ts';

const NODES = '/nodes/';

export interface Relayed {
  /** Of the node; it need not be one. Names of nodes need no escapes. */
  readonly name: string;
  /** For that node: the rest of the path, as it came in, with the query. */
  readonly target: string;
}

/** Throws `no_such_route` where no path follows the name. */
export function relayedOf(url: string): Relayed {
  const path = pathOf(url);
  const slash = path.indexOf('/', NODES.length);
  if (slash === -1) {
    throw new QuorateError(
      'no_such_route',
      `there is nothing at ${path}: a request for another node goes to ${NODES}{node}/{path}`,
    );
  }
  const query = queryOf(url);
  return {
    name: path.slice(NODES.length, slash),
    target: path.slice(slash) + (query === '' ? '' : `?${query}`),
  };
}
