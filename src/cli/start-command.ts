/** `quorate start`: the options of a node, checked before anything is touched. */

import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { type Command, Option } from 'commander';
import {
  DEFAULT_PARTITION_COUNT,
  DEFAULT_REPLICATION_FACTOR,
  DEFAULT_VALUE_BYTES_MAX,
  REPLICATION_FACTOR_MAX,
} from '../node/index.ts';
import { refuseFileAsData } from './data-option.ts';
import { messageOf, UsageError } from './exit.ts';
import {
  bucketOption,
  memberList,
  nodeName,
  port,
  powerOfTwo,
  wholeNumber,
} from './option-values.ts';
import type { LogLevel } from './run-node.ts';
import type { NodeOptions } from './start-node.ts';

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];
const DEFAULT_PORT = 8_101;
const VALUE_BYTES_MAX = 16 * 1024 * 1024;

/** As commander names them. */
interface StartOptions
  extends Pick<NodeOptions, 'name' | 'members' | 'host' | 'port' | 'valueBytesMax'> {
  readonly data: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly bucket: NodeOptions['buckets'];
  readonly secretFile?: string;
  readonly logLevel: LogLevel;
  readonly insecure?: true;
}

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('run one node of a cluster')
    .requiredOption('--name <name>', 'of this node, unique in the cluster', nodeName)
    .requiredOption('--data <dir>', 'where this node keeps its data; created if missing')
    .requiredOption(
      '--members <list>',
      'all nodes, this one too, the same list for each: n1=HOST:PEERPORT[@ZONE],n2=...',
      memberList,
    )
    .option('--host <host>', 'listen for clients here', '127.0.0.1')
    .option('--port <port>', 'listen for clients here', port, DEFAULT_PORT)
    .option(
      '--partitions <q>',
      'of the ring, a power of two; fixed when the cluster is created',
      powerOfTwo,
      DEFAULT_PARTITION_COUNT,
    )
    .option(
      '--replication-factor <n>',
      'replicas of each key; fixed when the cluster is created',
      wholeNumber('replicas', 1, REPLICATION_FACTOR_MAX),
      DEFAULT_REPLICATION_FACTOR,
    )
    .addOption(
      new Option('--bucket <name[:n=3,r=quorum,w=2]>', 'defaults of one bucket; may be repeated')
        .argParser(bucketOption)
        .default([], "the cluster's n, r and w quorum"),
    )
    .option(
      '--value-bytes-max <bytes>',
      `longest value that is taken, up to ${VALUE_BYTES_MAX}`,
      wholeNumber('bytes', 1, VALUE_BYTES_MAX),
      DEFAULT_VALUE_BYTES_MAX,
    )
    .option('--secret-file <file>', 'what the nodes of this cluster prove to each other')
    .addOption(new Option('--log-level <level>').choices(LOG_LEVELS).default('info'))
    .option(
      '--insecure',
      'listen on other addresses than loopback, though nothing protects the data there',
    )
    .action(start);
}

async function start(given: StartOptions): Promise<void> {
  const options: NodeOptions = {
    ...given,
    dataDirectory: given.data,
    partitionCount: given.partitions,
    buckets: given.bucket,
    secret: given.secretFile === undefined ? undefined : readSecret(given.secretFile),
  };
  refuseFileAsData(given.data);
  if (given.insecure !== true) refuseOpenListeners(options);
  // Loaded only here: the other commands take two thirds of the time without the parts of a node.
  const { runNode } = await import('./run-node.ts');
  await runNode(options, given.logLevel);
}

function readSecret(file: string): string {
  let secret: string;
  try {
    secret = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`--secret-file ${file} cannot be read: ${messageOf(error)}`);
  }
  if (secret !== '') return secret;
  throw new UsageError(`--secret-file ${file} is empty: it must hold the secret of the cluster`);
}

function refuseOpenListeners({ host, name, members }: NodeOptions): void {
  refuseOpenListener('--host', host);
  const self = members.find(({ id }) => id === name);
  if (self !== undefined) refuseOpenListener(`${name} in --members`, self.host);
}

function refuseOpenListener(option: string, host: string): void {
  if (host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))) return;
  throw new UsageError(
    `${option} would listen on ${host}: without authentication and TLS, whoever reaches it can read and change all data; use a loopback address such as 127.0.0.1, or add --insecure where a network you trust protects it`,
  );
}
