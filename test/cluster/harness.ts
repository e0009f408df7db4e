/** What tests with real processes share: clusters that end with the test, and the command. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { request } from 'undici';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { freePorts } from '../../cluster/free-ports.ts';
import {
  type LocalCluster,
  type LocalClusterOptions,
  startCluster,
} from '../../cluster/local-cluster.ts';
import {
  NodeProcess,
  type NodeProcessOptions,
  QUORATE_COMMAND,
} from '../../cluster/node-process.ts';
import { ServerProcess } from '../../cluster/server-process.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { GetAnswer } from '../../src/client/answers.ts';
import { NodeClient } from '../../src/client/http-client.ts';
import { QuorateError } from '../../src/kernel/errors.ts';
import { voterTarget } from '../../src/metadata/voters.ts';
import type { GroupStatus } from '../../src/node/index.ts';
import { checkCalls } from './checked-calls.ts';

/** A cluster of this test alone, in which any minority of the nodes may fail. */
export async function testCluster(
  options: Partial<LocalClusterOptions> = {},
): Promise<LocalCluster> {
  checkCalls();
  const cluster = await startCluster({ nodes: 3, partitions: 8, ...options });
  onTestFinished(() => cluster.kill());
  await waitForVoters(cluster);
  return cluster;
}

/** Nodes serve before the metadata group has as many voters as it is to have. */
export async function waitForVoters({ nodes, urls }: LocalCluster): Promise<void> {
  const wanted = voterTarget(nodes.length);
  for (const url of urls) {
    await waitFor(`${wanted} voters, as ${url} sees it`, 20_000, async () => {
      const { voters, outgoing } = await raftStatus(url);
      return voters.length === wanted && outgoing.length === 0;
    });
  }
}

/** Kill -9; resolves when every node that still runs knows of it. */
export async function killNodes(cluster: LocalCluster, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => cluster.node(name).kill()));
  for (const observer of cluster.nodes.filter((node) => node.isRunning)) {
    for (const name of names) await cluster.waitUntilReachable(observer.name, name, false);
  }
}

/** For the tests of a file that are about reaping: its nodes do it about once a second. */
export function reapQuickly(): void {
  const { NODE_OPTIONS } = process.env;
  beforeAll(() => {
    const preload = new URL('./quick-reaping.mjs', import.meta.url);
    process.env.NODE_OPTIONS = `${NODE_OPTIONS ?? ''} --import ${preload.href}`.trim();
  });
  afterAll(() => {
    if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = NODE_OPTIONS;
  });
}

/** Resolves when all of them serve and reach each other and whoever else runs. */
export async function startNodes(cluster: LocalCluster, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => cluster.node(name).start()));
  await cluster.waitUntilConnected();
}

/** For an election: many times what it takes on an idle machine. */
export const ELECTION_MS_MAX = 8_000;

/** Of the metadata group, as the observer sees it; waits for one. */
export async function leaderOf(cluster: LocalCluster, observer: string): Promise<string> {
  let leader: string | null = null;
  await waitFor('a leader', ELECTION_MS_MAX, async () => {
    leader = (await cluster.client(observer).status()).leader;
    return leader !== null;
  });
  return leader ?? '';
}

async function raftStatus(url: string): Promise<GroupStatus> {
  const { statusCode, body } = await request(`${url}/cluster/raft`);
  const answer = await body.text();
  if (statusCode !== 200) throw new Error(`${url} does not tell of its group: ${answer}`);
  return JSON.parse(answer) as GroupStatus;
}

/** A directory of this test alone. */
export async function testDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'quorate-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A process of this test alone, not started yet: n1 in a directory of its own. */
export async function testNode(options: Partial<NodeProcessOptions> = {}): Promise<NodeProcess> {
  const [clientPort = 0, peerPort = 0] = await freePorts(2);
  const node = new NodeProcess({
    name: 'n1',
    clientPort,
    peerPort,
    parentDirectory: options.parentDirectory ?? (await testDirectory()),
    startOptions: [],
    ...options,
  });
  onTestFinished(() => node.kill());
  return node;
}

/** A node whose directory says everything, to be started with nothing else but `more`. */
export function testRestart(node: NodeProcess, more: readonly string[] = []): ServerProcess {
  const restarted = new ServerProcess({
    name: node.name,
    script: QUORATE_COMMAND,
    arguments: ['start', '--data', node.dataDirectory, ...more],
    logFile: node.logFile,
    readyUrl: `${node.url}/readyz`,
  });
  onTestFinished(() => restarted.kill());
  return restarted;
}

/** A client of this test alone. */
export function testClient(url: string): NodeClient {
  checkCalls();
  const client = new NodeClient(url);
  onTestFinished(() => client.close());
  return client;
}

/** `quorate start --join` as far as it gets: for nodes that are expected to be refused. */
export async function joinAs(
  name: string,
  member: string,
  more: readonly string[] = [],
): Promise<CommandResult> {
  const data = join(await testDirectory(), name);
  const [clientPort, peerPort] = await freePorts(2);
  const ports = ['--port', String(clientPort), '--peer-port', String(peerPort)];
  return quorate(['start', '--name', name, '--data', data, '--join', member, ...ports, ...more]);
}

export async function createBucket(url: string, name: string, settings: object): Promise<void> {
  const { statusCode, body } = await request(`${url}/buckets/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(settings),
  });
  const answer = await body.text();
  if (statusCode >= 300) throw new Error(`bucket ${name} was not created: ${answer}`);
}

export function valuesOf({ values }: GetAnswer): readonly string[] {
  return values.map(({ value }) => Buffer.from(value).toString('utf8')).sort();
}

/** The error with which a node answers, for a test that expects one. */
export async function refusalOf(answer: Promise<unknown>): Promise<QuorateError> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof QuorateError) return error;
    throw error;
  }
  throw new Error('the request succeeded');
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `quorate` to its end. */
export async function quorate(args: readonly string[], input = ''): Promise<CommandResult> {
  const { child, result } = launch(args, input);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return result;
}

/** A process takes long to start and waits meanwhile: two cores have room for so many. */
const COMMANDS_AT_ONCE = 3;

/**
 * For commands that change nothing and are judged one by one: they run several at a time,
 * before the tests of this `describe`. Returns how each of them ended.
 */
export function commandsAhead(
  commands: readonly (readonly string[])[],
  argsOf: (command: readonly string[]) => readonly string[] = (command) => command,
): (command: readonly string[]) => CommandResult {
  const results = new Map<readonly string[], CommandResult>();
  const running = new Set<ChildProcess>();
  beforeAll(async () => {
    const waiting = [...commands];
    const runAll = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { child, result } = launch(argsOf(next), '');
        running.add(child);
        results.set(next, await result);
        running.delete(child);
      }
    };
    await Promise.all(Array.from({ length: COMMANDS_AT_ONCE }, runAll));
  });
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
  });
  return (command) => {
    const result = results.get(command);
    if (result === undefined) throw new Error(`quorate ${command.join(' ')} was not run ahead`);
    return result;
  };
}

function launch(args: readonly string[], input: string) {
  const child = spawn(process.execPath, [QUORATE_COMMAND, ...args], { stdio: 'pipe' });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stdin.on('error', () => {}).end(input);
  const result = Promise.all([text(child.stdout), text(child.stderr), ended]).then(
    ([stdout, stderr, code]): CommandResult => ({ code, stdout, stderr }),
  );
  return { child, result };
}
