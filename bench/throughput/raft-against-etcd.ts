/**
 * Keys of a raft bucket against etcd: three nodes each, asked turn by turn by the same
 * generator over the same number of connections, spread over all three nodes.
 *
 * Not the same work: etcd speaks base64 in JSON here, which its gateway turns into gRPC, and
 * keeps old versions; its native clients spare it the gateway.
 */

import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type BenchmarkOptions, benchmarkCommand, runBenchmark } from '../benchmark.ts';
import { print } from '../command-line.ts';
import { etcdVersion, startEtcd } from '../etcd-cluster.ts';
import { RAFT_CASES } from './cases.ts';
import { type ClosedLoopOptions, runClosedContests } from './closed-contests.ts';
import { startQuorateRaft } from './contestant.ts';
import { positive } from './options.ts';
import { resultTable } from './report.ts';

const NODES = 3;
/** etcd sends longer answers in chunks, which the generator's client does not read. */
const VALUE_BYTES_MAX = 1_000;

interface RaftOptions extends BenchmarkOptions, ClosedLoopOptions {}

export function addRaftCommand(program: Command): void {
  benchmarkCommand(program, 'raft-against-etcd')
    .description('keys of a raft bucket: three nodes of Quorate against three of etcd')
    .option('--value-bytes <n>', `of a value, at most ${VALUE_BYTES_MAX}`, valueBytes, 100)
    .option('--connections <n>', 'over all nodes together', positive, 48)
    .option('--seconds <s>', 'measured, each time', positive, 2)
    .option('--warm-up <s>', 'before each measurement, discarded', positive, 1)
    .option('--rounds <n>', 'each contestant is measured so often in each case', positive, 3)
    .option('--keys <n>', 'written beforehand, for gets to ask for', positive, 5_000)
    .action(runRaft);
}

function runRaft(options: RaftOptions): Promise<void> {
  return runBenchmark('raft-against-etcd', options, async (directory) => {
    const etcd = etcdVersion();
    print(etcd === undefined ? 'no etcd on the PATH: Quorate alone\n' : `etcd ${etcd}\n`);
    const launches = [() => startQuorateRaft(NODES, join(directory, 'quorate'))];
    if (etcd !== undefined) launches.push(() => startEtcd(NODES, join(directory, 'etcd')));
    const results = await runClosedContests(launches, RAFT_CASES, options);
    return { lines: [resultTable(results)], report: { nodes: NODES, etcd: etcd ?? null, results } };
  });
}

function valueBytes(text: string): number {
  const value = positive(text);
  if (Number.isInteger(value) && value <= VALUE_BYTES_MAX) return value;
  throw new InvalidArgumentError(`must be a whole number of at most ${VALUE_BYTES_MAX}.`);
}
