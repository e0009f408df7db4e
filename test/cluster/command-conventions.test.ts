/** What holds for every command: `--json`, `--node` and its variable, exit codes, advice. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../cluster/free-ports.ts';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { commandsAhead, quorate } from './harness.ts';

let cluster: LocalCluster;
let node: readonly string[];

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, partitions: 8, startOptions: ['--enable-faults'] });
  node = ['--node', cluster.node('n1').url];
});

afterAll(() => cluster?.kill());

async function documentOf(...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await quorate([...args, ...node, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

it('every command that asks a node has --json', async () => {
  const { stdout } = await quorate(['completion', 'fish']);
  const pathsWith = (flag: string) =>
    [...stdout.matchAll(new RegExp(`__quorate_at "([^"]+)"' -l ${flag} `, 'g'))].map(
      ([, path]) => path,
    );
  expect(pathsWith('node').length).toBeGreaterThan(35);
  expect(pathsWith('node').filter((path) => !pathsWith('json').includes(path))).toEqual([]);
});

describe('--json tells what was done', () => {
  it('to values', async () => {
    const written = { context: expect.any(String), quorum: expect.stringContaining('needed=1') };
    expect(await documentOf('put', 'json', 'k', 'v')).toEqual(written);
    expect(await documentOf('delete', 'json', 'k')).toEqual(written);
    const versioned = { version: expect.any(String), quorum: expect.any(String) };
    await documentOf('bucket', 'create', 'tills', '--mode', 'paxos');
    expect(await documentOf('increment', 'tills', 'k', '--by', '5')).toEqual({
      number: 5,
      ...versioned,
    });
    expect(await documentOf('append', 'tills', 'text', 'x')).toEqual(versioned);
  });

  it('to buckets', async () => {
    const made = await documentOf('bucket', 'create', 'made', '--r', 'one');
    expect(made).toMatchObject({ name: 'made', mode: 'dynamo', r: 'one', w: 'quorum' });
    const changed = await documentOf('bucket', 'set', 'made', '--w', 'all');
    expect(changed).toMatchObject({ name: 'made', r: 'one', w: 'all' });
    expect(await documentOf('buckets')).toContainEqual(changed);
    expect(await documentOf('bucket', 'delete', 'made')).toEqual({ deleted: 'made' });
  });

  it('to leases', async () => {
    const lease = (await documentOf('lease', 'grant', '--ttl', '60000')) as { id: number };
    expect(lease).toEqual({ id: expect.any(Number), ttlMs: 60_000, keys: 0 });
    const id = String(lease.id);
    expect(await documentOf('lease', 'renew', id)).toEqual(lease);
    expect(await documentOf('lease', 'get', id)).toEqual(lease);
    expect(await documentOf('lease', 'revoke', id)).toEqual({ revoked: lease.id });
  });

  it('to faults and to the lead of the metadata group', async () => {
    const set = await documentOf('faults', 'set', '--clock-offset', '50');
    expect(set).toEqual({ links: {}, clock: { offsetMs: 50 } });
    expect(await documentOf('faults', 'show')).toEqual(set);
    expect(await documentOf('faults', 'clear')).toEqual({ links: {} });
    expect(await documentOf('faults', 'pause', '50ms')).toEqual({ pausedMs: 50 });
    expect(await documentOf('raft', 'transfer', 'n1')).toEqual({ asked: 'n1' });
  });

  it('a watch of transfers is a document a line', async () => {
    const { code, stdout } = await quorate(['transfers', '--watch', '--json', ...node]);
    expect(code).toBe(0);
    const documents = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(documents.at(-1)).toMatchObject({ moves: [], movesLeft: 0 });
  });
});

describe('which node is asked', () => {
  it('--node, else QUORATE_NODE', async () => {
    process.env.QUORATE_NODE = cluster.node('n1').url;
    onTestFinished(() => {
      delete process.env.QUORATE_NODE;
    });
    expect((await quorate(['status'])).stdout).toContain('as seen by n1');
    const [port] = await freePorts(1);
    const { stderr } = await quorate(['keys', 'b', '--node', `http://127.0.0.1:${port}`]);
    expect(stderr).toContain(`http://127.0.0.1:${port} does not answer`);
  });

  it('a wrong one is refused wherever it stands', async () => {
    process.env.QUORATE_NODE = 'localhost';
    onTestFinished(() => {
      delete process.env.QUORATE_NODE;
    });
    const { code, stderr } = await quorate(['status']);
    expect(code).toBe(2);
    expect(stderr).toContain('QUORATE_NODE');
    expect(stderr).toContain('http://HOST:PORT');
  });
});

describe('what was meant', () => {
  const wrong: readonly [readonly string[], string][] = [
    [['stats'], '(Did you mean status?)'],
    [['bucket', 'craete', 'b'], '(Did you mean create?)'],
    [['get', 'b', 'k', '--verbos'], '(Did you mean --verbose?)'],
    [['start', '--prot', '1'], '(Did you mean --port?)'],
  ];
  const answerTo = commandsAhead(wrong.map(([args]) => args));

  it.each(wrong)('%j', (args, text) => {
    const { code, stderr } = answerTo(args);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
  });
});

describe('a change of which nobody knows whether it was done', () => {
  /** The address of a server that takes every request and does this with it. */
  async function serverThat(answer: (end: (status: number, body: string) => void) => void) {
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        answer((status, body) => {
          if (status === 0) response.destroy();
          else response.writeHead(status, { 'content-type': 'application/json' }).end(body);
        });
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => {
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it.each<[string, number, string]>([
    ['no answer', 0, ''],
    [
      'an answer that says so',
      503,
      '{"code":"write_quorum_not_met","detail":"w","definite":false}',
    ],
  ])('ends with 3 after %s', async (_, status, body) => {
    const url = await serverThat((end) => end(status, body));
    const [put, remove, create] = await Promise.all([
      quorate(['put', 'b', 'k', 'v', '--node', url]),
      quorate(['delete', 'b', 'k', '--node', url]),
      quorate(['lease', 'grant', '--ttl', '5000', '--node', url]),
    ]);
    for (const { code, stderr } of [put, remove, create]) {
      expect(stderr).toMatch(/^error: .*: it may have been done, or not\n$/);
      expect(code).toBe(3);
    }
  });

  it('ends with 1 where it certainly was not done, and so does a read', async () => {
    const definite = '{"code":"overloaded","detail":"later","definite":true}';
    const refusing = await serverThat((end) => end(503, definite));
    const silent = await serverThat((end) => end(0, ''));
    const results = await Promise.all([
      quorate(['put', 'b', 'k', 'v', '--node', refusing]),
      quorate(['get', 'b', 'k', '--node', silent]),
    ]);
    for (const { code, stderr } of results) {
      expect(stderr).not.toContain('may have been done');
      expect(code).toBe(1);
    }
  });
});
