/**
 * How long the metadata group is without a leader after a kill -9, and what requests for
 * dynamo buckets notice of it.
 *
 * Three nodes. The leader is killed, and from then on a put of a key in a raft bucket is begun
 * every few milliseconds at one survivor after the other, none waiting for an earlier one: the
 * time runs until the first is acknowledged, which only a new leader can bring about. All the
 * while the two nodes that do not lead get a trickle of puts and gets with quorums; gets ask
 * for the put acknowledged last, and a get without its value has failed.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { type LocalCluster, startCluster } from '../cluster/local-cluster.ts';
import type { NodeClient } from '../src/client/http-client.ts';
import { type BenchmarkOptions, benchmarkCommand, runBenchmark } from './benchmark.ts';
import { count, print } from './command-line.ts';
import { agreedLeader, clientsOf } from './group-watch.ts';
import { spreadOf } from './throughput/spread.ts';

const NODES = 3;
const RAFT_BUCKET = 'raft';
const DYNAMO_BUCKET = 'trickle';
const TRICKLE_EVERY_MS = 5;
const ATTEMPT_EVERY_MS = 5;
const ATTEMPTS_MS_MAX = 60_000;
/** Of undisturbed trickle between a return and the next kill. */
const PAUSE_MS = 500;

interface LeaderLossOptions extends BenchmarkOptions {
  readonly kills: number;
}

/** One request of the trickle. */
interface Sample {
  readonly startedAt: number;
  readonly elapsedMs: number;
  /** What went wrong. */
  readonly fault: string | undefined;
}

interface Loss {
  readonly killed: string;
  readonly successor: string | null;
  readonly startedAt: number;
  readonly elapsedMs: number;
}

export function addLeaderLossCommand(program: Command): void {
  benchmarkCommand(program, 'leader-loss')
    .description('three nodes, kill -9 of the leader: time until a command commits again')
    .option('--kills <n>', 'one after the other, each time the node comes back', count, 20)
    .action(runLeaderLoss);
}

function runLeaderLoss(options: LeaderLossOptions): Promise<void> {
  return runBenchmark('leader-loss', options, async (directory) => {
    const cluster = await startCluster({ nodes: NODES, dataDirectory: directory });
    const losses: Loss[] = [];
    const trickle = new Trickle();
    try {
      await cluster.client('n1').putBucket(RAFT_BUCKET, { mode: 'raft' });
      for (let i = 0; i < options.kills; i++) {
        losses.push(await loseLeader(cluster, trickle));
        print(lossLine(i, losses.at(-1) as Loss, trickle.samples));
      }
    } finally {
      await trickle.end();
      await cluster.close();
    }
    const { samples } = trickle;
    const outages = losses.map((loss) => ({ ...loss, trickle: tallyOf(during(loss, samples)) }));
    return { lines: figureLines(losses, samples), report: { nodes: NODES, outages } };
  });
}

async function loseLeader(cluster: LocalCluster, trickle: Trickle): Promise<Loss> {
  const killed = await agreedLeader(clientsOf(cluster));
  const survivors = cluster.nodes.filter(({ name }) => name !== killed);
  const clients = survivors.map(({ name }) => cluster.client(name));
  trickle.goThrough(clients);
  await sleep(PAUSE_MS);
  const startedAt = performance.now();
  await cluster.node(killed).kill();
  await firstCommit(clients);
  const elapsedMs = performance.now() - startedAt;
  const { leader } = await (clients[0] as NodeClient).status();
  await cluster.node(killed).start();
  await cluster.waitUntilConnected();
  return { killed, successor: leader === killed ? null : leader, startedAt, elapsedMs };
}

