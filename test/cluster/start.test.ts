/** `quorate start`: what it refuses, and how a node ends. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../cluster/free-ports.ts';
import { NodeProcess, QUORATE_COMMAND } from '../../cluster/node-process.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { NodeClient } from '../../src/client/http-client.ts';
import { quorate, testCluster, testDirectory } from './harness.ts';

/** Options of a node that could start. */
async function lonelyNode(name = 'n1') {
  const directory = await testDirectory();
  const [clientPort = 0, peerPort = 0] = await freePorts(2);
  const members = `${name}=127.0.0.1:${peerPort}`;
  const data = join(directory, name);
  const args = ['start', '--name', name, '--data', data, '--members', members];
  return { directory, data, clientPort, peerPort, members, name, args };
}

async function startedNode(startOptions: readonly string[] = []): Promise<NodeProcess> {
  const { name, clientPort, members, directory } = await lonelyNode();
  const options = { name, clientPort, members, parentDirectory: directory, startOptions };
  const node = new NodeProcess(options);
  onTestFinished(() => node.kill());
  await node.start();
  return node;
}

describe('options', () => {
  it.each([
    [['--port', '0'], 'Give a port from 1 to 65535'],
    [['--port', '8l01'], "'8l01'"],
    [['--partitions', '48'], 'power of two'],
    [['--replication-factor', '10'], 'replicas from 1 to 9'],
    [['--value-bytes-max', '16777217'], 'bytes from 1 to 16777216'],
    [['--bucket', 'b:n=0'], 'n=NUMBER'],
    [['--bucket', 'b:q=1'], '"q=1"'],
    [['--bucket', 'b:n=4'], 'replication factor 3'],
    [['--bucket', 'b', '--bucket', 'b'], 'given twice'],
    [['--name', 'n 1'], 'letters, digits'],
    [['--name', 'n9'], '--name n9 is not in --members (n1)'],
    [['--members', 'n1'], 'NAME=HOST:PEERPORT'],
    [['--members', 'n1=127.0.0.1:1,n1=127.0.0.1:2'], 'two members are named "n1"'],
    [['--secret-file', '/nowhere/at/all'], '--secret-file /nowhere/at/all cannot be read'],
    [['--log-level', 'loud'], 'debug, info, warn, error, silent'],
    [['--data', QUORATE_COMMAND], `--data ${QUORATE_COMMAND} is not a directory`],
    [['--host', '0.0.0.0'], 'without authentication and TLS'],
    [['--members', 'n1=192.0.2.1:9101'], 'n1 in --members would listen on 192.0.2.1'],
  ])('%j is refused', async (wrong, explanation) => {
    const { args } = await lonelyNode();
    const { code, stderr } = await quorate([...args, ...wrong]);
    expect(stderr).toContain(explanation);
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
    expect(code).toBe(2);
  });

  it('--insecure lets a node listen everywhere', async () => {
    const node = await startedNode(['--host', '0.0.0.0', '--insecure']);
    expect(await node.logTail()).toContain('http://0.0.0.0:');
  });
});

