// What the bundles have for `undici`: the parts that the sources use. With its fetch, caches,
// mocks and web sockets it would be most of what a command, or a node, loads when it starts.
import api from 'undici/lib/api/index.js';
import errors from 'undici/lib/core/errors.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Client from 'undici/lib/dispatcher/client.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import global from 'undici/lib/global.js';

// As undici's own entry does it: the methods of every dispatcher.
Object.assign(Dispatcher.prototype, api);

export const { getGlobalDispatcher } = global;
export { Agent, Client, errors, Pool };

export function request(
  url,
  { dispatcher = getGlobalDispatcher(), method = 'GET', ...options } = {},
) {
  const { origin, pathname, search } = new URL(url);
  return dispatcher.request({ ...options, origin, path: `${pathname}${search}`, method });
}
