/** Starts and stops the processes of the bare baseline, as `cluster/` does those of Quorate. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compiledModule } from '../../cluster/compiled-module.ts';
import { freePorts } from '../../cluster/free-ports.ts';
import { ServerProcess } from '../../cluster/server-process.ts';
import type { Contestant } from './contestant.ts';

const NODE_FILE = compiledModule('bench/throughput/baseline-node');

export async function startBaseline(nodes: number, parentDirectory: string): Promise<Contestant> {
  await mkdir(parentDirectory, { recursive: true });
  const clientPorts = await freePorts(nodes);
  const peerPorts = await freePorts(nodes);
  const processes = clientPorts.map((clientPort, i) => {
    const name = `baseline-${i + 1}`;
    const others = peerPorts.filter((_, other) => other !== i);
    return new ServerProcess({
      name,
      script: NODE_FILE,
      arguments: [
        join(parentDirectory, name),
        ...[clientPort, peerPorts[i], ...others].map(String),
      ],
      logFile: join(parentDirectory, `${name}.log`),
      readyUrl: `http://127.0.0.1:${clientPort}/readyz`,
    });
  });
  const stop = async () => {
    await Promise.all(processes.map((process) => process.stop()));
  };
  try {
    await Promise.all(processes.map((process) => process.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  const targets = clientPorts.map((port) => ({ host: '127.0.0.1', port }));
  const pids = processes.map(({ pid }) => pid);
  return { name: 'baseline', api: 'dynamo', targets, pids, stop };
}
