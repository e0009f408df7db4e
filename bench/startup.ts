/**
 * How long a node that holds much takes to start, and how much memory of its own it needs.
 *
 * One node, a cluster of one, is filled once and then started again: after a stop in order
 * and after a kill. Its memory is RssAnon, what the process itself has taken: the resident
 * pages of the store's file belong to the page cache and go when others need them.
 */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type LocalCluster, startCluster } from '../cluster/local-cluster.ts';
import type { NodeProcess } from '../cluster/node-process.ts';
import { count, print } from './command-line.ts';
import { BUCKET, keyText, putAll } from './filling.ts';
import { machineFacts, machineLine } from './machine.ts';

const GETS = 10_000;
/** Written when a directory is filled, so that it can be used again. */
const FILLED_FILE = 'filled.json';

interface StartupOptions {
  readonly keys: number;
  readonly valueBytes: number;
  readonly data?: string;
  readonly out: string;
}

interface Figures {
  /** What came before the start. */
  readonly after: 'stop' | 'kill';
  /** From the launch of the process to the first 200 of /readyz. */
  readonly readyMs: number;
  /** From the launch of the process to the first value read. */
  readonly firstGetMs: number;
  readonly rssAnonMiB: {
    readonly ready: number;
    readonly afterGets: number;
    readonly afterListing: number;
  };
}

export function addStartupCommand(program: Command): void {
  program
    .command('startup')
    .description('start of one node that holds many keys: time and memory')
    .option('--keys <n>', 'that the node holds', count, 1_000_000)
    .option('--value-bytes <n>', 'of each value', count, 100)
    .option('--data <dir>', 'kept, and used again if it was filled before; on a real disk')
    .option('--out <file>', 'the figures as JSON', 'bench/out/startup.json')
    .action(runStartup);
}

async function runStartup(options: StartupOptions): Promise<void> {
  const machine = machineFacts();
  print(`${machineLine(machine)}\n`);
  await mkdir(dirname(options.out), { recursive: true });
  const directory = await dataDirectory(options);
  try {
    await fill(directory, options);
    const cluster = await startAlone(directory);
    const [node] = cluster.nodes as [NodeProcess];
    const figures: Figures[] = [];
    try {
      await node.stop();
      figures.push(await measureStart(cluster, node, 'stop', options));
      await node.kill();
      figures.push(await measureStart(cluster, node, 'kill', options));
    } finally {
      await cluster.close();
    }
    print(`\n${figureLines(figures, options).join('\n')}\n`);
    const { keys, valueBytes } = options;
    const report = { machine, parameters: { keys, valueBytes }, figures };
    await writeFile(options.out, `${JSON.stringify(report, null, 1)}\n`);
    print(`All figures: ${options.out}`);
  } finally {
    if (options.data === undefined) await rm(directory, { recursive: true, force: true });
  }
}

async function dataDirectory({ data, out }: StartupOptions): Promise<string> {
  if (data === undefined) return mkdtemp(join(resolve(dirname(out)), 'startup-'));
  await mkdir(data, { recursive: true });
  return resolve(data);
}

function startAlone(dataDirectory: string): Promise<LocalCluster> {
  return startCluster({ nodes: 1, replicationFactor: 1, dataDirectory });
}

async function fill(directory: string, { keys, valueBytes }: StartupOptions): Promise<void> {
  const marker = join(directory, FILLED_FILE);
  const content = JSON.stringify({ keys, valueBytes });
  const filled = await readFile(marker, 'utf8').catch(() => undefined);
  if (filled === content) return print(`using the ${keys} keys in ${directory}`);
  if (filled !== undefined) throw new Error(`${directory} was filled with ${filled}: name another`);
  const startedAt = performance.now();
  const cluster = await startAlone(directory);
  try {
    await putAll(cluster.urls, keys, 'v'.repeat(valueBytes), print);
  } finally {
    await cluster.close();
  }
  await writeFile(marker, content);
  print(`wrote ${keys} keys in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
}

async function measureStart(
  cluster: LocalCluster,
  node: NodeProcess,
  after: Figures['after'],
  { keys }: StartupOptions,
): Promise<Figures> {
  const client = cluster.client(node.name);
  const launchedAt = performance.now();
  await node.start();
  const readyMs = performance.now() - launchedAt;
  const { values } = await client.get(BUCKET, keyText(0));
  if (values.length !== 1) throw new Error(`${keyText(0)} is missing after a ${after}`);
  const firstGetMs = performance.now() - launchedAt;
  const ready = await rssAnonMiB(node.pid);
  for (let i = 0; i < GETS; i++) {
    await client.get(BUCKET, keyText(Math.floor(Math.random() * keys)));
  }
  const afterGets = await rssAnonMiB(node.pid);
  let listed = 0;
  for await (const _ of client.keys(BUCKET)) listed++;
  if (listed !== keys) throw new Error(`${listed} keys are listed, not ${keys}`);
  const afterListing = await rssAnonMiB(node.pid);
  return { after, readyMs, firstGetMs, rssAnonMiB: { ready, afterGets, afterListing } };
}

async function rssAnonMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

function figureLines(figures: readonly Figures[], options: StartupOptions): readonly string[] {
  const { keys, valueBytes } = options;
  const lines = [`One node with ${keys} keys of ${valueBytes} bytes, started`];
  for (const { after, readyMs, firstGetMs, rssAnonMiB } of figures) {
    const { ready, afterGets, afterListing } = rssAnonMiB;
    lines.push(
      `  after a ${after}: ready in ${readyMs.toFixed(0)} ms, first value read after ${firstGetMs.toFixed(0)} ms; ` +
        `RssAnon ${ready.toFixed(0)} MiB when ready, ${afterGets.toFixed(0)} after ${GETS} gets, ` +
        `${afterListing.toFixed(0)} after listing all keys`,
    );
  }
  return lines;
}
