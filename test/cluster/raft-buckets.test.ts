/**
 * Raft buckets over real sockets and disks while nodes are killed: what clients saw is
 * linearizable, and who counts has counted right.
 */

import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { isMismatch, type Operation } from '../../src/checkers/history.ts';
import { decodeHistory, encodeHistory } from '../../src/checkers/history-codec.ts';
import { Recorder } from '../../src/checkers/recorder.ts';
import { SeededRandom } from '../../src/sim/seeded-random.ts';
import { violationsOf } from '../sim/histories.ts';
import { CountingClient } from '../sim/raft-buckets/counting-client.ts';
import { countHistory } from '../sim/raft-buckets/coverage.ts';
import { RecordingClient } from '../sim/raft-buckets/recording-client.ts';
import { createBucket, leaderOf, quorate, testCluster, testDirectory } from './harness.ts';
import { HttpAccess } from './http-access.ts';

const CLIENTS = 6;
const BUCKET = 'precious';
/** Few, so that operations meet. */
const KEYS = ['a', 'b', 'c'];
const PAUSE_MS_MAX = 20;
/** After a failure: a node that is down would otherwise have most of the operations. */
const BACK_OFF_MS_MAX = 60;
/** Acknowledged before and after whatever befalls a node. */
const WRITES_BETWEEN = 40;

it('raft buckets are linearizable while nodes are killed and come back', async () => {
  const cluster = await testCluster();
  await createBucket(cluster.node('n1').url, BUCKET, { mode: 'raft' });
  const traffic = new Traffic(cluster);
  await traffic.moreWrites();
  for (const who of ['leader', 'follower', 'leader', 'everybody'] as const) {
    const victims = await victimsOf(cluster, who);
    await Promise.all(victims.map((name) => kill(cluster, name)));
    if (who !== 'everybody') await traffic.moreWrites();
    await Promise.all(victims.map((name) => cluster.node(name).start()));
    await traffic.moreWrites();
  }
  await traffic.stop();
  await traffic.readEverywhere();
  await traffic.readCounts();

  const file = join(await testDirectory(), 'history.jsonl');
  await writeFile(file, encodeHistory(traffic.recorder.history()));
  const history = decodeHistory(await readFile(file, 'utf8'));
  expect(countHistory(history.operations)).toMatchObject({
    conditionsMet: expect.toSatisfy(isPositive),
    conditionsFailed: expect.toSatisfy(isPositive),
    readsOfValues: expect.toSatisfy(isPositive),
    writesUnknown: expect.toSatisfy(isPositive),
  });
  expect(violationsOf(history, ['linearizable'], 'versioned')).toEqual([]);
  const { operations } = history;
  const { code, stdout } = await quorate(['check', file]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^ok +linearizable/) });

  await writeFile(file, encodeHistory({ operations: [...operations, staleRead(operations)] }));
  const tampered = await quorate(['check', file]);
  expect(tampered.code).toBe(1);
  expect(tampered.stdout).toMatch(/^VIOLATED +linearizable/);
});

type Role = 'leader' | 'follower' | 'everybody';

async function victimsOf(cluster: LocalCluster, who: Role): Promise<readonly string[]> {
  const names = cluster.nodes.map(({ name }) => name);
  if (who === 'everybody') return names;
  const leader = await leaderOf(cluster, 'n1');
  return names.filter((name) => (name === leader) === (who === 'leader')).slice(0, 1);
}

async function kill(cluster: LocalCluster, name: string): Promise<void> {
  const { ended } = cluster.node(name);
  await cluster.node(name).kill();
  expect(await ended).toEqual({ code: null, signal: 'SIGKILL' });
}

/** Concurrent clients, each at any of the nodes, until stopped. */
class Traffic {
  readonly recorder = new Recorder(() => performance.now());
  readonly #cluster: LocalCluster;
  readonly #random = new SeededRandom(randomInt(2 ** 31));
  readonly #work: readonly Promise<void>[];
  readonly #counter: CountingClient;
  #going = true;

  constructor(cluster: LocalCluster) {
    this.#cluster = cluster;
    const world = { recorder: this.recorder, wallTime: () => Date.now() };
    this.#counter = new CountingClient(CLIENTS, world, this.#random.fork());
    const working = Array.from({ length: CLIENTS }, (_, process) => this.#run(process));
    this.#work = [...working, this.#count()];
    onTestFinished(() => this.stop());
  }

  /** Resolves when so many writes that begin from now on have been acknowledged. */
  moreWrites(): Promise<void> {
    const from = performance.now();
    const isCounted = (operation: Operation) =>
      operation.invoke >= from && isAcknowledgedWrite(operation);
    return waitFor(`${WRITES_BETWEEN} more writes`, 15_000, () => {
      return this.recorder.operations.filter(isCounted).length >= WRITES_BETWEEN;
    });
  }

  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#work);
  }

  async readEverywhere(): Promise<void> {
    const client = this.#newClient(CLIENTS + 1);
    for (const { name } of this.#cluster.nodes) {
      for (const key of KEYS) expect(await client.read(this.#access(name), key)).toBe('ok');
    }
  }

  /** What was in doubt is known by now. */
  async readCounts(): Promise<void> {
    const { key, counts } = this.#counter;
    expect(counts).toMatchObject({
      increments: expect.toSatisfy(isPositive),
      answersRepeated: expect.toSatisfy(isPositive),
    });
    const client = this.#newClient(CLIENTS + 1);
    for (const { name } of this.#cluster.nodes) {
      const access = this.#access(name);
      if (!this.#counter.isCertain) expect(await this.#counter.goOn(access)).toBe(true);
      expect(await client.read(access, key)).toBe('ok');
    }
  }

  async #count(): Promise<void> {
    const random = this.#random.fork();
    while (this.#going) {
      const { name } = random.pick(this.#cluster.nodes);
      const answered = await this.#counter.step(this.#access(name));
      await sleep(random.float() * (answered ? PAUSE_MS_MAX : BACK_OFF_MS_MAX));
    }
  }

  async #run(process: number): Promise<void> {
    const random = this.#random.fork();
    const client = this.#newClient(process);
    while (this.#going) {
      const { name } = random.pick(this.#cluster.nodes);
      const outcome = await client.doSomething(this.#access(name), random.pick(KEYS));
      await sleep(random.float() * (outcome === 'ok' ? PAUSE_MS_MAX : BACK_OFF_MS_MAX));
    }
  }

  #newClient(process: number): RecordingClient {
    return new RecordingClient(process, this.recorder, this.#random.fork());
  }

  #access(name: string): HttpAccess {
    return new HttpAccess(name, BUCKET, this.#cluster.client(name));
  }
}

function isAcknowledgedWrite(operation: Operation): boolean {
  const isWrite = operation.op === 'write' || operation.op === 'delete';
  return isWrite && operation.outcome === 'ok' && !isMismatch(operation);
}

function isPositive(count: number): boolean {
  return count > 0;
}

/** After everything else: what the first acknowledged write of a key wrote, long replaced. */
function staleRead(history: readonly Operation[]): Operation {
  const first = history.find((one) => one.op === 'write' && isAcknowledgedWrite(one));
  if (first?.op !== 'write') throw new Error('nothing was written');
  const { process, key, value } = first;
  const version = first.output?.version as number;
  const end = Math.max(...history.map(({ complete }) => complete ?? 0));
  const times = { invoke: end + 1, complete: end + 2 };
  return { process, key, op: 'read', ...times, outcome: 'ok', output: { value, version } };
}
