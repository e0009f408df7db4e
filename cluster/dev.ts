/**
 * The work of `quorate dev`, and so of `npm start`: a cluster on this machine to try things on,
 * until Ctrl-C. Its data stays for the next start.
 */

import { existsSync, readdirSync } from 'node:fs';
import { refuseFileAsData } from '../src/cli/data-option.ts';
import { EXIT, UsageError } from '../src/cli/exit.ts';
import { PORT_MAX } from '../src/cli/option-values.ts';
import { tableText } from '../src/cli/table-text.ts';
import { isFree } from './free-ports.ts';
import { type LocalCluster, nodeNames, startCluster } from './local-cluster.ts';
import { endingText } from './server-process.ts';

export interface DevOptions {
  readonly nodes: number;
  readonly port: number;
  readonly data: string;
  readonly enableFaults?: true;
}

/** From the first client port to the first peer port. */
const PEER_PORT_OFFSET = 1_000;

/** Ends the process. */
export async function runDev(options: DevOptions): Promise<void> {
  const { nodes, data } = options;
  refuseHighPort(options);
  const clientPorts = portsFrom(options.port, nodes);
  const peerPorts = portsFrom(options.port + PEER_PORT_OFFSET, nodes);
  refuseFileAsData(data);
  refuseOtherData(options);
  await refuseBusyPorts([...clientPorts, ...peerPorts]);

  let stopping = false;
  const asked = whenAskedToStop().then(() => {
    stopping = true;
  });
  process.stdout.write(`Starting ${nodesText(nodes)}...\n`);
  const startOptions = options.enableFaults === true ? ['--enable-faults'] : [];
  const layout = { nodes, dataDirectory: data, clientPorts, peerPorts, startOptions };
  const starting = startCluster(layout);
  const cluster = await Promise.race([starting, asked]);
  if (cluster === undefined) {
    process.stdout.write('\nStopped.\n');
    // What has been started by now ends with this process.
    process.exit(EXIT.done);
  }
  reportDeaths(cluster, () => stopping);
  process.stdout.write(welcome(cluster, peerPorts, data));
  await asked;
  process.stdout.write('\nStopping...\n');
  await cluster.close();
  warnOfLostDirectories(cluster);
  process.stdout.write(`Stopped. The data is in ${data} for the next start.\n`);
  process.exit(EXIT.done);
}

function portsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

function nodesText(count: number): string {
  return count === 1 ? '1 node' : `${count} nodes`;
}

function refuseHighPort({ nodes, port }: DevOptions): void {
  const most = PORT_MAX - PEER_PORT_OFFSET - (nodes - 1);
  if (port <= most) return;
  throw new UsageError(
    `--port is too high: with ${nodesText(nodes)} it can be at most ${most}, because peer ports are ${PEER_PORT_OFFSET} above`,
  );
}

/**
 * Fewer nodes than there are directories would not be all of the cluster, and without n1 there
 * is nobody to join. Those that are new join; if the ring has been drawn, they keep no replicas.
 */
function refuseOtherData({ nodes, data }: DevOptions): void {
  if (!existsSync(data)) return;
  const present = readdirSync(data).filter((name) => /^n[1-9][0-9]*$/.test(name));
  const wanted = nodeNames(nodes);
  const surplus = present.filter((name) => !wanted.includes(name));
  if (present.length === 0 || (surplus.length === 0 && present.includes('n1'))) return;
  throw new UsageError(
    `${data} holds the data of another cluster (${present.sort().join(', ')}): start it with the --nodes it was made with, or use another --data`,
  );
}

async function refuseBusyPorts(ports: readonly number[]): Promise<void> {
  const busy: number[] = [];
  for (const candidate of ports) {
    if (!(await isFree(candidate))) busy.push(candidate);
  }
  if (busy.length === 0) return;
  const which = busy.length === 1 ? `port ${busy[0]} is` : `ports ${busy.join(', ')} are`;
  throw new Error(
    `${which} in use: is another cluster running? Stop it, or choose others with --port`,
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
        `${node.name} has ended (${endingText(ending)}); the others go on. Its log: ${node.logFile}\n` +
          `Bring it back in a terminal of its own:\n  ${node.command}\n`,
      );
    });
  }
}

/** Nodes keep their files open: that somebody removed them does not show before the next start. */
function warnOfLostDirectories(cluster: LocalCluster): void {
  for (const { name, dataDirectory } of cluster.nodes) {
    if (existsSync(dataDirectory)) continue;
    const next =
      cluster.nodes.length === 1
        ? 'it starts empty the next time'
        : 'the others will refuse another directory under its name';
    process.stderr.write(
      `warning: ${dataDirectory} is gone: ${name} has lost its data, and ${next}\n`,
    );
  }
}

function welcome(cluster: LocalCluster, peerPorts: readonly number[], data: string): string {
  const rows = cluster.nodes.map(({ name, pid, url, logFile }, i) => [
    name,
    String(pid),
    url,
    `127.0.0.1:${peerPorts[i]}`,
    logFile,
  ]);
  const [first = '', second = first, third = second] = cluster.urls;
  return `
${tableText(['node', 'process', 'for clients', 'for nodes', 'log'], rows)}

Try:
  curl -X PUT -H 'Content-Type: text/plain' --data milk ${first}/kv/carts/alice
  curl ${second}/kv/carts/alice
  curl -i '${third}/kv/carts/alice?r=1'

See the ring, keys and requests: ${first}/ui

The data is in ${data}. Stop with Ctrl-C.
`;
}
