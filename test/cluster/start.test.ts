/** `quorate start`: what it refuses, and how a node ends. */

import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../cluster/free-ports.ts';
import { type NodeProcess, QUORATE_COMMAND } from '../../cluster/node-process.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { NodeClient } from '../../src/client/http-client.ts';
import { openToOthers } from '../open-to-others.ts';
import { commandsAhead, quorate, testCluster, testDirectory, testNode } from './harness.ts';

/** Options of a node that could found a cluster. */
async function lonelyNode(name = 'n1') {
  const directory = await testDirectory();
  const [clientPort = 0, peerPort = 0] = await freePorts(2);
  const data = join(directory, name);
  const ports = ['--port', String(clientPort), '--peer-port', String(peerPort)];
  const args = ['start', '--name', name, '--data', data, ...ports];
  return { directory, data, clientPort, peerPort, name, args };
}

async function startedNode(startOptions: readonly string[] = []): Promise<NodeProcess> {
  const node = await testNode({ startOptions });
  await node.start();
  return node;
}

describe('options', () => {
  const wrong: readonly [readonly string[], string][] = [
    [['--port', '0'], 'Give a port from 1 to 65535'],
    [['--port', '8l01'], '--port 8l01 is wrong'],
    [['--partitions', '48'], 'power of two'],
    [['--replication-factor', '10'], 'replicas from 1 to 9'],
    [['--value-bytes-max', '16777217'], 'bytes from 1 to 16777216'],
    [['--expect', '0'], 'nodes from 1 to 1000'],
    [['--name', 'n 1'], 'letters, digits'],
    [['--zone', 'a zone'], 'letters, digits'],
    [['--join', 'n1'], 'HOST:PEERPORT'],
    [['--join', '127.0.0.1:0'], 'HOST:PEERPORT'],
    [['--members', 'n1=127.0.0.1:1'], "unknown option '--members'"],
    [['--bucket', 'b'], "unknown option '--bucket'"],
    [['--peer-port', '65536'], 'Give a port from 1 to 65535'],
    [['--secret-file', '/nowhere/at/all'], '--secret-file /nowhere/at/all cannot be read'],
    [['--log-level', 'loud'], 'debug, info, warn, error, silent'],
    [['--data', QUORATE_COMMAND], `--data ${QUORATE_COMMAND} is not a directory`],
    [['--host', '0.0.0.0'], 'without authentication and TLS'],
    [['--tls-cert', 'c.pem'], '--tls-cert c.pem needs --tls-key too'],
    [
      ['--peer-tls-key', 'k.pem'],
      '--peer-tls-key k.pem needs --peer-tls-cert and --peer-tls-ca too',
    ],
    [['--host', '0.0.0.0', '--insecure'], 'say with --advertise'],
  ];
  // All of them are refused before the directory is made.
  const untouched = join(tmpdir(), `quorate-untouched-${process.pid}`);
  const answerTo = commandsAhead(
    wrong.map(([args]) => args),
    (args) => ['start', '--name', 'n1', '--data', untouched, ...args],
  );

  it.each(wrong)('%j is refused', (args, explanation) => {
    const { code, stderr } = answerTo(args);
    expect(stderr).toContain(explanation);
    expect(stderr).toMatch(/^(error: [^\n]*\n)+$/);
    expect(code).toBe(2);
    expect(existsSync(untouched)).toBe(false);
  });

  it('a new directory needs a name', async () => {
    const data = join(await testDirectory(), 'new');
    const { code, stderr } = await quorate(['start', '--data', data]);
    expect(stderr).toBe(`error: ${data} is new: say with --name what this node is to be called\n`);
    expect(code).toBe(2);
    expect(existsSync(data)).toBe(false);
  });

  it('a client port without room for a peer port above it needs one', async () => {
    const data = join(await testDirectory(), 'n1');
    const high = ['--name', 'n1', '--data', data, '--port', '65000'];
    const { code, stderr } = await quorate(['start', ...high]);
    expect(stderr).toContain('give --peer-port');
    expect(code).toBe(2);
  });

  it('a secret file that is empty', async () => {
    const { args, directory } = await lonelyNode();
    const file = join(directory, 'secret');
    await writeFile(file, '\n', { mode: 0o600 });
    const { code, stderr } = await quorate([...args, '--secret-file', file]);
    expect(stderr).toContain(`--secret-file ${file} is empty`);
    expect(code).toBe(2);
  });

  it('a secret file that everybody may read', async () => {
    const { args, data, directory } = await lonelyNode();
    const file = join(directory, 'secret');
    await writeFile(file, 'hush', { mode: 0o644 });
    const { code, stderr } = await quorate([...args, '--secret-file', file]);
    expect(stderr).toContain(`${file} is open to everybody on this machine: chmod 600 ${file}`);
    expect(code).toBe(2);
    expect(existsSync(data)).toBe(false);
  });

  it('--insecure lets a node listen everywhere', async () => {
    const everywhere = ['--host', '0.0.0.0', '--advertise', '127.0.0.1'];
    const node = await startedNode([...everywhere, '--insecure']);
    expect(await node.logTail()).toContain('http://0.0.0.0:');
  });
});