describe('what cannot be had', () => {
  it('a busy port is named, and nothing is left behind', async () => {
    const running = await startedNode();
    const port = new URL(running.url).port;
    const { args, data, name, clientPort } = await lonelyNode('n2');
    const busy = await quorate([...args, '--port', port]);
    expect(busy).toMatchObject({ code: 1 });
    expect(busy.stderr).toBe(
      `error: client port 127.0.0.1:${port} is in use: choose another one with --port\n`,
    );
    const peer = [
      'start',
      '--name',
      name,
      '--data',
      data,
      '--members',
      `${name}=127.0.0.1:${port}`,
      '--port',
      String(clientPort),
    ];
    const busyPeer = await quorate(peer);
    expect(busyPeer).toMatchObject({ code: 1 });
    expect(busyPeer.stderr).toBe(
      `error: peer port 127.0.0.1:${port} is in use: is n2 running already? If not, give it another port in --members, in the list of every node\n`,
    );
    expect(existsSync(data)).toBe(false);
  });

  it('one port for clients and for peers', async () => {
    const { args, data, peerPort } = await lonelyNode();
    const { code, stderr } = await quorate([...args, '--port', String(peerPort)]);
    expect(code).toBe(1);
    expect(stderr).toContain(`client port 127.0.0.1:${peerPort} is in use`);
    expect(existsSync(data)).toBe(false);
  });

  it('an address that is not of this machine', async () => {
    const { args, data } = await lonelyNode();
    const { code, stderr } = await quorate([...args, '--host', '192.0.2.1', '--insecure']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: client port 192\.0\.2\.1:8101 is not to be had: .*\n$/);
    expect(existsSync(data)).toBe(false);
  });

  it('a directory that another process uses', async () => {
    const cluster = await testCluster({ nodes: 1 });
    const { dataDirectory, pid } = cluster.node('n1');
    const { clientPort, members } = await lonelyNode();
    const args = ['start', '--name', 'n1', '--data', dataDirectory, '--members', members];
    const second = await quorate([...args, '--port', String(clientPort), '--partitions', '8']);
    expect(second).toMatchObject({ code: 1 });
    expect(second.stderr).toBe(`error: ${dataDirectory} is in use by process ${pid}\n`);
  });

  it('a directory of another cluster, or one that holds other files', async () => {
    const node = await startedNode();
    await node.stop();
    const { clientPort, members, directory } = await lonelyNode();
    const port = ['--port', String(clientPort)];
    const data = ['--data', node.dataDirectory];

    const cluster = await quorate([
      'start',
      '--name',
      'n1',
      '--members',
      members,
      '--partitions',
      '8',
      ...data,
      ...port,
    ]);
    expect(cluster).toMatchObject({ code: 1 });
    expect(cluster.stderr).toMatch(
      /^error: .* belongs to cluster .*zones.*--partitions.*--bucket.*--data\n$/,
    );

    await mkdir(join(directory, 'photos'));
    await writeFile(join(directory, 'photos', 'cat.jpg'), '');
    const foreign = await quorate([
      'start',
      '--name',
      'n1',
      '--members',
      members,
      '--data',
      join(directory, 'photos'),
      ...port,
    ]);
    expect(foreign).toMatchObject({ code: 1 });
    expect(foreign.stderr).toContain('cat.jpg');
  });

  it('nodes of different clusters do not speak to each other', async () => {
    const directory = await testDirectory();
    const [client1 = 0, client2 = 0, peer1 = 0, peer2 = 0] = await freePorts(4);
    const members = `n1=127.0.0.1:${peer1},n2=127.0.0.1:${peer2}`;
    const start = async (name: string, clientPort: number, partitions: string) => {
      const startOptions = ['--partitions', partitions];
      const options = { name, clientPort, members, parentDirectory: directory, startOptions };
      const node = new NodeProcess(options);
      onTestFinished(() => node.kill());
      await node.start();
      return node;
    };
    const [n1] = await Promise.all([start('n1', client1, '8'), start('n2', client2, '16')]);
    await waitFor('the refusal to be logged', 10_000, async () =>
      (await n1.logTail()).includes('this node belongs to cluster'),
    );
    const client = new NodeClient(n1.url);
    onTestFinished(() => client.close());
    expect((await client.status()).members[1]).toMatchObject({ id: 'n2', reachable: false });
  });
});

describe('the end of a node', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s stops it in order', async (signal) => {
    const node = await startedNode();
    const { ended } = node;
    process.kill(node.pid, signal);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(await node.logTail()).toContain('"event":"stopped"');
  });

  it('the log of a start that fails is shown without what earlier starts wrote', async () => {
    const node = await startedNode();
    await node.stop();
    await node.wipe();
    await writeFile(node.dataDirectory, 'a file where the directory should be');
    const failure = await node.start().catch((error: Error) => error.message);
    expect(failure).toContain('ended while it started (exit code 2)');
    expect(failure).toContain('  error: ');
    expect(failure).not.toContain('stopped');
  });

  it('a write that cannot be made durable ends it with 70 and without the clean-stop mark', async () => {
    const { args, clientPort, name, members, directory } = await lonelyNode();
    // No file may grow beyond a few megabytes: the store runs into that, as into a full disk.
    const limited = 'ulimit -f 4096; exec "$@"';
    const command = [process.execPath, QUORATE_COMMAND, ...args, '--port', String(clientPort)];
    const child = spawn('sh', ['-c', limited, 'sh', ...command], { stdio: 'pipe' });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const ended = once(child, 'exit');
    const output = text(child.stdout);
    const client = new NodeClient(`http://127.0.0.1:${clientPort}`);
    onTestFinished(() => client.close());
    await waitFor('the node to be ready', 10_000, async () => (await client.status()).ready);

    const acknowledged: string[] = [];
    const value = 'x'.repeat(500_000);
    try {
      for (let i = 0; i < 100; i++) {
        await client.put('full', `k${i}`, value);
        acknowledged.push(`k${i}`);
      }
    } catch {
      // The write that failed, or the one after it, found the node gone.
    }
    expect(await ended).toEqual([70, null]);
    expect(await output).toContain('stopping at once');

    const options = { name, clientPort, members, parentDirectory: directory, startOptions: [] };
    const node = new NodeProcess(options);
    onTestFinished(() => node.kill());
    await node.start();
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const key of acknowledged) {
      expect((await client.get('full', key)).values).toHaveLength(1);
    }
  });
});
