/** Real processes that are given faults: of links, disks and clocks. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { EXIT } from '../../src/cli/exit.ts';
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

describe('a request that another node carries', () => {
  it('gets to a node that is cut off from the one that carries it', async () => {
    await cluster.client('n2').put('carried', 'k', 'v', { w: 'all' });
    await cluster.faults.partition('n1', ['n2', 'n3']);
    for (const peer of ['n2', 'n3']) await cluster.waitUntilReachable('n1', peer, false);
    const through = `${cluster.node('n1').url}/nodes/n2`;
    const { node } = (await (await fetch(`${through}/cluster`)).json()) as { node: string };
    expect(node).toBe('n2');
    const own = await fetch(`${cluster.node('n1').url}/kv/carried/k?r=2&sloppy=false`);
    expect(own.status).toBe(503);
    const read = await fetch(`${through}/kv/carried/k?r=2&sloppy=false`);
    expect([read.status, await read.text()]).toEqual([200, 'v']);
    expect(read.headers.get('x-quorate-relayed-by')).toBe('n1');
    expect(read.headers.get('x-quorate-quorum')).toMatch(/reached=n2,n3|reached=n3,n2/);
  });

  it('is in doubt, or certainly not done, where that one was killed', async () => {
    await cluster.client('n1').putBucket('carried');
    const through = `${cluster.node('n1').url}/nodes/n3`;
    await cluster.node('n3').kill();
    const put = await fetch(`${through}/kv/carried/k`, { method: 'PUT', body: 'x' });
    expect(await put.json()).toMatchObject({ code: 'node_unreachable', definite: true });
    await cluster.node('n3').start();
    await cluster.waitUntilConnected();
    expect((await fetch(`${through}/readyz`)).status).toBe(200);
  });
});

describe('a node that is paused', () => {
  it('does nothing until the time is over, and serves again as if nothing had been', async () => {
    await cluster.client('n1').put('paused', 'k', 'v', { w: 'all' });
    const startedAt = performance.now();
    await cluster.client('n3').pause(4_000);
    const atOnce = performance.now() - startedAt;
    const all = { w: 'all', timeout: 1_000 };
    const doubt = await refusalOf(cluster.client('n1').put('paused', 'other', 'x', all));
    expect(doubt).toMatchObject({ status: 503, definite: false });
    await fetch(`${cluster.node('n3').url}/healthz`);
    const answeredAfter = performance.now() - startedAt;
    expect(atOnce).toBeLessThan(4_000);
    expect(answeredAfter).toBeGreaterThanOrEqual(4_000);
    await cluster.waitUntilConnected();
    expect(valuesOf(await cluster.client('n3').get('paused', 'k', { r: 'all' }))).toEqual(['v']);
    const metrics = await fetch(`${cluster.node('n3').url}/metrics`);
    expect(await metrics.text()).toContain('quorate_faults_pauses_total 1');
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

describe('a disk that is slow', () => {
  it('shows in the time of writes that wait for it, and in no others', async () => {
    const client = cluster.client('n1');
    const tookMs = async (w: number) => {
      const startedAt = performance.now();
      await client.put('slow', 'disk', 'x', { w, timeout: 5_000 });
      return performance.now() - startedAt;
    };
    await cluster.faults.slowDisk('n3', 250);
    expect(await tookMs(3)).toBeGreaterThanOrEqual(250);
    expect(await tookMs(2)).toBeLessThan(250);
    expect((await cluster.client('n3').status()).faultyParts).toEqual(['disk']);
    await cluster.faults.heal();
    expect(await tookMs(3)).toBeLessThan(250);
  });
});

describe('a disk that is full', () => {
  it('ends its node with the next write as a real one does; started again, it has room', async () => {
    await cluster.client('n1').put('full', 'k', 'before', { w: 'all' });
    const n3 = cluster.node('n3');
    const { ended } = n3;
    await cluster.faults.fillDisk('n3');
    expect(valuesOf(await cluster.client('n3').get('full', 'k', { r: 1 }))).toEqual(['before']);
    const { context } = await cluster.client('n1').get('full', 'k');
    const { quorum } = await cluster.client('n1').put('full', 'k', 'beyond', { w: 2, context });
    expect(quorum).not.toMatch(/reached=[^;]*n3/);
    expect(await ended).toEqual({ code: EXIT.fatal, signal: null });
    expect(await n3.logTail()).toContain('a commit failed: No space left on device');
    await n3.start();
    await cluster.waitUntilConnected();
    expect(await cluster.client('n3').faults()).toEqual({ links: {} });
    const all = { r: 'all', timeout: 10_000 };
    expect(valuesOf(await cluster.client('n3').get('full', 'k', all))).toEqual(['beyond']);
  });
});

describe('a clock that is wrong', () => {
  it('is what its node judges by how long values live, and nobody else', async () => {
    await cluster.client('n1').putBucket('clocks');
    const hourMs = 3_600_000;
    await cluster.faults.skewClock('n2', -hourMs);
    await cluster.client('n2').put('clocks', 'k', 'brief', { w: 'all', ttl: '30s' });
    expect(valuesOf(await cluster.client('n2').get('clocks', 'k'))).toEqual(['brief']);
    expect(valuesOf(await cluster.client('n1').get('clocks', 'k'))).toEqual([]);
    const metrics = await fetch(`${cluster.node('n2').url}/metrics`);
    expect(await metrics.text()).toContain('quorate_faults_clock_offset_seconds -3600');
  });
});

describe('quorate faults', () => {
  it('sets, shows and clears them, and says what is wrong', async () => {
    const node = ['--node', cluster.node('n1').url];
    const faults = (...args: string[]) => quorate(['faults', ...args, ...node]);
    const link = ['--to', 'n2', '--delay', 'normal:20,5'];
    const own = ['--clock-offset', '-250', '--disk-delay', 'uniform:1,2'];
    expect(await faults('set', ...link, ...own)).toMatchObject({ code: 0 });
    await faults('set', '--to', 'n2', '--loss', '0.5', '--lane', 'bulk');
    const [{ stdout: shown }, status] = await Promise.all([
      faults('show'),
      quorate(['status', ...node]),
    ]);
    expect(shown).toMatch(/n2 +all +no +0 +normal \(meanMs 20, deviationMs 5\)/);
    expect(shown).toMatch(/n2 +bulk +no +0.5 +-/);
    expect(shown).toContain('disk: each commit waits, uniform (minMs 1, maxMs 2)');
    expect(shown).toContain('clock: -250 ms beside that of the machine');
    expect(status.stdout).toContain('sends to n2');
    expect(status.stdout).toContain('n1 has faults of its disk and clock');
    const metrics = await fetch(`${cluster.node('n1').url}/metrics`);
    expect(await metrics.text()).toContain('quorate_faults_active 1');
    expect(await cluster.node('n1').logTail()).toContain('faults set');
    expect(await faults('clear', 'disk')).toMatchObject({ code: 0 });
    expect(await cluster.client('n1').faults()).not.toHaveProperty('disk');
    expect(await cluster.client('n1').faults()).toHaveProperty('clock', { offsetMs: -250 });
    expect(await faults('clear')).toMatchObject({ code: 0 });
    expect(await faults('pause', '20ms')).toMatchObject({ code: 0, stderr: 'paused for 20 ms\n' });
    const [cleared, nothing, unlinked, unknown, wrong, long] = await Promise.all([
      faults('show'),
      faults('set'),
      faults('set', '--cut'),
      faults('set', '--to', 'n9', '--cut'),
      faults('set', '--to', 'n2', '--delay', 'uniform:9,3'),
      faults('pause', '61s'),
    ]);
    expect(cleared.stdout).toContain('no faults');
    expect(nothing).toMatchObject({ code: 2 });
    expect(nothing.stderr).toContain('say what is to happen: --cut, --loss or --delay of links');
    expect(unlinked.stderr).toContain('say with --to which links');
    expect(unknown.stderr).toContain('links.n9 is no node of this cluster: use n2, n3, *');
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain('minMs is above maxMs');
    expect(long.stderr).toContain('Give a time such as 5s or 500ms, up to 60s.');
  });

  it('is refused by a node that was not started for it', async () => {
    const other = await testCluster({ nodes: 1 });
    for (const asked of [
      other.client('n1').setFaults({ links: {} }),
      other.client('n1').pause(5),
    ]) {
      expect(await refusalOf(asked)).toMatchObject({ code: 'faults_disabled', status: 403 });
    }
    const { code, stderr } = await quorate(['faults', 'show', '--node', other.node('n1').url]);
    expect(code).toBe(1);
    expect(stderr).toContain('--enable-faults');
    expect((await other.client('n1').status()).faultyLinks).toBeNull();
  });
});
