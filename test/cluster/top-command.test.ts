/** `quorate top` on a running cluster. */

import { spawn } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { QUORATE_COMMAND } from '../../cluster/node-process.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { quorate, testCluster } from './harness.ts';

it('shows each node, also when one does not answer, and goes on by the others', async () => {
  const cluster = await testCluster();
  const [first = ''] = cluster.urls;
  const client = cluster.client('n2');
  const load = setInterval(() => void client.put('top', 'k', 'v').catch(() => {}), 10);
  onTestFinished(() => clearInterval(load));

  const once = await quorate(['top', '--once', '--every', '500', '--node', first]);
  expect(once).toMatchObject({ code: 0, stderr: '' });
  expect(once.stdout).toMatch(/^cluster [0-9a-f]{16}, epoch \d+, led by n[123]; 3 of 3 nodes/);
  expect(once.stdout).toMatch(/\nn2 +ready +(leader|voter) +0 +[1-9][\d.]* .*ms/);
  expect(once.stdout).not.toContain('\u001b');

  const args = [QUORATE_COMMAND, 'top', '--json', '--every', '200', '--node', first];
  const live = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void live.kill('SIGKILL'));
  let output = '';
  live.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const looks = () =>
    output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  await waitFor('a look', 20_000, () => looks().length > 0);
  expect(looks()[0].nodes.map(({ node }: { node: string }) => node)).toEqual(['n1', 'n2', 'n3']);
  await cluster.node('n1').kill();
  await waitFor('the other nodes to be shown', 20_000, () => {
    const [n1, n2] = looks().at(-1)?.nodes ?? [];
    return n1.rates === null && n1.state !== 'ready' && n2.rates?.puts > 0;
  });
  const ended = new Promise((resolve) => live.once('close', resolve));
  live.kill('SIGINT');
  expect(await ended).toBe(0);
});

it('a cluster that does not answer', async () => {
  const { code, stderr } = await quorate(['top', '--once', '--node', 'http://127.0.0.1:1']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: http:\/\/127\.0\.0\.1:1 does not answer/);
});
