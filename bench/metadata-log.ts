/**
 * A long log of the metadata group while one of three nodes is away from before its first
 * command: the two others serve and cut their logs, and the third catches up by a snapshot.
 *
 * The commands overwrite a few keys, so it is the log that would grow and not the state.
 */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { LocalCluster } from '../cluster/local-cluster.ts';
import {
  type BenchmarkOptions,
  benchmarkCommand,
  type Outcome,
  runBenchmark,
} from './benchmark.ts';
import { count, mebibytes, print, whole } from './command-line.ts';
import { GroupWatch, longestBlockMs, reignsIn, reignsText, type Sample } from './group-watch.ts';
import { metadataDirectory } from './metadata-directory.ts';
import { type Absence, bringBack, leaderStatus, returnLines, sendAway } from './returning-node.ts';
import { startWithRaftBucket, targetOf } from './throughput/contestant.ts';
import { Generator, type GeneratorJob } from './throughput/generator.ts';
import type { Measurement } from './throughput/recording.ts';
import { spreadOf } from './throughput/spread.ts';

const NODES = 3;
const POLL_MS = 500;
/** Between two looks at the sizes of the files. */
const LOOK_MS = 1_000;
const LOOKS_A_LINE = 10;

interface MetadataLogOptions extends BenchmarkOptions {
  readonly commands: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly connections: number;
}

/** What the two nodes did. */
interface Run {
  readonly load: Measurement;
  readonly watch: GroupWatch;
  /** Of the largest metadata store of a node, look by look. */
  readonly storeBytes: readonly number[];
}

export function addMetadataLogCommand(program: Command): void {
  benchmarkCommand(program, 'metadata-log')
    .description('a long log of the metadata group with one node away, which then catches up')
    .option('--commands <n>', 'puts in a raft bucket', count, 1_000_000)
    .option('--keys <n>', 'that they overwrite', count, 1_000)
    .option('--value-bytes <n>', 'of each value', count, 100)
    .option('--connections <n>', 'over the two nodes together', count, 96)
    .action(runMetadataLog);
}

function runMetadataLog(options: MetadataLogOptions): Promise<void> {
  return runBenchmark('metadata-log', options, async (directory) => {
    const cluster = await startWithRaftBucket(NODES, directory);
    const generator = new Generator();
    try {
      const absence = await sendAway(cluster);
      print(`${absence.node.name} is stopped; ${whole(options.commands)} commands follow`);
      const run = await runCommands(cluster, absence, generator, options);
      print(`${absence.node.name} is started`);
      return outcomeOf(run, await bringBack(cluster, absence));
    } finally {
      generator.stop();
      await cluster.close();
    }
  });
}

async function runCommands(
  cluster: LocalCluster,
  { others }: Absence,
  generator: Generator,
  options: MetadataLogOptions,
): Promise<Run> {
  const clients = others.map(({ name }) => cluster.client(name));
  await leaderStatus(clients);
  const watch = new GroupWatch(clients, POLL_MS);
  const storeBytes: number[] = [];
  const look = () =>
    storeBytes.push(Math.max(...others.map((node) => bytesIn(metadataDirectory(node)))));
  try {
    const running = generator.run(jobOf(others.map(targetOf), options));
    let looks = 0;
    while (!(await Promise.race([running.then(() => true), sleep(LOOK_MS, false)]))) {
      look();
      if (++looks % LOOKS_A_LINE === 0) print(progressLine(watch, storeBytes));
    }
    look();
    return { load: await running, watch, storeBytes };
  } finally {
    await watch.end();
  }
}

function jobOf(targets: GeneratorJob['targets'], options: MetadataLogOptions): GeneratorJob {
  const { commands, keys, valueBytes, connections } = options;
  const key = { keyPrefix: 'log', keys, overwrite: true } as const;
  return {
    targets,
    connections,
    workload: { api: 'raft', operation: 'put', level: NODES, valueBytes, ...key },
    drive: { loop: 'count', requests: commands },
  };
}

/** As the disk sees it: a file may have holes. */
function bytesIn(directory: string): number {
  const BLOCK_BYTES = 512;
  const files = readdirSync(directory).map((name) => statSync(join(directory, name)));
  return files.reduce((sum, { blocks }) => sum + blocks * BLOCK_BYTES, 0);
}

function progressLine({ leader }: GroupWatch, storeBytes: readonly number[]): string {
  if (leader === undefined) return 'no node leads';
  const { lastIndex, snapshotIndex } = leader.status;
  const kept = `the log has ${whole(keptEntries(leader))} entries`;
  return `entry ${whole(lastIndex)}: ${kept}, snapshot of ${whole(snapshotIndex)}; metadata store ${mebibytes(storeBytes.at(-1) ?? 0)}`;
}

function keptEntries({ status }: Sample): number {
  return status.lastIndex - status.firstIndex + 1;
}

/** Commands per second between two samples, apart for those between which a log was cut. */
function ratesOf(samples: readonly Sample[]) {
  const cutting: number[] = [];
  const otherwise: number[] = [];
  for (const [i, sample] of samples.slice(1).entries()) {
    const before = samples[i] as Sample;
    const commands = sample.status.commitIndex - before.status.commitIndex;
    const rate = (1_000 * commands) / (sample.at - before.at);
    if (sample.status.snapshotIndex > before.status.snapshotIndex) cutting.push(rate);
    else otherwise.push(rate);
  }
  return { cutting: spreadOf(cutting), otherwise: spreadOf(otherwise), cuts: cutting.length };
}

function outcomeOf(run: Run, back: Awaited<ReturnType<typeof bringBack>>): Outcome {
  const { load, watch, storeBytes } = run;
  const { samples } = watch;
  const reigns = reignsIn(samples);
  const leader = watch.leader?.node ?? '';
  const rates = ratesOf(watch.of(leader));
  const entriesKept = Math.max(...samples.map(keptEntries));
  const bytesMax = Math.max(...storeBytes);
  const blockMs = longestBlockMs(samples);
  const { cutting, otherwise, cuts } = rates;
  const faults = Object.entries(load.errors).map(([fault, times]) => `${times} x ${fault}`);
  const lines = [
    `${whole(load.succeeded)} commands in ${load.seconds.toFixed(0)} s on two of ${NODES} nodes: ${whole(load.opsPerS)}/s`,
    '',
    `failed: ${faults.join(', ') || '0'}`,
    `latency: p50 ${load.p50Ms.toFixed(0)}, p99 ${load.p99Ms.toFixed(0)}, slowest ${load.maxMs.toFixed(0)} ms`,
    `rate on ${leader} where a snapshot became whole (${cuts} times): median ${whole(cutting.median)}/s, min ${whole(cutting.min)}/s`,
    `  at other times: median ${whole(otherwise.median)}/s, min ${whole(otherwise.min)}/s`,
    `the log had at most ${whole(entriesKept)} entries, a metadata store ${mebibytes(bytesMax)} (at the end ${mebibytes(storeBytes.at(-1) ?? 0)})`,
    `leader changes: ${reigns.length - 1} (${reignsText(reigns)})`,
    `longest block of an event loop: ${blockMs.toFixed(0)} ms`,
    ...returnLines(back),
  ];
  const sizes = { entriesKept, storeBytes };
  return { lines, report: { nodes: NODES, load, rates, ...sizes, reigns, blockMs, return: back } };
}
