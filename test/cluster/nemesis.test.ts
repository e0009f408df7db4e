/** A nemesis on real processes: what it does is told, and all is well when it is over. */

import { expect, it, onTestFinished } from 'vitest';
import type { Schedule } from '../../cluster/nemesis/fault.ts';
import { partition } from '../../cluster/nemesis/partitions.ts';
import { runSchedule } from '../../cluster/nemesis/schedule-run.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { testCluster, valuesOf } from './harness.ts';

const NODES = ['n1', 'n2', 'n3'];
const SOON_MS = 10_000;
const now = () => performance.now();

it('kills, pauses, fills and cuts, and heals at the end', async () => {
  const cluster = await testCluster({ startOptions: ['--enable-faults'] });
  await cluster.client('n1').put('kept', 'k', 'before', { w: 'all' });
  const full = cluster.node('n3').ended;
  const cut = partition(['n1'], ['n2', 'n3']);
  const schedule: Schedule = [
    { fault: { type: 'disk-full', nodes: ['n3'] }, atMs: 0, until: 60_000 },
    { fault: { type: 'clock-skew', nodes: ['n1'], offsetMs: -5_000 }, atMs: 50, until: 400 },
    { fault: { type: 'pause', nodes: ['n1', 'n2'] }, atMs: 300, until: 400 },
    { fault: { type: 'kill', nodes: ['n1', 'n2'] }, atMs: 500, until: 550 },
    { fault: cut, atMs: 600, until: 60_000 },
  ];
  const end = new AbortController();
  const running = runSchedule(cluster, schedule, { now, signal: end.signal });
  onTestFinished(async () => {
    end.abort();
    await running;
  });
  // Whose disk is full ends when it is written to.
  await waitFor('n3 to be written to', SOON_MS, async () => {
    await cluster.client('n1').put('kept', 'l', 'x', { w: 1 });
    return !cluster.node('n3').isRunning;
  });
  expect(await full).toEqual({ code: EXIT.fatal, signal: null });
  await waitFor('the partition', SOON_MS, async () => {
    const { links } = await cluster.client('n2').faults();
    return links.n1?.cut === true && !('n3' in links);
  });
  end.abort();
  const { faults, surprises } = await running;

  expect(surprises).toEqual([]);
  expect(faults.map(({ fault }) => fault)).toEqual([
    'disk-full n3',
    'clock-skew -5000 ms n1',
    'pause n1 n2',
    'kill n1 n2',
    'partition n1 | n2 n3',
  ]);
  expect(faults.at(-1)?.nodes).toEqual(NODES);
  for (const { from, until } of faults) expect(until).toBeGreaterThan(from);
  for (const name of NODES) {
    expect(await cluster.client(name).faults()).toEqual({ links: {} });
  }
  const read = await cluster.client('n3').get('kept', 'k', { r: 'all' });
  expect(valuesOf(read)).toEqual(['before']);

  await cluster.node('n3').kill();
  const pause = { fault: { type: 'pause', nodes: ['n1'] }, atMs: 0, until: 10 } as const;
  expect((await runSchedule(cluster, [pause], { now })).surprises).toEqual([]);
  expect(cluster.node('n3').isRunning).toBe(false);
});
