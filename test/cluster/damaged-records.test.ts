/** A real disk that gives back other bytes than were written to it: one damaged record. */

import { expect, it } from 'vitest';
import { waitFor } from '../../cluster/wait-for.ts';
import { killNodes, refusalOf, startNodes, testCluster, valuesOf } from './harness.ts';
import { damageObjects, valuesOnDisk } from './stored-records.ts';

const BUCKET = 'rot';
/** More than the pauses between attempts grow to while a replica is cut off here. */
const REBUILT_MS_MAX = 40_000;
const KEYS = ['k', 'written', 'read by nobody'];

it('a damaged record counts for neither R nor W, and is rebuilt when all others answer (verify_corruption_filtering)', async () => {
  const cluster = await testCluster({ startOptions: ['--enable-faults'] });
  const [n1, n2] = [cluster.client('n1'), cluster.client('n2')];
  for (const key of KEYS) await n1.put(BUCKET, key, 'whole', { w: 'all' });
  await cluster.node('n1').stop();
  expect(await damageObjects(cluster.node('n1'), KEYS)).toBe(KEYS.length);
  // What n3 sends arrives nowhere: n1 may not take two replicas of three for all of them.
  await cluster.faults.oneWay('n3', ['n1', 'n2']);
  await cluster.waitUntilReachable('n2', 'n3', false);
  await cluster.node('n1').start();
  await cluster.waitUntilReachable('n1', 'n2', true);

  for (const client of [n1, n2]) {
    const answer = await client.get(BUCKET, 'k', { r: 1 });
    expect(valuesOf(answer)).toEqual(['whole']);
    expect(answer.quorum).toContain('reached=n2;');
    const unread = await refusalOf(client.get(BUCKET, 'k', { r: 2, timeout: 1_000 }));
    expect(unread).toMatchObject({ code: 'read_quorum_not_met', status: 503 });
    expect(unread.facts.reached).toEqual(['n2']);
    const unwritten = await refusalOf(client.put(BUCKET, 'written', 'x', { w: 2, timeout: 1_000 }));
    expect(unwritten).toMatchObject({ status: 503 });
    expect(unwritten.facts.reached).not.toContain('n1');
  }
  // Two replicas of three are not all that may know of an acknowledged write.
  expect((await n1.repairStatus()).damagedRecords).toBeGreaterThanOrEqual(2);
  expect([...(await valuesOnDisk(cluster.node('n1'))).keys()]).toEqual([]);

  await cluster.faults.heal();
  await cluster.waitUntilConnected();
  // Found by reading all there is, where nobody asks for it.
  await n1.runRepair({ scrub: true });
  await waitFor('the damaged records to be rebuilt', REBUILT_MS_MAX, async () => {
    const { run, damagedRecords } = await n1.repairStatus();
    return run?.state === 'done' && damagedRecords === 0;
  });
  const own = await valuesOnDisk(cluster.node('n1'));
  for (const key of KEYS) expect(own.get(key)).toContain('whole');
  expect(own.get('written')).toContain('x');

  // It counts again: n1 answers for what it has.
  await killNodes(cluster, ['n3']);
  const { quorum, context } = await n2.get(BUCKET, 'k', { r: 2 });
  expect(quorum).toContain('n1');
  await n2.put(BUCKET, 'k', 'after', { w: 2, context });
  await startNodes(cluster, ['n3']);
  expect(valuesOf(await n1.get(BUCKET, 'k', { r: 'all' }))).toEqual(['after']);
});
