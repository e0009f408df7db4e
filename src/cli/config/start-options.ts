/**
 * Every option of a node, once: the flags of `quorate start`, the variables, the keys of a
 * configuration file, their checks, defaults and descriptions all come from this table.
 */

import type { PinoLoggerOptions } from '../../adapters/pino-logger.ts';
import {
  DEFAULT_COMPARE_EVERY_MS,
  DEFAULT_HINT_BYTES_MAX,
  DEFAULT_PARTITION_COUNT,
  DEFAULT_REPLICATION_FACTOR,
  DEFAULT_VALUE_BYTES_MAX,
  PARTITION_COUNT_MAX,
  REPLICATION_FACTOR_MAX,
} from '../../node/settings.ts';
import { UsageError } from '../exit.ts';
import {
  COMPARE_EVERY_MS_MAX,
  COMPARE_EVERY_MS_MIN,
  hostAndPort,
  hostName,
  millisecondsOrNever,
  nodeName,
  PATIENCE_MS_MAX,
  type PeerAddressOption,
  PORT_MAX,
  patience,
  port,
  powerOfTwo,
  wholeNumber,
  zoneName,
} from '../option-values.ts';
import { type ConfigOption, each, isOn, one, oneOf, someText } from './config-option.ts';

export type LogLevel = PinoLoggerOptions['level'];

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** From the port for clients to that for peers, unless another is given. */
const PEER_PORT_OFFSET = 1_000;
const VALUE_BYTES_MAX = 16 * 1024 * 1024;
const HINT_BYTES_MAX = 2 ** 50;
const NODES_MAX = 1_000;
const WEIGHT_MAX = 100;

const NAME = '1 to 63 letters, digits, dots, dashes, underscores';

