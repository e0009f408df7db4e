/**
 * How long the event loop of a node is held up by a snapshot of a large state in raft buckets.
 *
 * Three nodes are filled, with few large values and then with many small ones, and overwrite
 * them at a steady and light rate, by which all of them make a snapshot at about the same time
 * every now and then. After that a follower is away until the log has been cut past its end,
 * and comes back to a snapshot.
 */

import { join } from 'node:path';
import type { Command } from 'commander';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import { tableText } from '../src/cli/table-text.ts';
import { type BenchmarkOptions, benchmarkCommand, runBenchmark } from './benchmark.ts';
import { count, mebibytes, print, whole } from './command-line.ts';
import { clientsOf, GroupWatch, type Reign, reignsIn, reignsText } from './group-watch.ts';
import { type SnapshotSize, snapshotSize } from './metadata-directory.ts';
import { profileLaunchedProcesses } from './profiling.ts';
import {
  type Absence,
  bringBack,
  leaderStatus,
  type Return,
  returnLines,
  sendAway,
} from './returning-node.ts';
import { type SnapshotFigures, snapshotFigures, spansIn } from './snapshot-spans.ts';
import { writeKeys } from './throughput/contest.ts';
import { startWithRaftBucket, targetOf } from './throughput/contestant.ts';
import { type Drive, Generator } from './throughput/generator.ts';
import { positive } from './throughput/options.ts';
import type { Measurement } from './throughput/recording.ts';
import { type Spread, spreadOf } from './throughput/spread.ts';

const NODES = 3;
const CONNECTIONS = 24;
const POLL_MS = 200;
/** Between two looks whether there were enough snapshots. */
const LOAD_MS = 5_000;

interface Load {
  readonly valueBytes: number;
  readonly putsPerS: number;
}

const LOADS: readonly Load[] = [
  { valueBytes: 64 * 1024, putsPerS: 40 },
  { valueBytes: 100, putsPerS: 1_000 },
];

interface MetadataSnapshotOptions extends BenchmarkOptions {
  readonly stateMib: number;
  readonly snapshots: number;
  readonly profile?: string;
}

interface Figures extends Load {
  /** How many values make up the state. */
  readonly keys: number;
  readonly stateBytes: number;
  readonly snapshot: SnapshotSize;
  readonly load: readonly Measurement[];
  readonly nodes: readonly SnapshotFigures[];
  readonly reigns: readonly Reign[];
  readonly return: Return;
}

export function addMetadataSnapshotCommand(program: Command): void {
  benchmarkCommand(program, 'metadata-snapshot')
    .description('how long a snapshot of full raft buckets holds the event loops up')
    .option('--state-mib <n>', 'in raft buckets, as the bound of 64 MiB counts', positive, 64)
    .option('--snapshots <n>', 'of each node, for each size of values', count, 3)
    .option('--profile <dir>', 'write CPU profiles of the nodes; figures suffer a little')
    .action(runMetadataSnapshot);
}

function runMetadataSnapshot(options: MetadataSnapshotOptions): Promise<void> {
  return runBenchmark('metadata-snapshot', options, async (directory) => {
    const generator = new Generator();
    if (options.profile !== undefined) profileLaunchedProcesses(options.profile);
    const figures: Figures[] = [];
    try {
      for (const load of LOADS) {
        const cluster = await startWithRaftBucket(NODES, join(directory, `${load.valueBytes}`));
        const measuring = new SnapshotRun(cluster, generator, load).measure(options);
        figures.push(await measuring.finally(() => cluster.close()));
      }
    } finally {
      generator.stop();
    }
    return { lines: figures.flatMap(linesOf), report: { nodes: NODES, figures } };
  });
}

class SnapshotRun {
  readonly #cluster: LocalCluster;
  readonly #generator: Generator;
  readonly #load: Load;
  #keys = 1;

  constructor(cluster: LocalCluster, generator: Generator, load: Load) {
    this.#cluster = cluster;
    this.#generator = generator;
    this.#load = load;
  }

