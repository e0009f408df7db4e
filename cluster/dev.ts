/**
 * `npm start`: a cluster on this machine to try things on, until Ctrl-C. Its data stays for
 * the next start.
 */

import { existsSync, readdirSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { readDataDirectoryIdentity } from '../src/adapters/data-directory.ts';
import { EXIT, exitCodeOf, UsageError } from '../src/cli/exit.ts';
import { port, wholeNumber } from '../src/cli/option-values.ts';
import { tableText } from '../src/cli/table-text.ts';
import {
  DEFAULT_PARTITION_COUNT,
  DEFAULT_REPLICATION_FACTOR,
  staticCluster,
} from '../src/metadata/static-cluster.ts';
import { isFree } from './free-ports.ts';
import { type LocalCluster, nodeNames, startCluster } from './local-cluster.ts';
import { nodeDirectory } from './node-process.ts';
import { endingText } from './server-process.ts';

interface DevOptions {
  readonly nodes: number;
  readonly port: number;
  readonly data: string;
}

const NODES_MAX = 16;
/** From the first client port to the first peer port. */
const PEER_PORT_OFFSET = 1_000;

const program = new Command('npm start --')
  .description('run a cluster on this machine; stop it with Ctrl-C')
  .option('--nodes <n>', 'how many nodes', wholeNumber('nodes', 1, NODES_MAX), 3)
  .option('--port <port>', 'of the first node; the others follow', port, 8_101)
  .option('--data <dir>', 'where the nodes keep their data', './quorate-data')
  .exitOverride()
  .action(run);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? EXIT.done : EXIT.usage);
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(exitCodeOf(error));
}

async function run(options: DevOptions): Promise<void> {
  const dataDirectory = resolve(options.data);
  const clientPorts = portsFrom(options.port, options.nodes);
  const peerPorts = portsFrom(options.port + PEER_PORT_OFFSET, options.nodes);
  refuseOtherCount(dataDirectory, options);
  await refuseBusyPorts([...clientPorts, ...peerPorts]);

  let stopping = false;
  const asked = whenAskedToStop().then(() => {
    stopping = true;
  });
  process.stdout.write(`Starting ${options.nodes} nodes...\n`);
  const starting = startCluster({ nodes: options.nodes, dataDirectory, clientPorts, peerPorts });
  const cluster = await Promise.race([starting, asked]);
  // What has been started by now ends with this process.
  if (cluster === undefined) process.exit(EXIT.done);
  reportDeaths(cluster, () => stopping);
  process.stdout.write(welcome(cluster, peerPorts, options.data));
  await asked;
  process.stdout.write('\nStopping...\n');
  await cluster.close();
  process.stdout.write(`Stopped. The data is in ${options.data} for the next start.\n`);
  process.exit(EXIT.done);
}

function portsFrom(first: number, count: number): readonly number[] {
  const ports = Array.from({ length: count }, (_, i) => first + i);
  if ((ports.at(-1) ?? 0) <= 65_535) return ports;
  throw new UsageError(
    `--port is too high: ${count} nodes need client ports from there and peer ports from ${PEER_PORT_OFFSET} above it on`,
  );
}

/** Data that was made by another number of nodes is of another cluster. */
function refuseOtherCount(dataDirectory: string, { nodes, data }: DevOptions): void {
  const { clusterId } = staticCluster({
    members: nodeNames(nodes).map((id) => ({ id })),
    partitionCount: DEFAULT_PARTITION_COUNT,
    replicationFactor: DEFAULT_REPLICATION_FACTOR,
    buckets: [],
  });
  const found = existsSync(dataDirectory)
    ? readdirSync(dataDirectory).filter((name) => /^n[1-9][0-9]*$/.test(name))
    : [];
  const foreign = found.some((name) => {
    const identity = readDataDirectoryIdentity(nodeDirectory(dataDirectory, name));
    return identity !== undefined && identity.clusterId !== clusterId;
  });
  if (!foreign) return;
  const advice =
    found.length === nodes ? '' : `start it with --nodes ${found.length}, as it was made, or `;
  throw new UsageError(
    `${data} holds the data of another cluster, of ${found.length} nodes: ${advice}name another directory with --data`,
  );
}

async function refuseBusyPorts(ports: readonly number[]): Promise<void> {
  const busy: number[] = [];
  for (const candidate of ports) {
    if (!(await isFree(candidate))) busy.push(candidate);
  }
  if (busy.length === 0) return;
  throw new Error(
    `port ${busy.join(', ')} in use (needed: ${ports.join(', ')}): end what listens there, or choose others with --port`,
  );
}

/** Resolves at the first signal; those that follow change nothing. */
function whenAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => resolve());
    }
  });
}

function reportDeaths(cluster: LocalCluster, isStopping: () => boolean): void {
  for (const node of cluster.nodes) {
    void node.ended.then((ending) => {
      if (isStopping()) return;
      process.stderr.write(
        `${node.name} has ended (${endingText(ending)}); the others go on. Its log: ${node.logFile}\n`,
      );
    });
  }
}

function welcome(cluster: LocalCluster, peerPorts: readonly number[], data: string): string {
  const rows = cluster.nodes.map(({ name, url, logFile }, i) => [
    name,
    url,
    `127.0.0.1:${peerPorts[i]}`,
    relative('', logFile),
  ]);
  const [first = '', second = first, third = second] = cluster.urls;
  return `
${tableText(['node', 'for clients', 'for nodes', 'log'], rows)}

Try:
  curl -X PUT -H 'Content-Type: text/plain' --data milk ${first}/kv/carts/alice
  curl ${second}/kv/carts/alice
  curl -i '${third}/kv/carts/alice?r=1'

The data is in ${data}. Stop with Ctrl-C.
`;
}
