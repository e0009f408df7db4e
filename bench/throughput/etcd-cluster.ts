/** A cluster of etcd on this machine, as its own settings have it: every write is synced. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { freePorts } from '../../cluster/free-ports.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { Contestant } from './contestant.ts';

const HOST = '127.0.0.1';
const READY_MS_MAX = 20_000;
const STOP_MS_MAX = 5_000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Undefined where there is no etcd on the PATH. */
export function etcdVersion(): string | undefined {
  const { status, stdout } = spawnSync('etcd', ['--version'], { encoding: 'utf8' });
  return status === 0 ? /etcd Version: (\S+)/.exec(stdout)?.[1] : undefined;
}

export async function startEtcd(nodes: number, parentDirectory: string): Promise<Contestant> {
  // etcd holds no channel to this process: without this a signal would leave it running.
  for (const signal of SIGNALS) process.once(signal, () => process.exit(1));
  await mkdir(parentDirectory, { recursive: true });
  const clientPorts = await freePorts(nodes);
  const peerUrls = (await freePorts(nodes)).map((port) => `http://${HOST}:${port}`);
  const members = peerUrls.map((url, i) => `${nameOf(i)}=${url}`).join(',');
  const children = clientPorts.map((port, i) => {
    const clientUrl = `http://${HOST}:${port}`;
    const peerUrl = peerUrls[i] as string;
    return launch(join(parentDirectory, `${nameOf(i)}.log`), [
      ...['--name', nameOf(i), '--data-dir', join(parentDirectory, nameOf(i))],
      ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
      ...['--initial-cluster', members, '--initial-cluster-state', 'new'],
    ]);
  });
  const stop = async () => {
    await Promise.all(children.map(end));
  };
  try {
    await Promise.all(clientPorts.map((port) => waitUntilHealthy(port)));
  } catch (error) {
    await stop();
    throw error;
  }
  const targets = clientPorts.map((port) => ({ host: HOST, port }));
  const pids = children.map(({ pid }) => pid as number);
  return { name: 'etcd', api: 'etcd', targets, pids, stop };
}

function nameOf(i: number): string {
  return `etcd-${i + 1}`;
}

function launch(logFile: string, options: readonly string[]): ChildProcess {
  const log = openSync(logFile, 'a');
  const child = spawn('etcd', options, { stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  running.add(child);
  const gone = () => running.delete(child);
  child.once('exit', gone);
  child.once('error', gone);
  return child;
}

function waitUntilHealthy(port: number): Promise<void> {
  return waitFor(`etcd on port ${port} to be healthy`, READY_MS_MAX, async () => {
    const { statusCode, body } = await request(`http://${HOST}:${port}/health`);
    const text = await body.text();
    return statusCode === 200 && text.includes('"true"');
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
  await ended;
  clearTimeout(limit);
}
