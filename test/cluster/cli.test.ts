/** The `quorate` command against a running cluster. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../cluster/free-ports.ts';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { commandsAhead, quorate, testDirectory } from './harness.ts';

let cluster: LocalCluster;
let node: readonly string[];

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, partitions: 8 });
  node = ['--node', cluster.node('n1').url];
});

afterAll(() => cluster?.kill());

describe('quorate put and get', () => {
  it('stores a value and prints it raw, with the context on request', async () => {
    const put = await quorate(['put', 'cli', 'a b', 'milk', ...node]);
    expect(put).toMatchObject({ code: 0, stdout: '' });
    expect(put.stderr).toMatch(/^stored \(needed=2; .*\)\ncontext: \S+\n$/);
    const [get, verbose] = await Promise.all([
      quorate(['get', 'cli', 'a b', ...node]),
      quorate(['get', 'cli', 'a b', '--verbose', ...node]),
    ]);
    expect(get).toEqual({ code: 0, stdout: 'milk', stderr: '' });
    expect(verbose.stdout).toBe('milk');
    expect(verbose.stderr).toMatch(/^context: \S+\nquorum: needed=2; /);
  });

  it('takes the value from standard input or from a file', async () => {
    const file = join(await testDirectory(), 'value');
    await writeFile(file, 'from a file');
    await Promise.all([
      quorate(['put', 'cli', 'piped', '-', ...node], 'from a pipe'),
      quorate(['put', 'cli', 'filed', '--file', file, ...node]),
    ]);
    const get = async (key: string) => (await quorate(['get', 'cli', key, ...node])).stdout;
    const values = await Promise.all([get('piped'), get('filed')]);
    expect(values).toEqual(['from a pipe', 'from a file']);
  });

  it('shows siblings so that a person can choose, and the command that resolves them', async () => {
    // One after the other, as a person types them: they are shown in that order.
    await cluster.client('n1').put('cli', 'cart', 'milk', { contentType: 'text/plain' });
    await quorate(['put', 'cli', 'cart', 'bread\n\u001b[31m', ...node]);
    const { code, stdout } = await quorate(['get', 'cli', 'cart', ...node]);
    expect(code).toBe(0);
    expect(stdout).toContain('cli/cart has 2 siblings');
    expect(stdout).toMatch(
      /\[1\] {2}written \d{4}-\S+Z {2}text\/plain {2}\d+ bytes {2}dot \S+:\d+\n/,
    );
    const milk = stdout.indexOf('       milk\n');
    expect(milk).toBeGreaterThan(0);
    expect(stdout.indexOf('       bread\\n\\u{1b}[31m\n')).toBeGreaterThan(milk);

    const advice = /^ {2}quorate (put .*)$/m.exec(stdout)?.[1] ?? '';
    const resolve = advice.replace('VALUE', 'both').split(' ');
    expect((await quorate(resolve)).code).toBe(0);
    expect((await quorate(['get', 'cli', 'cart', ...node])).stdout).toBe('both');
  });

  it('says when a value expires', async () => {
    const askedAt = Date.now();
    const put = await quorate(['put', 'cli', 'brief', 'x', '--ttl', '10m', ...node]);
    const answeredAt = Date.now();
    expect(put.code).toBe(0);
    const [get, { stdout }] = await Promise.all([
      quorate(['get', 'cli', 'brief', ...node]),
      quorate(['get', 'cli', 'brief', '--json', ...node]),
    ]);
    expect(get).toMatchObject({ code: 0, stdout: 'x' });
    expect(get.stderr).toMatch(/^expires 20\d\d-\S+Z\n$/);
    const { expiresAt } = JSON.parse(stdout).siblings[0];
    expect(get.stderr).toBe(`expires ${expiresAt}\n`);
    const writtenAt = Date.parse(expiresAt) - 600_000;
    expect(writtenAt).toBeGreaterThan(askedAt - 1_000);
    expect(writtenAt).toBeLessThan(answeredAt + 1_000);
    await quorate(['put', 'cli', 'brief', 'y', ...node]);
    const siblings = await quorate(['get', 'cli', 'brief', ...node]);
    expect(siblings.stdout).toContain(`  expires ${expiresAt}\n       x\n`);
  });

  it('prints all there is to know as JSON', async () => {
    const put = await quorate(['put', 'cli', 'json', 'x', '--json', ...node]);
    expect(put).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(put.stdout)).toEqual({
      context: expect.any(String),
      quorum: expect.stringContaining('needed=2'),
    });
    const { stdout } = await quorate(['get', 'cli', 'json', '--json', ...node]);
    expect(JSON.parse(stdout)).toMatchObject({
      siblings: [{ value: 'x', contentType: 'text/plain' }],
      context: expect.any(String),
      quorum: expect.stringContaining('needed=2'),
    });
  });

  it('says when there is nothing, and ends with 1', async () => {
    expect(await quorate(['get', 'cli', 'nothing', ...node])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'there is no value under cli/nothing\n',
    });
  });
});

describe('quorate delete, keys and status', () => {
  it('deletes what is there', async () => {
    await cluster.client('n1').put('cli', 'gone', 'x');
    expect((await quorate(['delete', 'cli', 'gone', ...node])).code).toBe(0);
    expect((await quorate(['get', 'cli', 'gone', ...node])).code).toBe(1);
    const again = await quorate(['delete', 'cli', 'never', ...node]);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/^error: .*\(not_found\)\n$/);
  });

  it('lists keys, all of them or some', async () => {
    for (const key of ['a/1', 'a/2', 'b']) await cluster.client('n1').put('listed', key, 'x');
    const keys = async (...args: string[]) =>
      (await quorate(['keys', 'listed', ...args, ...node])).stdout;
    const listings = [
      keys(),
      keys('--prefix', 'a/', '--limit', '1'),
      keys('--prefix', 'b', '--json'),
    ];
    expect(await Promise.all(listings)).toEqual(['a/1\na/2\nb\n', 'a/1\n', '{"key":"b"}\n']);
  });

  it('gives keys to programs as they are', async () => {
    await cluster.client('n1').put('listed', 'z\u001b[31m', 'x');
    const { stdout } = await quorate(['keys', 'listed', '--prefix', 'z', ...node]);
    expect(stdout).toBe('z\u001b[31m\n');
  });

  it('prints the members', async () => {
    const [{ stdout }, asJson] = await Promise.all([
      quorate(['status', ...node]),
      quorate(['status', '--json', ...node]),
    ]);
    expect(stdout).toMatch(
      /^cluster [0-9a-f]{16}, epoch \d+: 8 partitions, replication factor 3\n/,
    );
    expect(stdout).toMatch(/\nn1 (?:\(leader\))? +- +yes +8\nn2 (?:\(leader\))? +- +yes +8\n$/);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      node: 'n1',
      ready: true,
      members: [{ id: 'n1' }, { id: 'n2' }],
    });
  });
});

describe('what is told without a node', () => {
  it('the version is that of the package', async () => {
    const file = new URL('../../package.json', import.meta.url);
    const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string };
    expect(await quorate(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('each command says what its context is for', async () => {
    const helps = [quorate(['put', '--help']), quorate(['delete', '--help'])];
    const [put, remove] = await Promise.all(helps);
    expect(put?.stdout).toMatch(/what this write\s+replaces/);
    expect(remove?.stdout).toMatch(/what this\s+deletes/);
  });
});

describe('what is asked for wrongly', () => {
  const wrong: readonly [readonly string[], string][] = [
    [['put', 'b', 'k', 'v', '--w', '0'], "'--w <level>' argument '0' is invalid"],
    [['get', 'b', 'k', '--r', 'most'], 'one, quorum or all'],
    [['get', 'b', 'k', '--read-repair', 'now'], 'async, blocking, off'],
    [['get', 'b', 'k', '--timeout', '0'], 'milliseconds from 1 to 60000'],
    [['get', 'b', 'k', '--node', 'localhost:8101'], 'http://HOST:PORT'],
    [['put', 'b', 'k'], 'either a VALUE'],
    [['put', 'b', 'k', 'v', '--ttl', '0'], '30s, 5m, 12h or 7d'],
    [['bucket', 'create', 'b', '--ttl', 'soon'], 'or none'],
    [['bucket', 'create', 'b', '--conflict', 'merge'], 'siblings, lww'],
    [['bucket', 'set', 'b'], '--conflict or --ttl'],
    [['keys', 'b', '--limit', '-1'], 'keys from 1'],
    [['get', 'b', 'k', '--colour'], "unknown option '--colour'"],
    [['fetch', 'b', 'k'], "unknown command 'fetch'"],
  ];
  const answerTo = commandsAhead(wrong.map(([args]) => args));

  it.each(wrong)('%j', (args, text) => {
    const { code, stdout, stderr } = answerTo(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: .*\n/);
    expect(stderr).toContain(text);
  });

  it('what only the node can judge ends with 2 too', async () => {
    const [tooMany, context] = await Promise.all([
      quorate(['put', 'cli', 'k', 'v', '--w', '3', ...node]),
      quorate(['put', 'cli', 'k', 'v', '--context', 'xyz', ...node]),
    ]);
    expect(tooMany).toMatchObject({ code: 2, stderr: expect.stringContaining('w=3') });
    expect(context).toMatchObject({ code: 2, stderr: expect.stringContaining('bad_context') });
  });

  it('a node that is not there is named', async () => {
    const [port] = await freePorts(1);
    const { code, stderr } = await quorate(['get', 'b', 'k', '--node', `http://127.0.0.1:${port}`]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `error: http://127.0.0.1:${port} does not answer: the connection was refused; is a node running there? Name another node with --node or QUORATE_NODE, or start a cluster to try things on: quorate dev\n`,
    );
  });
});
