/** Sessions whose writes were reaped: what is left satisfies them, once it is certain that nothing else is. */

import { describe, expect, it } from 'vitest';
import type { Guarantee } from '../../src/node/index.ts';
import { valuesOf } from './harness.ts';
import { refusalOf } from './places.ts';
import {
  cluster,
  expectNoFaults,
  get,
  KEY,
  put,
  remove,
  rounds,
  start,
} from './present-reaping.ts';
import { onDisks } from './reaping-cluster.ts';

expectNoFaults();

const inSession = (guarantee: Guarantee, token: string | undefined) => ({
  guarantees: [guarantee],
  tokens: token === undefined ? [] : [token],
});

/** The token of a session whose one write somebody else deleted, and that is reaped. */
async function reapedSession(guarantee: Guarantee): Promise<string> {
  await start(3, 71);
  const session = inSession(guarantee, undefined);
  const written = await put('n1', KEY, 'v', { w: 3, session });
  await remove('n2', KEY, { w: 3 });
  await rounds();
  expect(onDisks(cluster)).toEqual([]);
  return written.session?.token ?? '';
}

const escalations = () =>
  cluster.nodeIds.reduce(
    (sum, id) => sum + (cluster.metrics.get(id)?.value('session_escalations_total') ?? 0),
    0,
  );

describe('a session whose write was deleted by somebody else, and reaped', () => {
  it('reads that there is nothing, and forgets it', async () => {
    for (const guarantee of ['ryw', 'session', 'causal'] as const) {
      const token = await reapedSession(guarantee);
      const read = await get('n3', KEY, { r: 1, session: inSession(guarantee, token) });
      expect(valuesOf(read)).toEqual([]);
      expect(escalations()).toBe(1);
      const session = inSession(guarantee, read.session?.token);
      expect(valuesOf(await get('n2', KEY, { r: 1, session }))).toEqual([]);
      expect(escalations()).toBe(1);
    }
  });

  it('reads what was written since, which takes the place of its entry', async () => {
    const token = await reapedSession('session');
    await put('n1', KEY, 'new', { w: 3 });
    const read = await get('n3', KEY, { r: 1, session: inSession('session', token) });
    expect(valuesOf(read)).toEqual(['new']);
    const session = inSession('session', read.session?.token);
    await put('n2', KEY, 'mine', { w: 3, session });
    expect(valuesOf(await get('n1', KEY, { r: 3 }))).toEqual(['mine']);
  });

  it('is told nothing while a primary does not answer', async () => {
    const token = await reapedSession('session');
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    const session = inSession('session', token);
    expect(
      await refusalOf(cluster, cluster.get('n1', KEY, { r: 1, timeoutMs: 500, session })),
    ).toMatchObject({ code: 'session_unavailable' });
  });

  it('writes without waiting for it', async () => {
    const token = await reapedSession('session');
    await put('n3', KEY, 'new', { w: 3, session: inSession('session', token) });
    expect(valuesOf(await get('n1', KEY, { r: 3 }))).toEqual(['new']);
  });
});

describe('a session whose write is alive where nobody answers', () => {
  it('is told nothing, though rounds were completed before it', async () => {
    await start(3, 71);
    await put('n1', 'other', 'v', { w: 3 });
    await remove('n1', 'other', { w: 3 });
    await rounds();
    cluster.network.cutBothWays(['n3'], ['n1', 'n2']);
    await cluster.simulation.advance(3_000);
    const alone = await put('n3', KEY, 'alone', { w: 1, session: inSession('ryw', undefined) });
    const session = inSession('ryw', alone.session?.token);
    expect(
      await refusalOf(cluster, cluster.get('n1', KEY, { r: 2, timeoutMs: 500, session })),
    ).toMatchObject({ code: 'session_unavailable' });
    cluster.network.heal();
    await cluster.simulation.advance(8_000);
    expect(valuesOf(await get('n1', KEY, { r: 1, session }))).toEqual(['alone']);
  });
});
