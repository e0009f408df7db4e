/** `quorate watch` against a running cluster, and nodes that stop while they are watched. */

import { spawn } from 'node:child_process';
import { Client, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { QUORATE_COMMAND } from '../../cluster/node-process.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { quorate, waitForVoters } from './harness.ts';

const SOON_MS = 15_000;

/** Nothing that a stop has to wait for takes so long; giving up requests would. */
const STOP_MS_MAX = 1_500;

let cluster: LocalCluster;
let buckets = 0;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, partitions: 8 });
  await waitForVoters(cluster);
});

afterAll(() => cluster?.kill());

async function freshBucket(): Promise<string> {
  const name = `watched-${buckets++}`;
  await cluster.client('n1').putBucket(name, { mode: 'raft' });
  return name;
}

async function put(bucket: string, key: string, value: string | Uint8Array): Promise<number> {
  const { revision } = await cluster.client('n2').put(bucket, key, value);
  return revision as number;
}

/** The command while it runs. */
class Watcher {
  stdout = '';
  stderr = '';
  readonly ended: Promise<number | null>;
  readonly #child;

  constructor(name: string, args: readonly string[]) {
    const command = [QUORATE_COMMAND, 'watch', ...args, '--node', cluster.node(name).url];
    this.#child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => this.#child.once('close', resolve));
    onTestFinished(() => {
      this.#child.kill('SIGKILL');
    });
  }

  get lines(): readonly string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  async connected(times = 1): Promise<void> {
    const what = `the watch to be connected (${times}): ${this.stderr}`;
    await waitFor(what, SOON_MS, () => this.stderr.split(/^watching /m).length > times);
  }

  async take(count: number): Promise<readonly string[]> {
    await waitFor(`${count} lines`, SOON_MS, () => this.lines.length >= count);
    return this.lines;
  }

  interrupt(signal: NodeJS.Signals = 'SIGINT'): void {
    this.#child.kill(signal);
  }

  /** Nobody reads any more. */
  closeOutput(): void {
    this.#child.stdout.destroy();
  }
}

async function watch(name: string, ...args: string[]): Promise<Watcher> {
  const watcher = new Watcher(name, args);
  await watcher.connected();
  return watcher;
}