it('nobody else may read what a node keeps', async () => {
  const node = await startedNode();
  const client = new NodeClient(node.url);
  await client.put('carts', 'alice', 'milk');
  await client.close();
  expect(await openToOthers(node.dataDirectory)).toEqual([]);
});

describe('a node without tokens', () => {
  it('is asked under its own hosts, and those that it is told of', async () => {
    const node = await startedNode(['--host-names', 'kv.test,store.test']);
    const statusAs = async (host: string) => {
      const { statusCode, body } = await request(`${node.url}/healthz`, { headers: { host } });
      await body.dump();
      return statusCode;
    };
    for (const host of ['localhost', 'kv.test', 'store.test:8101']) {
      expect(await statusAs(host)).toBe(200);
    }
    expect(await statusAs('evil.test')).toBe(403);
  });
});

describe('what cannot be had', () => {
  it('a busy port is named, and nothing is left behind', async () => {
    const running = await startedNode();
    const { port } = new URL(running.url);
    const { args, data } = await lonelyNode('n2');
    const [busy, busyPeer] = await Promise.all([
      quorate([...args, '--port', port]),
      quorate([...args, '--peer-port', port]),
    ]);
    expect(busy).toMatchObject({ code: 1 });
    expect(busy.stderr).toBe(
      `error: client port 127.0.0.1:${port} is in use: choose another one with --port\n`,
    );
    expect(busyPeer).toMatchObject({ code: 1 });
    expect(busyPeer.stderr).toBe(
      `error: peer port 127.0.0.1:${port} is in use: is n2 running already? If not, choose another one with --peer-port\n`,
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
    const { args, data, peerPort } = await lonelyNode();
    const { code, stderr } = await quorate([...args, '--host', '192.0.2.1', '--insecure']);
    expect(code).toBe(1);
    expect(stderr).toContain(`error: peer port 192.0.2.1:${peerPort} is not to be had: `);
    expect(existsSync(data)).toBe(false);
  });

  it('a directory that another process uses', async () => {
    const { dataDirectory, pid } = await startedNode();
    const [clientPort, peerPort] = await freePorts(2);
    const ports = ['--port', String(clientPort), '--peer-port', String(peerPort)];
    const second = await quorate(['start', '--data', dataDirectory, ...ports]);
    expect(second).toMatchObject({ code: 1 });
    expect(second.stderr).toBe(`error: ${dataDirectory} is in use by process ${pid}\n`);
  });

  it('a directory of a node of another name', async () => {
    const node = await startedNode();
    await node.stop();
    const other = await quorate(['start', '--name', 'n2', '--data', node.dataDirectory]);
    expect(other).toMatchObject({ code: 1 });
    expect(other.stderr).toBe(
      `error: ${node.dataDirectory} belongs to node "n1", not to "n2": leave --name away, or use another --data\n`,
    );
    await node.start();
  });

  it('a directory that holds other files', async () => {
    const { args, data } = await lonelyNode();
    await mkdir(data);
    await writeFile(join(data, 'cat.jpg'), '');
    const { code, stderr } = await quorate(args);
    expect(code).toBe(1);
    expect(stderr).toContain('cat.jpg');
    expect(await readdir(data)).toEqual(['cat.jpg']);
  });

  it('a directory in the format of an older version, or one that is not known yet', async () => {
    const { args, data } = await lonelyNode();
    const record = join(data, 'quorate.json');
    await mkdir(data);
    await writeFile(record, '{"format":1,"clusterId":"0123456789abcdef","name":"n1"}\n');
    const old = await quorate(args);
    expect(old).toMatchObject({ code: 1 });
    expect(old.stderr).toBe(
      `error: ${record} cannot be used: it was written by an older version, in format 1, which this version cannot read; start with an empty directory\n`,
    );
    await writeFile(record, '{"format":4}\n');
    const unknown = await quorate(args);
    expect(unknown).toMatchObject({ code: 1 });
    expect(unknown.stderr).toContain(
      'its format is 4, which a newer version wrote; this version understands format 3',
    );
    expect(await readdir(data)).toEqual(['quorate.json']);
  });

  it('nodes of different clusters do not speak to each other', async () => {
    const cluster = await testCluster({ nodes: 2 });
    const n2 = cluster.node('n2');
    await n2.stop();
    // Of the same name, at the same address: only its cluster is another.
    const stranger = await testNode({
      name: 'n2',
      clientPort: Number(new URL(n2.url).port),
      peerPort: Number(new URL(`http://${n2.peerAddress}`).port),
      startOptions: ['--partitions', '8'],
    });
    await stranger.start();
    const n1 = cluster.node('n1');
    await waitFor('the refusal to be logged', 10_000, async () =>
      (await readFile(n1.logFile, 'utf8')).includes('this node belongs to cluster'),
    );
    expect((await cluster.client('n1').status()).members).toMatchObject([
      { id: 'n1' },
      { id: 'n2', reachable: false },
    ]);
    expect((await cluster.client('n2').status()).members).toMatchObject([{ id: 'n2' }]);

    await stranger.stop();
    await n2.start();
    await cluster.waitUntilConnected();
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

  it('a write that cannot be made durable ends it with 70 and without the clean-stop mark: the next start has another lineage', async () => {
    const { args, clientPort, peerPort, directory } = await lonelyNode();
    // No file may grow beyond a few megabytes: the store runs into that, as into a full disk.
    const limited = 'ulimit -f 4096; exec "$@"';
    const command = [process.execPath, QUORATE_COMMAND, ...args];
    const child = spawn('sh', ['-c', limited, 'sh', ...command], { stdio: 'pipe' });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const ended = once(child, 'exit');
    const [output, errors] = [text(child.stdout), text(child.stderr)];
    const client = new NodeClient(`http://127.0.0.1:${clientPort}`);
    onTestFinished(() => client.close());
    await waitFor('the node to be ready', 20_000, async () => (await client.status()).ready);

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
    expect(await errors).toMatch(/^error: stopping at once: a commit failed: .+$/m);

    const node = await testNode({ clientPort, peerPort, parentDirectory: directory });
    await node.start();
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const key of acknowledged) {
      expect((await client.get('full', key)).values).toHaveLength(1);
    }
    // Nothing says that the directory was left in order, so the counters of that life are over.
    const [first] = acknowledged as [string];
    await client.put('full', first, 'beside it');
    const { values } = await client.get('full', first);
    const lineages = values.map(({ dot }) => dot?.split('.')[0]);
    expect(new Set(lineages).size).toBe(2);
    expect(lineages).not.toContain(undefined);
  });
});

it('a node that nobody waits for any more does not go on looking for somebody to join', async () => {
  const { args } = await lonelyNode('n2');
  const [nobody] = await freePorts(1);
  const child = fork(QUORATE_COMMAND, [...args, '--join', `127.0.0.1:${nobody}`], {
    stdio: 'pipe',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  // It says in its log that nobody answers, and tries again for ever.
  await once(child.stdout as Readable, 'data');
  child.disconnect();
  expect(await ended).toEqual([EXIT.failed, null]);
});