  async measure({ stateMib, snapshots }: MetadataSnapshotOptions): Promise<Figures> {
    const stateBytes = await this.#fill(stateMib * 1024 ** 2);
    const { valueBytes, putsPerS } = this.#load;
    const what = `${whole(this.#keys)} values of ${valueBytes} bytes`;
    print(`${what}, ${mebibytes(stateBytes)}: overwritten ${putsPerS} times/s`);
    const watch = new GroupWatch(clientsOf(this.#cluster), POLL_MS);
    const load = await this.#overwrite(watch, snapshots).finally(() => watch.end());
    const absence = await sendAway(this.#cluster);
    print(`${absence.node.name} is stopped until the log is cut past its end`);
    const snapshot = await snapshotSize(absence.node);
    await this.#goOnWithout(absence);
    return {
      ...this.#load,
      keys: this.#keys,
      stateBytes,
      snapshot,
      load,
      nodes: this.#cluster.nodes.map(({ name }) => snapshotFigures(watch.of(name))),
      reigns: reignsIn(watch.samples),
      return: await bringBack(this.#cluster, absence),
    };
  }

  /** As many values as there is room for: the first one tells how much it counts for. */
  async #fill(bytesMax: number): Promise<number> {
    const clients = clientsOf(this.#cluster);
    await writeKeys(this.#generator, this.#job);
    const { values } = await leaderStatus(clients);
    this.#keys = Math.floor(bytesMax / values.bytes);
    const drive = { loop: 'count', requests: this.#keys } as const;
    const { errors } = await this.#generator.run({ ...this.#job, drive });
    // They are few, if any, and the state is nearly as large without them.
    if (Object.keys(errors).length > 0) print(`  not stored: ${faultsText([errors])}`);
    return (await leaderStatus(clients)).values.bytes;
  }

  /** Until every node has made so many snapshots. */
  async #overwrite(watch: GroupWatch, snapshots: number): Promise<readonly Measurement[]> {
    const period = { loop: 'open', rate: this.#load.putsPerS, warmUpMs: 0 } as const;
    const measured: Measurement[] = [];
    let seen = 0;
    while (seen < snapshots) {
      measured.push(await this.#put({ ...period, measureMs: LOAD_MS }));
      const counts = this.#cluster.nodes.map(({ name }) => spansIn(watch.of(name)).length);
      const fewest = Math.min(...counts);
      if (fewest > seen) print(`  ${fewest} of ${snapshots} snapshots`);
      seen = fewest;
    }
    return measured;
  }

  async #goOnWithout({ lastIndex, others }: Absence): Promise<void> {
    const clients = others.map(({ name }) => this.#cluster.client(name));
    const requests = this.#load.putsPerS * 5;
    while ((await leaderStatus(clients)).firstIndex <= lastIndex + 1) {
      await this.#put({ loop: 'count', requests });
    }
  }

  #put(drive: Drive): Promise<Measurement> {
    const { workload, ...job } = this.#job;
    return this.#generator.run({ ...job, workload: { ...workload, overwrite: true }, drive });
  }

  get #job() {
    const { valueBytes } = this.#load;
    const keys = { keyPrefix: 'state', keys: this.#keys } as const;
    return {
      targets: this.#cluster.nodes.filter(({ isRunning }) => isRunning).map(targetOf),
      connections: CONNECTIONS,
      workload: { api: 'raft', operation: 'put', level: NODES, valueBytes, ...keys },
    } as const;
  }
}

function linesOf(figures: Figures): readonly string[] {
  const { valueBytes, putsPerS, keys, stateBytes, snapshot, load, nodes, reigns } = figures;
  const text = ({ median, max }: Spread) => `${median.toFixed(0)} (${max.toFixed(0)})`;
  const rows = nodes.map(({ node, snapshots, tookMs, blockMs, blockOtherwiseMs }) => [
    node,
    String(snapshots),
    text(tookMs),
    text(blockMs),
    text(blockOtherwiseMs),
  ]);
  const slowest = spreadOf(load.map(({ maxMs }) => maxMs)).max;
  return [
    `${whole(keys)} values of ${valueBytes} bytes (${mebibytes(stateBytes)}), ${putsPerS} puts/s; a snapshot has ${mebibytes(snapshot.bytes)} in ${snapshot.chunks} chunks`,
    'milliseconds: median (max) of the snapshots, and of the polls at other times',
    '',
    tableText(['NODE', 'SNAPSHOTS', 'TOOK', 'LONGEST BLOCK', 'AT OTHER TIMES'], rows),
    '',
    `puts: slowest ${slowest.toFixed(0)} ms, failed ${faultsText(load.map(({ errors }) => errors))}`,
    `leader changes: ${reigns.length - 1} (${reignsText(reigns)})`,
    ...returnLines(figures.return),
    '',
  ];
}

function faultsText(errors: readonly Measurement['errors'][]): string {
  const times = new Map<string, number>();
  for (const [fault, more] of errors.flatMap((each) => Object.entries(each))) {
    times.set(fault, (times.get(fault) ?? 0) + more);
  }
  return [...times].map(([fault, sum]) => `${sum} x ${fault}`).join(', ') || '0';
}
