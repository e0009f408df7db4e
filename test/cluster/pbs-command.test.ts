/** `quorate pbs`: by what a running cluster measures, and by published latencies. */

import { expect, it } from 'vitest';
import type { PbsDocument } from '../../src/client/pbs-document.ts';
import { quorate, testCluster } from './harness.ts';

/** More than a node wants to have seen. */
const WRITES = 40;

it('predicts by what the node has measured', async () => {
  const cluster = await testCluster({ startOptions: ['--enable-faults'] });
  const { url } = cluster.node('n1');
  const none = await quorate(['pbs', '--node', url]);
  expect(none).toMatchObject({ code: 0 });
  expect(none.stdout).toContain('too little was measured');

  // Only the way there is slow; half of a round trip is taken for it.
  await cluster.faults.delay('n1', ['n2', 'n3'], 50);
  const client = cluster.client('n1');
  await Promise.all(
    Array.from({ length: WRITES }, (_, i) => client.put('b', `k${i}`, 'v', { w: 'all' })),
  );
  const { stdout } = await quorate(['pbs', '--node', url, '--at', '2000', '--json']);
  const { measured, reason, predictions }: PbsDocument = JSON.parse(stdout);
  expect(reason).toBeNull();
  expect(measured.ownWrites).toBeGreaterThanOrEqual(WRITES);
  expect(measured.peers.map(({ node }) => node)).toEqual(['n2', 'n3']);
  const at = (r: number, w: number) => predictions.find((one) => one.r === r && one.w === w);
  expect(predictions).toHaveLength(9);
  expect(at(1, 2)?.writeMs.p50).toBeGreaterThan(50);
  expect(at(1, 1)?.freshFrom[0]?.fromMs).toBeGreaterThan(5);
  expect(at(1, 1)?.fresh[1]?.probability).toBe(1);
  expect(at(2, 2)?.fresh[0]?.probability).toBe(1);

  const { stdout: table } = await quorate(['pbs', '--node', url]);
  expect(table).toMatch(/99\.9% fresh after/);
});

it('predicts by published latencies without a cluster', async () => {
  const { code, stdout } = await quorate(['pbs', '--fit', 'disk', '--at', '10']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^1 +1 +4[34]/m);
  expect((await quorate(['pbs', '--fit', 'tape'])).code).toBe(2);
  expect((await quorate(['pbs', '--probability', '1'])).code).toBe(2);
});
