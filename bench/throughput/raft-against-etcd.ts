/**
 * Keys of a raft bucket against etcd: three nodes each, asked turn by turn by the same
 * generator over the same number of connections, spread over all three nodes.
 *
 * Not the same work: etcd speaks base64 in JSON here, which its gateway turns into gRPC, and
 * keeps old versions; its native clients spare it the gateway.
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { print } from '../command-line.ts';
import { etcdVersion, startEtcd } from '../etcd-cluster.ts';
import { machineFacts, machineLine } from '../machine.ts';
import { RAFT_CASES } from './cases.ts';
import { type Arena, type ContestResult, preload, runContest } from './contest.ts';
import { type Contestant, startQuorateRaft } from './contestant.ts';
import { Generator } from './generator.ts';
import { positive } from './options.ts';
import { progressLine, resultTable } from './report.ts';

const NODES = 3;
/** etcd sends longer answers in chunks, which the generator's client does not read. */
const VALUE_BYTES_MAX = 1_000;

interface RaftOptions {
  readonly valueBytes: number;
  readonly connections: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly rounds: number;
  readonly keys: number;
  readonly data: string;
  readonly out: string;
}

export function addRaftCommand(program: Command): void {
  program
    .command('raft-against-etcd')
    .description('keys of a raft bucket: three nodes of Quorate against three of etcd')
    .option('--value-bytes <n>', `of a value, at most ${VALUE_BYTES_MAX}`, valueBytes, 100)
    .option('--connections <n>', 'over all nodes together', positive, 48)
    .option('--seconds <s>', 'measured, each time', positive, 2)
    .option('--warm-up <s>', 'before each measurement, discarded', positive, 1)
    .option('--rounds <n>', 'each contestant is measured so often in each case', positive, 3)
    .option('--keys <n>', 'written beforehand, for gets to ask for', positive, 5_000)
    .option('--data <dir>', 'data of the nodes, removed afterwards; on a real disk', 'bench/out')
    .option('--out <file>', 'all figures as JSON', 'bench/out/raft-against-etcd.json')
    .action(runRaft);
}

async function runRaft(options: RaftOptions): Promise<void> {
  const machine = machineFacts();
  const etcd = etcdVersion();
  print(machineLine(machine));
  print(etcd === undefined ? 'no etcd on the PATH: Quorate alone\n' : `etcd ${etcd}\n`);
  await mkdir(resolve(options.data), { recursive: true });
  const directory = await mkdtemp(join(resolve(options.data), 'raft-'));
  const generator = new Generator();
  const contestants: Contestant[] = [];
  let results: readonly ContestResult[];
  try {
    contestants.push(await startQuorateRaft(NODES, join(directory, 'quorate')));
    if (etcd !== undefined) contestants.push(await startEtcd(NODES, join(directory, 'etcd')));
    results = await runCases(options, { generator, contestants });
  } finally {
    generator.stop();
    await Promise.all(contestants.map((contestant) => contestant.stop()));
    await rm(directory, { recursive: true, force: true });
  }
  print(`\n${resultTable(results)}\n`);
  await mkdir(dirname(options.out), { recursive: true });
  const parameters = { ...options, nodes: NODES, etcd: etcd ?? null };
  await writeFile(options.out, `${JSON.stringify({ machine, parameters, results }, null, 1)}\n`);
  print(`All figures: ${options.out}`);
}

async function runCases(
  { valueBytes, connections, seconds, warmUp, rounds, keys }: RaftOptions,
  { generator, contestants }: Omit<Arena, 'onMeasured'>,
): Promise<readonly ContestResult[]> {
  for (const contestant of contestants) {
    await preload(generator, contestant, valueBytes, keys, connections);
  }
  const drive = { loop: 'closed', warmUpMs: warmUp * 1_000, measureMs: seconds * 1_000 } as const;
  const results: ContestResult[] = [];
  for (const benchCase of RAFT_CASES) {
    const what = { name: benchCase.name, valueBytes, drive };
    const onMeasured: Arena['onMeasured'] = (round, name, turn) =>
      print(progressLine(what, round, name, turn));
    const contest = { benchCase, valueBytes, drive, connections, rounds, keys };
    results.push(await runContest({ generator, contestants, onMeasured }, contest));
  }
  return results;
}

function valueBytes(text: string): number {
  const value = positive(text);
  if (Number.isInteger(value) && value <= VALUE_BYTES_MAX) return value;
  throw new InvalidArgumentError(`must be a whole number of at most ${VALUE_BYTES_MAX}.`);
}
