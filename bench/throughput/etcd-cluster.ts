/** A cluster of etcd on this machine, as its own settings have it: every write is synced. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { freePorts } from '../../cluster/free-ports.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { outputOf, PeerProcess } from '../peer-process.ts';
import type { Contestant } from './contestant.ts';

const HOST = '127.0.0.1';
const READY_MS_MAX = 20_000;

/** Undefined where there is no etcd on the PATH. */
export function etcdVersion(): string | undefined {
  return /etcd Version: (\S+)/.exec(outputOf('etcd', ['--version']) ?? '')?.[1];
}

export async function startEtcd(nodes: number, parentDirectory: string): Promise<Contestant> {
  await mkdir(parentDirectory, { recursive: true });
  const clientPorts = await freePorts(nodes);
  const peerUrls = (await freePorts(nodes)).map((port) => `http://${HOST}:${port}`);
  const members = peerUrls.map((url, i) => `${nameOf(i)}=${url}`).join(',');
  const children = clientPorts.map((port, i) => {
    const clientUrl = `http://${HOST}:${port}`;
    const peerUrl = peerUrls[i] as string;
    const logFile = join(parentDirectory, `${nameOf(i)}.log`);
    const options = [
      ...['--name', nameOf(i), '--data-dir', join(parentDirectory, nameOf(i))],
      ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
      ...['--initial-cluster', members, '--initial-cluster-state', 'new'],
    ];
    return PeerProcess.launch('etcd', options, logFile);
  });
  const stop = async () => {
    await Promise.all(children.map((child) => child.end()));
  };
  try {
    await Promise.all(clientPorts.map((port) => waitUntilHealthy(port)));
  } catch (error) {
    await stop();
    throw error;
  }
  const targets = clientPorts.map((port) => ({ host: HOST, port }));
  const pids = children.map(({ pid }) => pid);
  return { name: 'etcd', api: 'etcd', targets, pids, stop };
}

function nameOf(i: number): string {
  return `etcd-${i + 1}`;
}

function waitUntilHealthy(port: number): Promise<void> {
  return waitFor(`etcd on port ${port} to be healthy`, READY_MS_MAX, async () => {
    const { statusCode, body } = await request(`http://${HOST}:${port}/health`);
    const text = await body.text();
    return statusCode === 200 && text.includes('"true"');
  });
}
