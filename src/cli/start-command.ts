/**
 * `quorate start`: the options of a node, checked before anything is touched.
 *
 * An empty directory founds a cluster, or with --join is admitted to one. The directory
 * remembers who it is and where it listens, so a restart needs only --data; what is given
 * then replaces what it remembers.
 */

import { isIPv4 } from 'node:net';
import { type Command, Option } from 'commander';
import { type DirectoryRecord, readDataDirectory } from '../adapters/data-directory.ts';
import {
  DEFAULT_COMPARE_EVERY_MS,
  DEFAULT_HINT_BYTES_MAX,
  DEFAULT_PARTITION_COUNT,
  DEFAULT_REPLICATION_FACTOR,
  DEFAULT_VALUE_BYTES_MAX,
  REPLICATION_FACTOR_MAX,
} from '../node/settings.ts';
import { refuseFileAsData } from './data-option.ts';
import { UsageError } from './exit.ts';
import {
  hostAndPort,
  millisecondsOrNever,
  nodeName,
  type PeerAddressOption,
  port,
  powerOfTwo,
  wholeNumber,
  zoneName,
} from './option-values.ts';
import type { LogLevel } from './run-node.ts';
import { readSecret } from './secret-option.ts';
import type { NodeOptions } from './start-node.ts';

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];
const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 8_101;
/** From the port for clients to that for peers, unless another is given. */
const PEER_PORT_OFFSET = 1_000;
const PORT_MAX = 65_535;
const VALUE_BYTES_MAX = 16 * 1024 * 1024;
const HINT_BYTES_MAX = Number.MAX_SAFE_INTEGER;
const NODES_MAX = 1_000;
const WEIGHT_MAX = 100;

/** As commander names them. */
interface StartOptions {
  readonly data: string;
  readonly name?: string;
  readonly host?: string;
  readonly port?: number;
  readonly peerPort?: number;
  readonly advertise?: string;
  readonly zone?: string;
  readonly weight?: number;
  readonly stage?: true;
  readonly replace?: string;
  readonly join: readonly PeerAddressOption[];
  readonly expect: number;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly valueBytesMax: number;
  readonly hintBytesMax: number;
  readonly compareEvery: number | 'never';
  readonly secretFile?: string;
  readonly logLevel: LogLevel;
  readonly insecure?: true;
  readonly enableFaults?: true;
}

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('run one node: found a cluster, join one, or go on where its directory left off')
    .requiredOption('--data <dir>', 'where this node keeps its data; created if missing')
    .option('--name <name>', 'of this node, unique in the cluster; needed the first time', nodeName)
    .addOption(
      new Option('--join <host:peerport>', 'be admitted by this member; may be repeated')
        .argParser((text: string, before: PeerAddressOption[]) => [...before, hostAndPort(text)])
        .default([], 'found a cluster'),
    )
    .option('--host <host>', `listen here (default: ${DEFAULT_HOST})`)
    .option('--port <port>', `listen for clients here (default: ${DEFAULT_PORT})`, port)
    .option(
      '--peer-port <port>',
      `listen for other nodes here (default: --port plus ${PEER_PORT_OFFSET})`,
      port,
    )
    .option('--advertise <host>', 'where others reach this node (default: --host)')
    .option('--zone <zone>', 'nodes of one zone may fail together', zoneName)
    .option(
      '--weight <n>',
      'its share of the data, in times that of a node of weight 1',
      wholeNumber('times', 1, WEIGHT_MAX),
    )
    .option('--stage', 'take no share of the data before quorate cluster commit says so')
    .option('--replace <node>', 'take the places of this node, which is dead for good', nodeName)
    .option(
      '--expect <n>',
      'of a new cluster: draw the ring when so many nodes have joined',
      wholeNumber('nodes', 1, NODES_MAX),
      1,
    )
    .option(
      '--partitions <q>',
      'of a new cluster, a power of two; fixed for ever',
      powerOfTwo,
      DEFAULT_PARTITION_COUNT,
    )
    .option(
      '--replication-factor <n>',
      'of a new cluster: replicas of each key',
      wholeNumber('replicas', 1, REPLICATION_FACTOR_MAX),
      DEFAULT_REPLICATION_FACTOR,
    )
    .option(
      '--value-bytes-max <bytes>',
      `longest value that is taken, up to ${VALUE_BYTES_MAX}`,
      wholeNumber('bytes', 1, VALUE_BYTES_MAX),
      DEFAULT_VALUE_BYTES_MAX,
    )
    .option(
      '--hint-bytes-max <bytes>',
      'how much to keep for nodes that did not take their writes',
      wholeNumber('bytes', 0, HINT_BYTES_MAX),
      DEFAULT_HINT_BYTES_MAX,
    )
    .option(
      '--compare-every <ms>',
      'how often to compare replicas with other nodes, in milliseconds; never: only when asked to',
      millisecondsOrNever,
      DEFAULT_COMPARE_EVERY_MS,
    )
    .option('--secret-file <file>', 'what the nodes of this cluster prove to each other')
    .addOption(new Option('--log-level <level>').choices(LOG_LEVELS).default('info'))
    .option(
      '--insecure',
      'listen on other addresses than loopback, though nothing protects the data there',
    )
    .option(
      '--enable-faults',
      'for experiments: let quorate faults spoil the links to other nodes, the disk and the clock',
    )
    .action(start);
}

