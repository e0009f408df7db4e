/**
 * `quorate bench`: a short load on a running cluster, by all its members. It has a bucket of its
 * own, which it makes and deletes, unless one is named; what it writes into that one stays.
 */

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Target } from '../../bench/throughput/contestant.ts';
import type { MixedMeasurement } from '../../bench/throughput/mixed-load.ts';
import type { Measurement } from '../../bench/throughput/recording.ts';
import type { NodeClient } from '../client/http-client.ts';
import type { Level } from '../node/index.ts';
import { benchText, errorsIn } from './bench-text.ts';
import { EXIT } from './exit.ts';
import { addJsonOption, type JsonFlag, printAs } from './json-option.ts';
import { addNodeOption, connectionOptions, type NodeOption, withClient } from './node-option.ts';
import { level, wholeNumber } from './option-values.ts';

interface BenchFlags extends NodeOption, JsonFlag {
  readonly rate?: number;
  readonly concurrency: number;
  /** Seconds. */
  readonly duration: number;
  readonly reads: number;
  readonly valueBytes: number;
  readonly bucket?: string;
  readonly r?: Level;
  readonly w?: Level;
}

const OWN_BUCKET = 'quorate-bench';
const CONCURRENCY_MAX = 1_000;
const RATE_MAX = 1_000_000;
const DURATION_S_MAX = 3_600;
const VALUE_BYTES_MAX = 1024 * 1024;
const DEFAULT_CONCURRENCY = 32;
const DEFAULT_DURATION_S = 10;
const DEFAULT_READS = 0.5;
const DEFAULT_VALUE_BYTES = 100;

/** Of the whole time, before what is measured. */
const WARM_UP_SHARE = 0.1;

export function addBenchCommand(program: Command): void {
  const bench = program
    .command('bench')
    .description('put a load on a running cluster, and print throughput and latencies');
  addJsonOption(addNodeOption(bench))
    .option(
      '--rate <n>',
      'requests a second, on a schedule; otherwise as many as come back',
      wholeNumber('requests', 1, RATE_MAX),
    )
    .option(
      '--concurrency <n>',
      'connections, each with one request under way',
      wholeNumber('connections', 2, CONCURRENCY_MAX),
      DEFAULT_CONCURRENCY,
    )
    .option(
      '--duration <s>',
      'seconds that are measured, after a tenth as many to warm up',
      wholeNumber('seconds', 1, DURATION_S_MAX),
      DEFAULT_DURATION_S,
    )
    .option('--reads <share>', 'share of reads, from 0 to 1', share, DEFAULT_READS)
    .option(
      '--value-bytes <n>',
      'size of a value',
      wholeNumber('bytes', 1, VALUE_BYTES_MAX),
      DEFAULT_VALUE_BYTES,
    )
    .option(
      '--bucket <name>',
      'one that is there, in which keys that begin with bench- will stay; otherwise one of its own',
    )
    .addOption(new Option('--r <level>', 'answers that a read needs').argParser(level(1)))
    .addOption(new Option('--w <level>', 'acknowledgements a write needs').argParser(level(1)))
    .action(measureAndPrint);
}

function share(text: string): number {
  const found = /^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$/.test(text) ? Number(text) : undefined;
  if (found !== undefined) return found;
  throw new InvalidArgumentError('Give a share from 0 to 1, such as 0.95.');
}

async function measureAndPrint(flags: BenchFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const targets = await targetsOf(client, flags);
    const measured = await inBucket(client, flags.bucket, (bucket) =>
      measure(flags, targets, bucket),
    );
    printAs(flags, documentOf(measured), () => benchText(measured));
    const { reads, writes } = measured;
    if ((reads?.succeeded ?? 0) + (writes?.succeeded ?? 0) === 0) process.exitCode = EXIT.failed;
  });
}

/** Where the members that can be reached serve clients. */
async function targetsOf(client: NodeClient, flags: NodeOption): Promise<readonly Target[]> {
  const { protocol } = new URL(flags.node);
  const tls = protocol === 'https:' ? (connectionOptions(flags).tls ?? {}) : undefined;
  const { members } = await client.status();
  const reachable = members.filter((member) => member.reachable && member.partitions > 0);
  if (reachable.length === 0) throw new Error('no member of the cluster keeps data yet');
  return reachable.map(({ address: { host, clientPort } }) => ({ host, port: clientPort, tls }));
}

async function inBucket(
  client: NodeClient,
  named: string | undefined,
  work: (bucket: string) => Promise<MixedMeasurement>,
): Promise<MixedMeasurement> {
  if (named !== undefined) {
    await client.bucket(named);
    return work(named);
  }
  await client.putBucket(OWN_BUCKET);
  try {
    return await work(OWN_BUCKET);
  } finally {
    await client.deleteBucket(OWN_BUCKET);
  }
}

/** Loaded only here: other commands do without what measures. */
async function measure(
  flags: BenchFlags,
  targets: readonly Target[],
  bucket: string,
): Promise<MixedMeasurement> {
  const { rate, concurrency, duration, reads, valueBytes, r, w } = flags;
  const { runMixedLoad } = await import('../../bench/throughput/mixed-load.ts');
  return runMixedLoad({
    targets,
    connections: concurrency,
    rate,
    readShare: reads,
    valueBytes,
    bucket,
    token: connectionOptions(flags).token,
    readQuery: r === undefined ? undefined : `r=${r}`,
    writeQuery: w === undefined ? undefined : `w=${w}`,
    warmUpMs: duration * 1_000 * WARM_UP_SHARE,
    measureMs: duration * 1_000,
  });
}

function documentOf({ reads, writes }: MixedMeasurement) {
  return { reads: kindDocument(reads), writes: kindDocument(writes) };
}

function kindDocument(measured: Measurement | undefined) {
  if (measured === undefined) return null;
  const { histogram: _, answered: _answered, ...figures } = measured;
  return { ...figures, failed: errorsIn(measured) };
}
