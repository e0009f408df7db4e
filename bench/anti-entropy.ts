/**
 * How long replicas take to agree that differ in some keys nobody reads, what they send for it,
 * and what they use of a processor when they agree.
 *
 * Three nodes are filled. One is stopped, some of the keys are written again at W=2, and it is
 * started again: in a cluster of three nobody can have kept hints for it. The time runs from
 * its readiness until every pair of replicas has found every tree equal.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { request } from 'undici';
import { type LocalCluster, startCluster } from '../cluster/local-cluster.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { encodeObject } from '../src/causality/object-codec.ts';
import { type BenchmarkOptions, benchmarkCommand, runBenchmark } from './benchmark.ts';
import { count, print } from './command-line.ts';
import { BUCKET, keyText, putAll } from './filling.ts';
import { cpuTimeMs } from './throughput/cpu-time.ts';

const NODES = 3;
const AGREEMENT_MS_MAX = 600_000;
const LOOK_EVERY_MS = 200;
const IDLE_MS = 30_000;
const WRITES_AT_ONCE = 16;
const PARTS = ['roots', 'trees', 'items', 'objects'] as const;

interface AntiEntropyOptions extends BenchmarkOptions {
  readonly keys: number;
  readonly differing: number;
  readonly valueBytes: number;
  readonly kill: boolean;
}

type SentBytes = Readonly<Record<(typeof PARTS)[number], number>>;

interface Figures {
  readonly agreedMs: number;
  readonly sent: SentBytes;
  /** Of the differing objects, once. */
  readonly objectBytes: number;
  /** Of one core, by node, while all agree. */
  readonly idleCoreShares: readonly number[];
}

export function addAntiEntropyCommand(program: Command): void {
  benchmarkCommand(program, 'anti-entropy')
    .description('three nodes, one of which missed some writes: time and bytes until all agree')
    .option('--keys <n>', 'that each node holds', count, 1_000_000)
    .option('--differing <n>', 'written while one node is away', count, 1_000)
    .option('--value-bytes <n>', 'of each value', count, 100)
    .option('--kill', 'end that node by kill -9, so that it has to build its trees first', false)
    .action(runAntiEntropy);
}

function runAntiEntropy(options: AntiEntropyOptions): Promise<void> {
  return runBenchmark('anti-entropy', options, async (dataDirectory) => {
    const cluster = await startCluster({ nodes: NODES, dataDirectory });
    try {
      const figures = await measure(cluster, options);
      return { lines: figureLines(figures, options), report: { figures } };
    } finally {
      await cluster.close();
    }
  });
}

async function measure(cluster: LocalCluster, options: AntiEntropyOptions): Promise<Figures> {
  await putAll(cluster.urls, options.keys, 'v'.repeat(options.valueBytes), print);
  await untilAgreed(cluster, performance.now());
  print('all replicas agree');
  const away = cluster.node('n3');
  await (options.kill ? away.kill() : away.stop());
  await cluster.waitUntilReachable('n1', 'n3', false);
  await writeAgain(cluster, options);
  print(`${options.differing} keys written while n3 was away`);
  const others = cluster.urls.slice(0, NODES - 1);
  const before = await sentBytes(others);
  await away.start();
  const readyAt = performance.now();
  const agreedMs = (await untilAgreed(cluster, readyAt)) - readyAt;
  const after = await sentBytes(cluster.urls);
  const sent = Object.fromEntries(
    PARTS.map((part) => [part, after[part] - before[part]]),
  ) as SentBytes;
  print(`all replicas agree again; now nothing happens for ${IDLE_MS / 1_000} s`);
  const idleCoreShares = await idleShares(cluster);
  return { agreedMs, sent, objectBytes: options.differing * bytesOfOne(options), idleCoreShares };
}