async function start(given: StartOptions): Promise<void> {
  refuseFileAsData(given.data);
  const options = completed(given, readDataDirectory(given.data));
  if (given.insecure !== true) refuseOpenListener(options.host);
  refuseUnreachableAddress(options);
  refuseReplacingNobody(given);
  // Loaded only here: the other commands take two thirds of the time without the parts of a node.
  const { runNode } = await import('./run-node.ts');
  await runNode(options, given.logLevel);
}

/** What is not given is what the directory remembers, or else the default. */
function completed(given: StartOptions, record: DirectoryRecord | undefined): NodeOptions {
  const before = record?.options;
  const host = given.host ?? before?.host ?? DEFAULT_HOST;
  const clientPort = given.port ?? before?.port ?? DEFAULT_PORT;
  const zone = given.zone ?? before?.zone;
  return {
    name: nameOf(given, record),
    dataDirectory: given.data,
    host,
    port: clientPort,
    peerPort: given.peerPort ?? before?.peerPort ?? peerPortOf(clientPort),
    advertise:
      given.advertise ?? (given.host === undefined ? before?.advertise : undefined) ?? host,
    ...(zone !== undefined && { zone }),
    ...((given.stage ?? before?.stage) && { stage: true }),
    weight: given.weight,
    replaces: given.replace,
    join: given.join,
    settings: {
      expect: given.expect,
      partitionCount: given.partitions,
      replicationFactor: given.replicationFactor,
    },
    valueBytesMax: given.valueBytesMax,
    hintBytesMax: given.hintBytesMax,
    compareEveryMs: given.compareEvery,
    enableFaults: given.enableFaults === true,
    secret: given.secretFile === undefined ? undefined : readSecret(given.secretFile),
  };
}

function refuseReplacingNobody({ replace, join }: StartOptions): void {
  if (replace === undefined || join.length > 0) return;
  throw new UsageError(
    `--replace ${replace} needs --join <host:peerport>: a member that admits this node in its place`,
  );
}

function nameOf({ name, data }: StartOptions, record: DirectoryRecord | undefined): string {
  const found = name ?? record?.name;
  if (found !== undefined) return found;
  throw new UsageError(`${data} is new: say with --name what this node is to be called`);
}

function peerPortOf(clientPort: number): number {
  if (clientPort + PEER_PORT_OFFSET <= PORT_MAX) return clientPort + PEER_PORT_OFFSET;
  throw new UsageError(
    `--port ${clientPort} leaves no port ${PEER_PORT_OFFSET} above it: give --peer-port`,
  );
}

function refuseOpenListener(host: string): void {
  if (host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))) return;
  throw new UsageError(
    `--host would listen on ${host}: without authentication and TLS, whoever reaches it can read and change all data; use a loopback address such as 127.0.0.1, or add --insecure where a network you trust protects it`,
  );
}

function refuseUnreachableAddress({ advertise }: NodeOptions): void {
  if (advertise !== '0.0.0.0' && advertise !== '::') return;
  throw new UsageError(
    `other nodes cannot reach ${advertise}: say with --advertise under which host they reach this one`,
  );
}
