/**
 * Redis on this machine: a primary with an append-only file that is synced every second, its
 * default, and replicas that follow it asynchronously.
 */

import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePorts } from '../../../cluster/free-ports.ts';
import { waitFor } from '../../../cluster/wait-for.ts';
import { outputOf, PeerProcess } from '../../peer-process.ts';

const HOST = '127.0.0.1';
const READY_MS_MAX = 20_000;

export interface RedisServers {
  readonly host: string;
  /** Of the primary. */
  readonly port: number;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** Undefined where there is no Redis on the PATH. */
export function redisVersion(): string | undefined {
  return /v=(\S+)/.exec(outputOf('redis-server', ['--version']) ?? '')?.[1];
}

/** Resolves when every replica follows. */
export async function startRedis(nodes: number, parentDirectory: string): Promise<RedisServers> {
  const ports = await freePorts(nodes);
  const [primary = 0] = ports;
  const processes = await Promise.all(
    ports.map(async (port, i) => {
      const directory = join(parentDirectory, `redis-${i + 1}`);
      await mkdir(directory, { recursive: true });
      const options = [
        ...['--port', String(port), '--bind', HOST, '--dir', directory],
        ...['--appendonly', 'yes', '--save', ''],
        ...(i === 0 ? [] : ['--replicaof', `${HOST} ${primary}`]),
      ];
      return PeerProcess.launch('redis-server', options, join(directory, 'log'));
    }),
  );
  const stop = async () => {
    await Promise.all(processes.map((one) => one.end()));
  };
  try {
    const isReady = async () =>
      (await replicationOf(primary)).split('state=online').length === nodes;
    await waitFor(`Redis on port ${primary} with its replicas`, READY_MS_MAX, isReady);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: HOST, port: primary, pids: processes.map(({ pid }) => pid), stop };
}

/** What `INFO replication` answers. */
function replicationOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, HOST, () => socket.write('INFO replication\r\nQUIT\r\n'));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}
