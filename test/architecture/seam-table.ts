/**
 * The seams (ARCHITECTURE.md, "Seams"): who may touch the world, and with which packages.
 */

/** Layers that touch the world; all others get time, chance, disk and network through ports. */
export const edgeLayers: readonly string[] = [
  'adapters',
  'client',
  'cli',
  'http',
  'dashboard',
  'bench',
  'cluster',
];

/** Step machines: they run synchronously to completion and return what must be done. */
export const stepMachines: readonly string[] = ['raft', 'gossip'];

/** Libraries that only compute. */
export const computingPackages: readonly string[] = ['msgpackr', 'sorted-btree', 'xxhash-wasm'];

/** Packages of src/ that one layer hides from all others. */
export const packageOwners: Readonly<Record<string, string>> = {
  '@hono/node-server': 'http',
  '@opentelemetry/api': 'adapters',
  commander: 'cli',
  'fs-native-extensions': 'adapters',
  hono: 'http',
  htm: 'dashboard',
  lmdb: 'adapters',
  pino: 'adapters',
  preact: 'dashboard',
  'prom-client': 'adapters',
  'smol-toml': 'cli',
  uplot: 'dashboard',
};

const clock = 'time comes in through the Clock of src/ports/clock.ts';
const random = 'chance comes in through the Random of src/ports/random.ts';
const transport = 'other nodes are reached through the Transport of src/ports/transport.ts';
const configuration = 'what a node needs to know of its process is passed to it';
const detour = 'name what you need; the ports have it if it is of the world';

/** Names of the global scope that reach the world, and what to use in their place. */
export const worldGlobals: Readonly<Record<string, string>> = {
  Date: clock,
  performance: clock,
  setTimeout: clock,
  setInterval: clock,
  setImmediate: clock,
  clearTimeout: clock,
  clearInterval: clock,
  clearImmediate: clock,
  'AbortSignal.timeout': clock,
  'Math.random': random,
  crypto: random,
  Crypto: random,
  fetch: transport,
  WebSocket: transport,
  EventSource: transport,
  BroadcastChannel: transport,
  MessageChannel: transport,
  console: 'what operators should read goes to the Logger of src/ports/logger.ts',
  process: configuration,
  navigator: configuration,
  NodeJS: 'types of Node belong behind a port, in src/adapters',
  require: 'modules are imported, so that the arrows can be read',
  globalThis: detour,
  global: detour,
  self: detour,
};

/** Names of the global scope that put work off to a later turn. */
export const laterGlobals: readonly string[] = ['Promise', 'PromiseLike', 'queueMicrotask'];