/** Resolves with the first acknowledgement; attempts that lose are waited for no longer. */
async function firstCommit(clients: readonly NodeClient[]): Promise<void> {
  const deadline = performance.now() + ATTEMPTS_MS_MAX;
  let committed = false;
  let lastError: unknown;
  const attempt = async (client: NodeClient) => {
    try {
      await client.put(RAFT_BUCKET, 'after-the-leader', 'x');
      committed = true;
    } catch (error) {
      lastError = error;
    }
  };
  let wake = () => {};
  for (let i = 0; !committed; i++) {
    if (performance.now() > deadline) {
      throw new Error(`no command committed in ${ATTEMPTS_MS_MAX} ms`, { cause: lastError });
    }
    void attempt(clients[i % clients.length] as NodeClient).then(() => {
      if (committed) wake();
    });
    await new Promise<void>((done) => {
      const timer = setTimeout(done, ATTEMPT_EVERY_MS);
      wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}

/** A put, a get, a put, ...: one every few milliseconds, through the nodes in turn. */
class Trickle {
  readonly samples: Sample[] = [];
  readonly #running = new Set<Promise<void>>();
  #clients: readonly NodeClient[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #newest: string | undefined;

  goThrough(clients: readonly NodeClient[]): void {
    this.#clients = clients;
    this.#timer ??= setInterval(() => this.#send(), TRICKLE_EVERY_MS);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
  }

  #send(): void {
    const number = this.#sent++;
    // Pairs of a put and a get go to one node, the next pair to the other.
    const client = this.#clients[(number >> 1) % this.#clients.length] as NodeClient;
    const newest = this.#newest;
    const request =
      number % 2 === 0 || newest === undefined ? this.#put(client) : get(client, newest);
    const startedAt = performance.now();
    const settled = (fault: string | undefined) => {
      this.samples.push({ startedAt, elapsedMs: performance.now() - startedAt, fault });
    };
    const running = request.then(
      () => settled(undefined),
      (error: unknown) => settled(error instanceof Error ? error.message : String(error)),
    );
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  async #put(client: NodeClient): Promise<void> {
    const key = `key-${this.#sent}`;
    await client.put(DYNAMO_BUCKET, key, key, { w: 'quorum' });
    this.#newest = key;
  }
}

async function get(client: NodeClient, key: string): Promise<void> {
  const { values } = await client.get(DYNAMO_BUCKET, key, { r: 'quorum' });
  if (values.length !== 1) throw new Error(`${values.length} values of ${key}`);
}

/** Requests that were begun or not yet answered while nobody led. */
function during({ startedAt, elapsedMs }: Loss, samples: readonly Sample[]): readonly Sample[] {
  return samples.filter((sample) => {
    const endedAt = sample.startedAt + sample.elapsedMs;
    return sample.startedAt < startedAt + elapsedMs && endedAt > startedAt;
  });
}

interface Tally {
  readonly requests: number;
  readonly failed: number;
  readonly medianMs: number;
  readonly maxMs: number;
  readonly faults: Readonly<Record<string, number>>;
}

function tallyOf(samples: readonly Sample[]): Tally {
  const faults: Record<string, number> = {};
  for (const { fault } of samples) {
    if (fault !== undefined) faults[fault] = (faults[fault] ?? 0) + 1;
  }
  const failed = samples.filter(({ fault }) => fault !== undefined).length;
  const { median, max } = spreadOf(samples.map(({ elapsedMs }) => elapsedMs));
  return { requests: samples.length, failed, medianMs: median, maxMs: max, faults };
}

function lossLine(i: number, loss: Loss, samples: readonly Sample[]): string {
  const { requests, failed, maxMs } = tallyOf(during(loss, samples));
  return (
    `kill ${i + 1}: ${loss.killed} led, ${loss.successor ?? 'unknown'} follows; committed after ` +
    `${loss.elapsedMs.toFixed(0)} ms; dynamo failed ${failed}/${requests}, slowest ${maxMs.toFixed(0)} ms`
  );
}

function figureLines(losses: readonly Loss[], samples: readonly Sample[]): readonly string[] {
  const { median, min, max } = spreadOf(losses.map(({ elapsedMs }) => elapsedMs));
  const hit = new Set(losses.flatMap((loss) => during(loss, samples)));
  const rest = samples.filter((sample) => !hit.has(sample));
  return [
    `${losses.length} times kill -9 of the leader of three nodes`,
    '',
    'from the kill to the first acknowledged put in a raft bucket',
    `  median ${median.toFixed(0)} ms, min ${min.toFixed(0)} ms, max ${max.toFixed(0)} ms`,
    `dynamo puts and gets (W = R = quorum, at most one every ${TRICKLE_EVERY_MS} ms through the survivors)`,
    `  in flight during the outages:  ${tallyText(tallyOf([...hit]))}`,
    `  at other times, returns included: ${tallyText(tallyOf(rest))}`,
  ];
}

function tallyText({ requests, failed, medianMs, maxMs, faults }: Tally): string {
  const what = Object.entries(faults).map(([fault, times]) => `${times} x ${fault}`);
  const text = `failed ${failed}/${requests}, median ${medianMs.toFixed(1)} ms, max ${maxMs.toFixed(0)} ms`;
  return [text, ...what].join('; ');
}
