/**
 * Hinted handoff with nobody at home: writes of keys all of whose primaries are down, and how
 * fast these get them when they are back, while clients go on writing.
 *
 * Five nodes. The primaries are killed twice: the first time nothing is written meanwhile, so
 * that the foreground shows what a return alone costs (processes that have just begun, the
 * metadata group that finds together); the second time the keys are written through the two
 * that are left. The foreground is an open loop of puts at a share of what the cluster can do.
 */

import type { Command } from 'commander';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { type BenchmarkOptions, benchmarkCommand } from '../benchmark.ts';
import { count, print, whole } from '../command-line.ts';
import { BUCKET, putAll } from '../filling.ts';
import { Foreground } from '../foreground.ts';
import { sumOfMetric } from '../node-metrics.ts';
import { targetOf } from '../throughput/contestant.ts';
import type { Generator } from '../throughput/generator.ts';
import { positive } from '../throughput/options.ts';
import { runWithForeground } from '../with-foreground.ts';
import { Absence } from './absence.ts';
import { chooseKeys } from './chosen-keys.ts';
import { drainFigures, hintsWaiting, watchDrain } from './drain-watch.ts';
import { type Figures, figureLines, type WrittenFigures } from './handoff-text.ts';
import { readAtFallbacks, readAtPrimaries } from './samples.ts';

const NODES = 5;
/** Of what the cluster can do. */
const FOREGROUND_SHARE = 0.25;

interface HandoffOptions extends BenchmarkOptions {
  readonly keys: number;
  readonly valueBytes: number;
  readonly sample: number;
  readonly connections: number;
  readonly seconds: number;
}

export function addHandoffCommand(program: Command): void {
  benchmarkCommand(program, 'handoff')
    .description('five nodes, all primaries of some keys down: writes, and their delivery')
    .option('--keys <n>', 'written while their primaries are down', count, 100_000)
    .option('--value-bytes <n>', 'of each value', count, 100)
    .option('--sample <n>', 'of the keys, read again', count, 500)
    .option('--connections <n>', 'of the foreground', count, 48)
    .option('--seconds <s>', 'of each phase of the foreground', positive, 10)
    .action(runHandoff);
}

function runHandoff(options: HandoffOptions): Promise<void> {
  const benchmark = { name: 'handoff', nodes: NODES, measure, lines: figureLines };
  return runWithForeground(benchmark, options);
}

async function measure(
  cluster: LocalCluster,
  generator: Generator,
  options: HandoffOptions,
): Promise<Figures> {
  const { connections, valueBytes, seconds } = options;
  const targets = cluster.nodes.map(targetOf);
  const foreground = new Foreground({ generator, targets, connections, valueBytes });
  const saturation = await foreground.saturation(seconds * 1_000);
  const rate = saturation * FOREGROUND_SHARE;
  print(
    `the cluster can do ${whole(saturation)} puts/s at W=2; the foreground is ${whole(rate)}/s`,
  );
  const undisturbed = await foreground.forSeconds(rate, seconds);

  const { primaries, keys } = await chooseKeys(cluster.urls[0] as string, BUCKET, options.keys);
  const absence = new Absence(cluster, primaries);
  await absence.begin();
  await absence.end();
  const afterReturn = await foreground.forSeconds(rate, seconds);
  await cluster.waitUntilConnected();
  print(`${primaries.join(', ')} were killed and are back, with nothing to be delivered`);

  await absence.begin();
  const written = await write(absence, keys, options);
  const { delivering, drain } = await deliver(absence, foreground, rate);
  print(`delivered ${drain.seconds.toFixed(2)} s after the last was ready`);
  const afterwards = await foreground.forSeconds(rate, seconds);
  const delivered = await sumOfMetric(absence.urlsLeft, 'quorate_hints_delivered_total');
  const atPrimaries = await readAtPrimaries(absence, sampleOf(keys, options.sample));
  return {
    ...{ primaries, fallbacks: absence.left, keys: keys.length, saturation, rate },
    ...{ written, drain: { ...drain, delivered }, atPrimaries },
    phases: { undisturbed, afterReturn, delivering, afterwards },
  };
}

/** Through the nodes that are left, and read again there. */
async function write(
  absence: Absence,
  keys: readonly string[],
  { valueBytes, sample }: HandoffOptions,
): Promise<WrittenFigures> {
  const startedAt = performance.now();
  const keyOf = (n: number) => keys[n] as string;
  await putAll(absence.urlsLeft, keys.length, 'v'.repeat(valueBytes), print, keyOf);
  const seconds = (performance.now() - startedAt) / 1_000;
  const atFallbacks = await readAtFallbacks(absence, sampleOf(keys, sample));
  const hints = await hintsWaiting(absence.clientsLeft);
  print(`killed again: ${whole(keys.length)} keys were written, ${whole(hints)} hints wait`);
  return { perS: keys.length / seconds, hints, atFallbacks };
}

/** The foreground begins when all are ready and ends when no hint waits any more. */
async function deliver(absence: Absence, foreground: Foreground, rate: number) {
  let drained = false;
  const watching = watchDrain(absence.clientsLeft).finally(() => {
    drained = true;
  });
  const returning = async () => {
    await absence.end();
    const readyAt = performance.now();
    return { readyAt, delivering: await foreground.until(rate, () => drained) };
  };
  const [samples, { readyAt, delivering }] = await Promise.all([watching, returning()]);
  return { delivering, drain: drainFigures(samples, readyAt) };
}

function sampleOf(keys: readonly string[], size: number): readonly string[] {
  const step = Math.max(1, Math.floor(keys.length / size));
  return keys.filter((_, i) => i % step === 0).slice(0, size);
}
