/** `quorate bench` on a running cluster. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { quorate } from './harness.ts';

let cluster: LocalCluster;
let node: readonly string[];

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, partitions: 8 });
  node = ['--node', cluster.node('n1').url];
});

afterAll(() => cluster?.kill());

const SHORT = ['--duration', '1', '--concurrency', '16'];

it('measures reads and writes in a bucket of its own, which goes', async () => {
  const { code, stdout, stderr } = await quorate(['bench', ...SHORT, ...node]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^ +requests\/s +p50 +p99 +p99\.9 +longest +errors\n/);
  expect(stdout).toMatch(/\nreads +[1-9][\d,]* +[\d.]+ ms .* 0\nwrites +[1-9][\d,]* +[\d.]+ ms/);
  expect(stdout).toMatch(/\nall +[1-9][\d,]*\n$/);
  expect(await cluster.client('n1').buckets()).toEqual([]);
});

it('keeps to a rate, a share, levels and a bucket that is there', async () => {
  const client = cluster.client('n1');
  await client.putBucket('named', { mode: 'dynamo' });
  const asked = ['--rate', '40', '--reads', '0.25', '--value-bytes', '5', '--r', '1', '--w', 'all'];
  const command = ['bench', ...SHORT, ...asked, '--bucket', 'named', '--json', ...node];
  const { code, stdout, stderr } = await quorate(command);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { reads, writes } = JSON.parse(stdout);
  expect(reads).toMatchObject({ seconds: 1, failed: 0, errors: {} });
  expect(writes.succeeded).toBeGreaterThan(reads.succeeded);
  expect(reads.succeeded + writes.succeeded).toBeLessThan(100);
  expect(reads.p50Ms).toBeLessThanOrEqual(reads.p99Ms);
  const keys: Uint8Array[] = [];
  for await (const key of client.keys('named')) keys.push(key);
  expect(keys.length).toBeGreaterThan(1_000);
  const { values } = await client.get('named', keys[0] as Uint8Array);
  expect(values.map(({ value }) => Buffer.from(value).toString())).toEqual(['vvvvv']);
});

it('reads alone, or writes alone', async () => {
  const run = async (reads: string, ...more: string[]) => {
    const args = ['bench', ...SHORT, '--rate', '30', '--reads', reads, '--json', ...more, ...node];
    return JSON.parse((await quorate(args)).stdout);
  };
  const [reads, writes] = await Promise.all([run('1', '--bucket', 'named'), run('0')]);
  expect(reads).toMatchObject({ reads: { failed: 0 }, writes: null });
  expect(writes).toMatchObject({ reads: null, writes: { failed: 0 } });
});

it('says what went wrong, and ends with 1 where nothing went well', async () => {
  const writes = ['bench', '--duration', '1', '--concurrency', '2', '--reads', '0', ...node];
  const [refused, unfilled, missing, wrong] = await Promise.all([
    quorate([...writes, '--w', '3']),
    quorate(['bench', ...SHORT, '--w', '3', '--bucket', 'named', ...node]),
    quorate([...writes, '--bucket', 'missing']),
    quorate([...writes, '--reads', '2']),
  ]);
  expect(refused?.code).toBe(1);
  expect(refused?.stdout).toMatch(/\n\d+ times: status 400\n$/);
  expect(unfilled).toMatchObject({
    code: 1,
    stderr: 'error: the keys to be read could not be written: status 400\n',
  });
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('no_such_bucket') });
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('share from 0 to 1') });
});