describe('quorate watch', () => {
  it('prints a line for each change, as it happens', async () => {
    const bucket = await freshBucket();
    await put(bucket, 'before', 'x');
    const watcher = await watch('n1', bucket);
    const { id } = await cluster.client('n3').grantLease(600_000);
    const first = await put(bucket, 'a b', 'milk\n\u001b[31m');
    const second = await put(bucket, 'bytes', Buffer.from([0xff, 0]));
    const third = await cluster.client('n3').put(bucket, 'mine', 'n3', { lease: id });
    const fourth = await cluster.client('n1').delete(bucket, 'a b');
    expect(await watcher.take(4)).toEqual([
      `${first} put a b = milk\\n\\u{1b}[31m`,
      `${second} put bytes = base64 /wA=`,
      `${third.revision} put mine = n3 (lease ${id})`,
      `${fourth.revision} delete a b`,
    ]);
    expect(watcher.stderr).toMatch(new RegExp(`^watching ${bucket} after revision \\d+\n$`));
  });

  it('sees only what is asked for, from where it is asked, as JSON too', async () => {
    const bucket = await freshBucket();
    const first = await put(bucket, 'a/1', 'one');
    const second = await put(bucket, 'b/1', 'other');
    const third = await put(bucket, 'a/2', 'two');
    const { revision } = await cluster.client('n1').delete(bucket, 'a/1');
    const args = [bucket, '--prefix', 'a/', '--after', String(first), '--json'];
    const lines = await (await watch('n3', ...args)).take(2);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        type: 'put',
        key: 'a/2',
        value: 'two',
        contentType: 'application/octet-stream',
        revision: third,
      },
      { type: 'delete', key: 'a/1', revision },
    ]);
    expect(second).toBeLessThan(third);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 0 at %s', async (signal) => {
    const watcher = await watch('n1', await freshBucket());
    watcher.interrupt(signal);
    expect(await watcher.ended).toBe(0);
    expect(watcher.stdout).toBe('');
    expect(watcher.stderr).toMatch(/^watching .*\n$/);
  });

  it('ends when nobody reads any more', async () => {
    const bucket = await freshBucket();
    const watcher = await watch('n1', bucket);
    watcher.closeOutput();
    await put(bucket, 'k', 'v');
    expect(await watcher.ended).toBe(0);
  });

  it('ends with the bucket', async () => {
    const bucket = await freshBucket();
    const watcher = await watch('n1', bucket);
    await cluster.client('n2').deleteBucket(bucket);
    expect(await watcher.ended).toBe(0);
    expect(watcher.stdout).toMatch(/^\d+ the bucket was deleted\n$/);
  });

  it('says what cannot be watched, and ends with an error', async () => {
    await cluster.client('n1').putBucket('dynamo');
    const bucket = await freshBucket();
    const node = ['--node', cluster.node('n1').url];
    const answers = [
      [['dynamo'], 2, 'only buckets of mode raft can be watched (bucket_mode)'],
      [['nowhere'], 1, 'there is no bucket "nowhere"'],
      [[bucket, '--after', '99999999'], 2, 'leave after out to watch from now on'],
      [[bucket, '--after', 'x'], 2, 'the revision of a change, a whole number'],
    ] as const;
    for (const [args, code, text] of answers) {
      const answer = await quorate(['watch', ...args, ...node]);
      expect(answer).toMatchObject({ code, stdout: '' });
      expect(answer.stderr).toMatch(/^error: /);
      expect(answer.stderr).toContain(text);
    }
  });

  it('says that changes are no longer kept, and ends with an error', async () => {
    const bucket = await freshBucket();
    const first = await put(bucket, 'a', 'x');
    // More than is kept.
    const body = Buffer.alloc(64 * 1024, 'x');
    for (let i = 0; i < 40; i++) {
      await Promise.all(Array.from({ length: 8 }, (_, key) => put(bucket, `k${key}`, body)));
    }
    const after = ['--after', String(first)];
    expect(await quorate(['watch', bucket, ...after, '--node', cluster.node('n1').url])).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: some changes after revision ${first} are no longer kept: watch from now on, and then list the bucket (watch_compacted)\n`,
    });
  });
});

describe('a node that stops while it is watched', () => {
  async function stopMs(name: string): Promise<number> {
    const startedAt = performance.now();
    await cluster.node(name).stop();
    return performance.now() - startedAt;
  }

  it('ends the watch at once, and the watcher goes on where it was when it is back', async () => {
    const bucket = await freshBucket();
    const watcher = await watch('n3', bucket);
    const first = await put(bucket, 'before', '1');
    await watcher.take(1);
    const { body } = await request(`${cluster.node('n3').url}/watch/${bucket}`);
    const streamEnded = body.text();
    expect(await stopMs('n3')).toBeLessThan(STOP_MS_MAX);
    expect(await streamEnded).toContain(': beat');

    const second = await put(bucket, 'meanwhile', '2');
    await cluster.node('n3').start();
    await watcher.connected(2);
    const third = await put(bucket, 'after', '3');
    expect(await watcher.take(3)).toEqual([
      `${first} put before = 1`,
      `${second} put meanwhile = 2`,
      `${third} put after = 3`,
    ]);
    expect(watcher.stderr).toContain(
      `the connection was lost: ${cluster.node('n3').url} has ended the watch; trying again from revision ${first}\n`,
    );
    watcher.interrupt();
    expect(await watcher.ended).toBe(0);
  });

  it('does not wait for a watch that cannot begin without a majority', async () => {
    const bucket = await freshBucket();
    for (const name of ['n2', 'n3']) {
      await cluster.node(name).kill();
      await cluster.waitUntilReachable('n1', name, false);
    }
    const connection = new Client(cluster.node('n1').url);
    onTestFinished(() => connection.destroy());
    const get = async (path: string) => {
      const { statusCode, body } = await connection.request({ path, method: 'GET' });
      return [statusCode, await body.json()];
    };
    // Over an open connection it is there before what is asked after it is answered.
    expect(await get('/healthz')).toMatchObject([200, {}]);
    const beginning = get(`/watch/${bucket}?timeout=60000`);
    await waitFor('the group to be without a leader', SOON_MS, async () => {
      const { leader } = await cluster.client('n1').status();
      return leader === null;
    });
    expect(await stopMs('n1')).toBeLessThan(STOP_MS_MAX);
    expect(await beginning).toMatchObject([503, { code: 'not_ready' }]);
  });
});
