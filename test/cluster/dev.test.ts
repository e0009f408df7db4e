/** `quorate dev`, which `npm start` runs: the launcher, from its first line to Ctrl-C and back. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../cluster/free-ports.ts';
import { QUORATE_COMMAND } from '../../cluster/node-process.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { NodeClient } from '../../src/client/http-client.ts';
import { testDirectory, valuesOf } from './harness.ts';

class Launcher {
  readonly #child;
  readonly ended: Promise<number | null>;
  output = '';

  constructor(args: readonly string[]) {
    const child = spawn(process.execPath, [QUORATE_COMMAND, 'dev', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.#child = child;
    this.ended = new Promise((resolve) => child.once('close', resolve));
    onTestFinished(async () => {
      child.kill('SIGTERM');
      await this.ended;
    });
  }

  /** Resolves when it has printed what to try. */
  async serving(): Promise<void> {
    await waitFor('the launcher to serve', 20_000, () => this.output.includes('Stop with Ctrl-C'));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** A port with room for the others, those for peers included. */
async function basePort(): Promise<number> {
  const [port = 0] = await freePorts(4);
  return port;
}

function clientOf(port: number): NodeClient {
  const client = new NodeClient(`http://127.0.0.1:${port}`);
  onTestFinished(() => client.close());
  return client;
}

/** The process that uses a node's directory: its lock file says so. */
async function processOf(dataDirectory: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDirectory, 'lock'), 'utf8'), 10);
}

describe('quorate dev', () => {
  it('serves, stops at Ctrl-C, and serves the same data again', async () => {
    const data = join(await testDirectory(), 'data');
    const port = await basePort();
    const args = ['--nodes', '2', '--port', String(port), '--data', data];

    const first = new Launcher(args);
    await first.serving();
    expect(first.output).toContain(`http://127.0.0.1:${port + 1}`);
    expect(first.output.match(/^ {2}curl /gm)).toHaveLength(3);
    await clientOf(port).put('dev', 'k', 'kept', { w: 'all' });
    expect(first.output).toContain(join(data, 'n1.log'));
    first.signal('SIGINT');
    expect(await first.ended).toBe(0);
    expect(first.output).toContain('for the next start');
    await expect(clientOf(port).status()).rejects.toThrow('does not answer');

    const fewer = new Launcher(['--nodes', '1', '--port', String(port), '--data', data]);
    expect(await fewer.ended).toBe(2);
    expect(fewer.output).toBe(
      `error: ${data} holds the data of another cluster (n1, n2): start it with the --nodes it was made with, or use another --data\n`,
    );

    const second = new Launcher(args);
    await second.serving();
    expect(valuesOf(await clientOf(port + 1).get('dev', 'k', { r: 1 }))).toEqual(['kept']);
    second.signal('SIGTERM');
    expect(await second.ended).toBe(0);
  });

  it('takes more nodes than the data was made with: they join and keep nothing', async () => {
    const data = join(await testDirectory(), 'data');
    const port = await basePort();
    const common = ['--port', String(port), '--data', data];
    const first = new Launcher(['--nodes', '1', ...common]);
    await first.serving();
    await clientOf(port).put('dev', 'k', 'kept');
    first.signal('SIGINT');
    expect(await first.ended).toBe(0);

    const second = new Launcher(['--nodes', '2', ...common]);
    await second.serving();
    expect((await clientOf(port).status()).members).toMatchObject([
      { id: 'n1', partitions: 64 },
      { id: 'n2', partitions: 0 },
    ]);
    expect(valuesOf(await clientOf(port + 1).get('dev', 'k'))).toEqual(['kept']);
  });

  it('reports a node that dies, and the command that brings it back', async () => {
    const data = join(await testDirectory(), 'data');
    const port = await basePort();
    const launcher = new Launcher(['--nodes', '2', '--port', String(port), '--data', data]);
    await launcher.serving();
    process.kill(await processOf(join(data, 'n2')), 'SIGKILL');
    await waitFor('the report', 20_000, () =>
      launcher.output.includes('n2 has ended (signal SIGKILL); the others go on'),
    );
    expect((await clientOf(port).status()).ready).toBe(true);

    const command = / {2}(node \S+main\.js start --name n2 .*)\n/.exec(launcher.output)?.[1] ?? '';
    const again = spawn('sh', ['-c', `exec ${command}`], { stdio: 'ignore' });
    onTestFinished(() => {
      again.kill('SIGKILL');
    });
    await waitFor('n2 to be back', 10_000, async () => {
      return (await clientOf(port + 1).status()).ready;
    });
  });

  it('takes its nodes along when it is killed', async () => {
    const data = join(await testDirectory(), 'data');
    const port = await basePort();
    const launcher = new Launcher(['--nodes', '2', '--port', String(port), '--data', data]);
    await launcher.serving();
    launcher.signal('SIGKILL');
    await waitFor('the nodes to end', 10_000, async () => {
      const answers = await Promise.allSettled([port, port + 1].map((p) => clientOf(p).status()));
      return answers.every(({ status }) => status === 'rejected');
    });
  });

  it('stops while it starts, and warns of a directory that is gone', async () => {
    const data = join(await testDirectory(), 'data');
    const args = ['--nodes', '1', '--port', String(await basePort()), '--data', data];
    const early = new Launcher(args);
    await waitFor('the start', 20_000, () => early.output === 'Starting 1 node...\n');
    early.signal('SIGINT');
    expect(await early.ended).toBe(0);
    expect(early.output).toBe('Starting 1 node...\n\nStopped.\n');

    const launcher = new Launcher(args);
    await launcher.serving();
    await rm(join(data, 'n1'), { recursive: true });
    launcher.signal('SIGINT');
    expect(await launcher.ended).toBe(0);
    expect(launcher.output).toContain(`warning: ${join(data, 'n1')} is gone: n1 has lost its data`);
  });

  it('names a busy port before anything starts', async () => {
    const data = join(await testDirectory(), 'data');
    const port = await basePort();
    const server = createServer().listen(port + 1, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
    });
    const launcher = new Launcher(['--nodes', '2', '--port', String(port), '--data', data]);
    expect(await launcher.ended).toBe(1);
    expect(launcher.output).toBe(
      `error: port ${port + 1} is in use: is another cluster running? Stop it, or choose others with --port\n`,
    );
  });

  it('says which ports it takes', async () => {
    const launcher = new Launcher(['--help']);
    expect(await launcher.ended).toBe(0);
    expect(launcher.output.replaceAll(/\s+/g, ' ')).toContain('peer ports are 1000 above');
  });

  it.each([
    [['--nodes', '0'], 'nodes from 1 to 16'],
    [['--port', 'x'], 'port from 1'],
    [['--port', '64534'], '--port is too high: with 3 nodes it can be at most 64533'],
    [['--data'], 'argument missing'],
    [['--data', QUORATE_COMMAND], `--data ${QUORATE_COMMAND} is not a directory`],
  ])('%j is refused', async (args, explanation) => {
    const launcher = new Launcher(args);
    expect(await launcher.ended).toBe(2);
    expect(launcher.output).toMatch(/^error: [^\n]*\n$/);
    expect(launcher.output).toContain(explanation);
  });
});
