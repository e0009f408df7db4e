/** Real processes whose links are given faults: cut off, one way, late. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { quorate, refusalOf, testCluster, valuesOf, waitForVoters } from './harness.ts';

/** For peers to be found silent, or to be heard again. */
const NOTICED_MS_MAX = 15_000;

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, partitions: 8, startOptions: ['--enable-faults'] });
  await waitForVoters(cluster);
});

afterEach(async () => {
  await cluster.faults.heal();
  await cluster.waitUntilConnected();
  await waitForVoters(cluster);
});

afterAll(() => cluster?.kill());

describe('a node that is cut off', () => {
  it('reaches nobody, the others work at quorum, and all is well when it is healed', async () => {
    await cluster.client('n1').put('cut', 'k', 'before', { w: 'all' });
    await cluster.faults.partition('n1', ['n2', 'n3']);

    // Silence at first, whose outcome nobody knows.
    const doubt = await refusalOf(cluster.client('n1').put('cut', 'doubt', 'x', { w: 'all' }));
    expect(doubt).toMatchObject({ status: 503, definite: false });
    for (const peer of ['n2', 'n3']) await cluster.waitUntilReachable('n1', peer, false);
    for (const name of ['n2', 'n3']) await cluster.waitUntilReachable(name, 'n1', false);
    const refusal = await refusalOf(cluster.client('n1').get('cut', 'k', { r: 2, pr: 2 }));
    expect(refusal).toMatchObject({ status: 503, definite: true });

    const { context } = await cluster.client('n2').get('cut', 'k');
    await cluster.client('n2').put('cut', 'k', 'meanwhile', { context });
    expect(valuesOf(await cluster.client('n3').get('cut', 'k'))).toEqual(['meanwhile']);
    expect(valuesOf(await cluster.client('n1').get('cut', 'k', { r: 1 }))).toEqual(['before']);
    const { faultyLinks } = await cluster.client('n1').status();
    expect(faultyLinks).toEqual(['n2', 'n3']);

    await cluster.faults.heal();
    await cluster.waitUntilConnected();
    // Each lane is mended by itself, so the first request may still find one that is not.
    await waitFor('all three to answer the same', NOTICED_MS_MAX, async () => {
      const read = cluster.client('n1').get('cut', 'k', { r: 'all' });
      return valuesOf(await read).join() === 'meanwhile';
    });
    expect((await cluster.client('n1').status()).faultyLinks).toEqual([]);
  });
});

describe('a link that is cut in one direction', () => {
  it('lets the requests of the other direction be carried out and no reply come', async () => {
    // To make one by writing would need the leader, who may be at the other end of the link.
    await cluster.client('n1').putBucket('oneway');
    await cluster.faults.oneWay('n2', 'n1');
    const doubt = cluster.client('n1').put('oneway', 'k', 'heard', { w: 'all', timeout: 1_000 });
    const refusal = await refusalOf(doubt);
    expect(refusal).toMatchObject({ code: 'write_quorum_not_met', definite: false });
    expect(refusal.facts.reached?.toSorted()).toEqual(['n1', 'n3']);
    await waitFor('n2 to have the write all the same', NOTICED_MS_MAX, async () => {
      const answer = await cluster.client('n2').get('oneway', 'k', { r: 1, readRepair: 'off' });
      return valuesOf(answer).includes('heard');
    });
  });
});

describe('links that are slow', () => {
  it('show in the time that requests take, in both directions', async () => {
    const client = cluster.client('n1');
    const tookMs = async (w: number) => {
      const startedAt = performance.now();
      await client.put('slow', 'k', 'x', { w, timeout: 5_000 });
      return performance.now() - startedAt;
    };
    await tookMs(3);
    await cluster.faults.delay('n1', ['n2', 'n3'], 100);
    expect(await tookMs(3)).toBeGreaterThanOrEqual(100);
    expect(await tookMs(1)).toBeLessThan(100);
    await cluster.faults.delay(['n2', 'n3'], 'n1', {
      distribution: 'uniform',
      minMs: 80,
      maxMs: 90,
    });
    const both = await tookMs(3);
    expect(both).toBeGreaterThanOrEqual(180);
    expect(both).toBeLessThan(1_000);
    await cluster.faults.heal();
    expect(await tookMs(3)).toBeLessThan(100);
  });
});

describe('quorate faults', () => {
  it('sets, shows and clears them, and says what is wrong', async () => {
    const node = ['--node', cluster.node('n1').url];
    const faults = (...args: string[]) => quorate(['faults', ...args, ...node]);
    expect(await faults('set', '--to', 'n2', '--delay', 'normal:20,5')).toMatchObject({ code: 0 });
    await faults('set', '--to', 'n2', '--loss', '0.5', '--lane', 'bulk');
    const [{ stdout: shown }, status] = await Promise.all([
      faults('show'),
      quorate(['status', ...node]),
    ]);
    expect(shown).toMatch(/n2 +all +no +0 +normal \(meanMs 20, deviationMs 5\)/);
    expect(shown).toMatch(/n2 +bulk +no +0.5 +-/);
    expect(status.stdout).toContain('sends to n2');
    const metrics = await fetch(`${cluster.node('n1').url}/metrics`);
    expect(await metrics.text()).toContain('quorate_faults_active 1');
    expect(await cluster.node('n1').logTail()).toContain('faults set');
    expect(await faults('clear')).toMatchObject({ code: 0 });
    const [cleared, unknown, wrong] = await Promise.all([
      faults('show'),
      faults('set', '--to', 'n9', '--cut'),
      faults('set', '--to', 'n2', '--delay', 'uniform:9,3'),
    ]);
    expect(cleared.stdout).toContain('no faults');
    expect(unknown.stderr).toContain('links.n9 is no node of this cluster: use n2, n3, *');
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain('minMs is above maxMs');
  });

  it('is refused by a node that was not started for it', async () => {
    const other = await testCluster({ nodes: 1 });
    const refusal = await refusalOf(other.client('n1').setFaults({ links: {} }));
    expect(refusal).toMatchObject({ code: 'faults_disabled', status: 403 });
    const { code, stderr } = await quorate(['faults', 'show', '--node', other.node('n1').url]);
    expect(code).toBe(1);
    expect(stderr).toContain('--enable-faults');
    expect((await other.client('n1').status()).faultyLinks).toBeNull();
  });
});