export const START_OPTIONS = {
  data: option<string>({
    takes: '<dir>',
    values: 'directory',
    isPath: true,
    parse: one(someText),
    default: {
      text: 'needed',
      of: () => {
        throw new UsageError(
          'where is this node to keep its data? Say with --data DIR, QUORATE_DATA, or data in a configuration file',
        );
      },
    },
    description: 'where this node keeps its data; created if missing',
  }),
  name: option<string>({
    takes: '<name>',
    values: NAME,
    parse: one(nodeName),
    default: {
      text: 'needed the first time',
      of: ({ data }) => {
        throw new UsageError(`${data} is new: say with --name what this node is to be called`);
      },
    },
    remembered: ({ name }) => name,
    description: 'of this node, unique in the cluster',
  }),
  join: option<readonly PeerAddressOption[]>({
    takes: '<host:peerport>',
    values: 'HOST:PEERPORT',
    repeats: true,
    parse: each(hostAndPort),
    default: { text: 'found a cluster', of: () => [] },
    description: 'be admitted by this member; may be given several times',
  }),
  host: option<string>({
    takes: '<host>',
    values: 'address or name',
    parse: one(someText),
    default: { value: '127.0.0.1' },
    remembered: ({ options }) => options.host,
    description: 'listen here',
  }),
  port: option<number>({
    takes: '<port>',
    values: `port, 1 to ${PORT_MAX}`,
    parse: one(port),
    default: { value: 8_101 },
    remembered: ({ options }) => options.port,
    description: 'listen for clients here',
  }),
  peerPort: option<number>({
    takes: '<port>',
    values: `port, 1 to ${PORT_MAX}`,
    parse: one(port),
    default: { text: `port plus ${PEER_PORT_OFFSET}`, of: ({ port }) => peerPortOf(port) },
    remembered: ({ options }) => options.peerPort,
    description: 'listen for other nodes here',
  }),
  advertise: option<string>({
    takes: '<host>',
    values: 'address or name',
    parse: one(someText),
    default: { text: 'host', of: ({ host }) => host },
    // Where it listens elsewhere now, it was reached elsewhere, too.
    remembered: ({ options }, isGiven) => (isGiven('host') ? undefined : options.advertise),
    description: 'where others reach this node',
  }),
  hostNames: option<readonly string[]>({
    takes: '<names>',
    values: 'names or addresses',
    repeats: true,
    parse: each(hostName, ','),
    default: { text: 'none', of: () => [] },
    description: 'without tokens: let clients ask under these hosts too, such as that of a proxy',
  }),
  zone: option<string | undefined>({
    takes: '<zone>',
    values: NAME,
    parse: one(zoneName),
    default: { value: undefined },
    remembered: ({ options }) => options.zone,
    description: 'nodes of one zone may fail together',
  }),
  weight: option<number | undefined>({
    takes: '<n>',
    ...whole('times', 1, WEIGHT_MAX),
    default: { text: '1', of: () => undefined },
    description: 'when it is admitted: its share of the data, in times that of weight 1',
  }),
  stage: option<boolean>({
    values: 'true, false',
    parse: isOn,
    default: { value: false },
    remembered: ({ options }) => options.stage,
    description: 'take no share of the data before quorate cluster commit says so',
  }),
  replace: option<string | undefined>({
    takes: '<node>',
    values: 'name of a node',
    parse: one(nodeName),
    default: { value: undefined },
    description: 'when it is admitted: take the places of this node, which is dead for good',
  }),
  expect: option<number>({
    takes: '<n>',
    ...whole('nodes', 1, NODES_MAX),
    default: { value: 1 },
    description: 'of a new cluster: draw the ring when so many nodes have joined',
  }),
  partitions: option<number>({
    takes: '<q>',
    values: `a power of two up to ${PARTITION_COUNT_MAX}`,
    parse: one(powerOfTwo),
    default: { value: DEFAULT_PARTITION_COUNT },
    description: 'of a new cluster: partitions of the ring; fixed for ever',
  }),
  replicationFactor: option<number>({
    takes: '<n>',
    ...whole('replicas', 1, REPLICATION_FACTOR_MAX),
    default: { value: DEFAULT_REPLICATION_FACTOR },
    description: 'of a new cluster: replicas of each key',
  }),
  valueBytesMax: option<number>({
    takes: '<bytes>',
    ...whole('bytes', 1, VALUE_BYTES_MAX),
    default: { value: DEFAULT_VALUE_BYTES_MAX },
    description: 'longest value that is taken',
  }),
  hintBytesMax: option<number>({
    takes: '<bytes>',
    ...whole('bytes', 0, HINT_BYTES_MAX),
    default: { value: DEFAULT_HINT_BYTES_MAX },
    description: 'how much to keep for nodes that did not take their writes',
  }),
  compareEvery: option<number | 'never'>({
    takes: '<ms>',
    values: `milliseconds, ${COMPARE_EVERY_MS_MIN} to ${COMPARE_EVERY_MS_MAX}, or never`,
    parse: one(millisecondsOrNever),
    default: { value: DEFAULT_COMPARE_EVERY_MS },
    description: 'how often to compare replicas with other nodes; never: only when asked to',
  }),
  slowRequestMs: option<number | 'never'>({
    takes: '<ms>',
    values: `milliseconds, 0 to ${PATIENCE_MS_MAX}, or never`,
    parse: one(patience),
    default: { value: 500 },
    description: 'log requests that take as long; never: none',
  }),
  secretFile: file('holds what the nodes of this cluster prove to each other that they know'),
  tlsCert: file('serve clients over TLS, with this certificate (PEM)'),
  tlsKey: file('holds the key of tls-cert (PEM)'),
  tokensFile: file('ask clients for the tokens that quorate tokens add has put in here'),
  peerTlsCert: file('speak TLS with other nodes, and show them this certificate (PEM)'),
  peerTlsKey: file('holds the key of peer-tls-cert (PEM)'),
  peerTlsCa: file('holds the authorities that nodes have their certificates from (PEM)'),
  logLevel: option<LogLevel>({
    takes: '<level>',
    values: LOG_LEVELS.join(', '),
    words: LOG_LEVELS,
    parse: one(oneOf(LOG_LEVELS)),
    default: { value: 'info' },
    description: 'what goes into the log on standard output',
  }),
  insecure: option<boolean>({
    values: 'true, false',
    parse: isOn,
    default: { value: false },
    description: 'listen on other addresses than loopback without TLS and tokens on both ports',
  }),
  enableFaults: option<boolean>({
    values: 'true, false',
    parse: isOn,
    default: { value: false },
    description:
      'for experiments: let quorate faults spoil the links to other nodes, the disk and the clock',
  }),
} as const;

export type OptionName = keyof typeof START_OPTIONS;

export type StartSettings = {
  readonly [Name in OptionName]: (typeof START_OPTIONS)[Name] extends ConfigOption<infer Value>
    ? Value
    : never;
};

/** In the order in which they are shown and settled. */
export const OPTION_NAMES = Object.keys(START_OPTIONS) as readonly OptionName[];

function option<Value>(entry: ConfigOption<Value>): ConfigOption<Value> {
  return entry;
}

function file(description: string): ConfigOption<string | undefined> {
  return option({
    takes: '<file>',
    values: 'file',
    isPath: true,
    parse: one(someText),
    default: { value: undefined },
    description,
  });
}

/** The check of a whole number, and what it asks for. */
function whole(unit: string, least: number, most: number) {
  return { values: `${unit}, ${least} to ${most}`, parse: one(wholeNumber(unit, least, most)) };
}

function peerPortOf(clientPort: number): number {
  if (clientPort + PEER_PORT_OFFSET <= PORT_MAX) return clientPort + PEER_PORT_OFFSET;
  throw new UsageError(
    `--port ${clientPort} leaves no port ${PEER_PORT_OFFSET} above it: give --peer-port`,
  );
}
