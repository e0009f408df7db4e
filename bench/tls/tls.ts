/**
 * What encryption costs: three nodes that speak TLS with their clients, three that speak mutual
 * TLS with each other, and three that speak neither, turn by turn, over connections that are kept
 * open. Generator and nodes share the processors, so both ends of each connection pay.
 */

import { join } from 'node:path';
import type { Command } from 'commander';
import { startCluster } from '../../cluster/local-cluster.ts';
import type { ConnectionOptions } from '../../src/client/connection.ts';
import {
  type BenchmarkOptions,
  benchmarkCommand,
  type Outcome,
  runBenchmark,
} from '../benchmark.ts';
import type { BenchCase } from '../throughput/cases.ts';
import { type ClosedLoopOptions, runClosedContests } from '../throughput/closed-contests.ts';
import type { ContestResult } from '../throughput/contest.ts';
import { type Contestant, type ContestantName, targetOf } from '../throughput/contestant.ts';
import { costOf, costText } from '../throughput/cost.ts';
import { positive } from '../throughput/options.ts';
import { resultTable } from '../throughput/report.ts';

const NODES = 3;

const CASES: readonly BenchCase[] = [
  { name: 'put-w2', operation: 'put', level: 2 },
  { name: 'get-r1', operation: 'get', level: 1 },
  { name: 'get-r2', operation: 'get', level: 2 },
];

/** Of the throughput without TLS, for clients alone. */
const COST_MAX = 0.35;

interface TlsOptions extends BenchmarkOptions, ClosedLoopOptions {}

export function addTlsCommand(program: Command): void {
  benchmarkCommand(program, 'tls')
    .description('what TLS with clients costs, and mutual TLS between nodes')
    .option('--value-bytes <n>', 'of a value', positive, 100)
    .option('--connections <n>', 'over all nodes together', positive, 48)
    .option('--seconds <s>', 'measured, each time', positive, 1.5)
    .option('--warm-up <s>', 'before each measurement, discarded', positive, 1)
    .option('--rounds <n>', 'each contestant is measured so often in each case', positive, 3)
    .option('--keys <n>', 'written beforehand, for gets to ask for', positive, 2_000)
    .action((options: TlsOptions) =>
      runBenchmark('tls', options, (directory) => measure(options, directory)),
    );
}

async function measure(options: TlsOptions, directory: string): Promise<Outcome> {
  const results = await runClosedContests(await launchesIn(directory), CASES, options);
  return { lines: [resultTable(results), '', ...costLines(results)], report: { results } };
}

/** Those whose ratio the table shows come first. */
async function launchesIn(directory: string): Promise<readonly (() => Promise<Contestant>)[]> {
  // Loaded only here: no other benchmark needs it.
  const { CertificateAuthority } = await import('../../cluster/certificates.ts');
  const authority = await CertificateAuthority.create();
  const { cert, key, ca } = await authority.writeInto(join(directory, 'certificates'));
  const tls = ['--tls-cert', cert, '--tls-key', key];
  const peerTls = ['--peer-tls-cert', cert, '--peer-tls-key', key, '--peer-tls-ca', ca];
  const launch =
    (name: ContestantName, startOptions: readonly string[], access: ConnectionOptions = {}) =>
    async (): Promise<Contestant> => {
      const dataDirectory = join(directory, name);
      const cluster = await startCluster({ nodes: NODES, dataDirectory, startOptions, access });
      return {
        name,
        api: 'dynamo',
        targets: cluster.nodes.map((node) => ({ ...targetOf(node), tls: access.tls })),
        pids: cluster.nodes.map(({ pid }) => pid),
        stop: () => cluster.close(),
      };
    };
  return [
    launch('client TLS', tls, { tls: { ca: authority.pem } }),
    launch('plain', []),
    launch('peer TLS', peerTls),
  ];
}

function costLines(results: readonly ContestResult[]): readonly string[] {
  const costs = results.map((result) => ({
    name: result.case,
    clients: costOf(result, 'client TLS', 'plain'),
    peers: costOf(result, 'peer TLS', 'plain'),
  }));
  const dearest = Math.max(...costs.map(({ clients }) => clients.median));
  return [
    'Throughput that it costs, round by round against plain:',
    ...costs.map(
      ({ name, clients, peers }) =>
        `  ${name}  TLS with clients ${costText(clients)}, mutual TLS between nodes ${costText(peers)}`,
    ),
    `TLS with clients costs less than ${COST_MAX * 100} %: ${dearest < COST_MAX ? 'yes' : 'NO'}`,
  ];
}