/** Writes as a client does that has read the key. */
async function writeAgain(cluster: LocalCluster, options: AntiEntropyOptions): Promise<void> {
  const { keys, differing, valueBytes } = options;
  const step = Math.max(1, Math.floor(keys / differing));
  let next = 0;
  const write = async () => {
    const client = cluster.client('n1');
    while (next < differing) {
      const key = keyText((next++ * step) % keys);
      const { context } = await client.get(BUCKET, key);
      await client.put(BUCKET, key, 'w'.repeat(valueBytes), { w: 2, context });
    }
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, write));
}

/** When every pair of replicas had found every tree equal since `sinceMs`, in `performance.now()`. */
async function untilAgreed(cluster: LocalCluster, sinceMs: number): Promise<number> {
  let agreedAt = 0;
  await waitFor('all replicas to agree', AGREEMENT_MS_MAX, async () => {
    agreedAt = performance.now();
    const documents = cluster.nodes.map(({ name }) => cluster.client(name).repairStatus());
    const agoMs = new Map<string, number>();
    for (const { node, partitions } of await Promise.all(documents)) {
      for (const { partition, peers } of partitions) {
        for (const { peer, agoMs: ago } of peers) {
          const pair = `${partition} ${[node, peer].sort()}`;
          agoMs.set(pair, Math.min(ago ?? Infinity, agoMs.get(pair) ?? Infinity));
        }
      }
    }
    await sleep(LOOK_EVERY_MS);
    return agoMs.size > 0 && [...agoMs.values()].every((ago) => ago < agreedAt - sinceMs);
  });
  return agreedAt;
}

async function sentBytes(urls: readonly string[]): Promise<SentBytes> {
  const texts = await Promise.all(
    urls.map(async (url) => (await request(`${url}/metrics`)).body.text()),
  );
  const totalOf = (part: string) => {
    const line = new RegExp(`^quorate_exchange_sent_bytes_total{part="${part}"} (\\S+)$`, 'm');
    return texts.reduce((sum, text) => sum + Number(line.exec(text)?.[1] ?? 0), 0);
  };
  return Object.fromEntries(PARTS.map((part) => [part, totalOf(part)])) as SentBytes;
}

async function idleShares(cluster: LocalCluster): Promise<readonly number[]> {
  const used = () => cluster.nodes.map(({ pid }) => cpuTimeMs([pid]));
  const before = used();
  await sleep(IDLE_MS);
  return used().map((ms, i) => (ms - (before[i] as number)) / IDLE_MS);
}

/** An object of one value, with its key, as it travels. */
function bytesOfOne({ valueBytes }: AntiEntropyOptions): number {
  const dot = { lineage: 2 ** 47, actorEpoch: 1_000, counter: 2 };
  const value = Buffer.alloc(valueBytes);
  const sibling = { dot, hlc: 2 ** 50, expiresAt: undefined, contentType: '', meta: [], value };
  return encodeObject({ clock: [dot], siblings: [sibling] }).length + keyText(0).length;
}

function figureLines(figures: Figures, options: AntiEntropyOptions): readonly string[] {
  const { keys, differing, valueBytes, kill } = options;
  const { agreedMs, sent, objectBytes, idleCoreShares } = figures;
  const all = sent.trees + sent.items + sent.objects;
  const kb = (bytes: number) => `${(bytes / 1_000).toFixed(0)} kB`;
  const shares = idleCoreShares.map((share) => `${(share * 100).toFixed(2)}%`);
  return [
    `Three nodes with ${keys} keys of ${valueBytes} bytes; one ${kill ? 'was killed' : 'was stopped'} and missed ${differing} writes`,
    `  agreed ${(agreedMs / 1_000).toFixed(1)} s after it was ready again`,
    `  sent ${kb(all)}: ${kb(sent.trees)} of hashes, ${kb(sent.items)} of key lists, ${kb(sent.objects)} of objects (and ${kb(sent.roots)} of roots)`,
    `  the differing objects are ${kb(objectBytes)}; sent ${(all / objectBytes).toFixed(1)} times that, ${(all / (objectBytes + sent.trees)).toFixed(1)} times objects and hashes`,
    `  then idle: ${shares.join(', ')} of a core`,
  ];
}
