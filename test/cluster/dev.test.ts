/** `npm start`: the launcher, from its first line to Ctrl-C and back. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../cluster/free-ports.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { NodeClient } from '../../src/client/http-client.ts';
import { testDirectory, valuesOf } from './harness.ts';

const DEV = fileURLToPath(new URL('../../dist/cluster/dev.js', import.meta.url));

class Launcher {
  readonly #child;
  readonly ended: Promise<number | null>;
  output = '';

  constructor(args: readonly string[]) {
    const child = spawn(process.execPath, [DEV, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
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

describe('npm start', () => {
  it('serves, stops at Ctrl-C, and serves the same data again', async () => {
    const data = join(await testDirectory(), 'data');
    const port = await basePort();
    const args = ['--nodes', '2', '--port', String(port), '--data', data];

    const first = new Launcher(args);
    await first.serving();
    expect(first.output).toContain(`http://127.0.0.1:${port + 1}`);
    expect(first.output.match(/^ {2}curl /gm)).toHaveLength(3);
    await clientOf(port).put('dev', 'k', 'kept', { w: 'all' });
    first.signal('SIGINT');
    expect(await first.ended).toBe(0);
    expect(first.output).toContain('for the next start');
    await expect(clientOf(port).status()).rejects.toThrow('does not answer');

    const other = new Launcher(['--nodes', '3', '--port', String(port), '--data', data]);
    expect(await other.ended).toBe(2);
    expect(other.output).toBe(
      `error: ${data} holds the data of another cluster, of 2 nodes: start it with --nodes 2, as it was made, or name another directory with --data\n`,
    );

    const second = new Launcher(args);
    await second.serving();
    expect(valuesOf(await clientOf(port + 1).get('dev', 'k', { r: 1 }))).toEqual(['kept']);
    second.signal('SIGTERM');
    expect(await second.ended).toBe(0);
  });

  it('reports a node that dies', async () => {
    const data = join(await testDirectory(), 'data');
    const port = await basePort();
    const launcher = new Launcher(['--nodes', '2', '--port', String(port), '--data', data]);
    await launcher.serving();
    process.kill(await processOf(join(data, 'n2')), 'SIGKILL');
    await waitFor('the report', 5_000, () =>
      launcher.output.includes('n2 has ended (signal SIGKILL); the others go on'),
    );
    expect((await clientOf(port).status()).ready).toBe(true);
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
    expect(launcher.output).toMatch(new RegExp(`^error: port ${port + 1} in use .*--port\n$`));
  });

  it.each([
    [['--nodes', '0'], 'nodes from 1 to 16'],
    [['--port', 'x'], 'port from 1'],
    [['--port', '64800'], '--port is too high'],
    [['--data'], 'argument missing'],
  ])('%j is refused', async (args, explanation) => {
    const launcher = new Launcher(args);
    expect(await launcher.ended).toBe(2);
    expect(launcher.output).toMatch(/^error: [^\n]*\n$/);
    expect(launcher.output).toContain(explanation);
  });
});
