import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityDocument, NodeActivity } from '../../../src/kernel/activity.ts';
import { countOf } from '../../../src/kernel/distribution.ts';
import { type HttpNode, jsonOf, send, startHttpNode } from './http-node.ts';

let node: HttpNode;

beforeAll(async () => {
  node = await startHttpNode({});
});

afterAll(async () => {
  expect(node.unexpected).toEqual([]);
  await node.stop();
});

async function activity(): Promise<NodeActivity> {
  const document = jsonOf(await send(node, 'GET', '/cluster/activity')) as ActivityDocument;
  expect(document).toMatchObject({ node: 'n1', nodes: [{ node: 'n1', state: 'answered' }] });
  const [entry] = document.nodes;
  if (entry?.activity == null) throw new Error('n1 does not say what it does');
  return entry.activity;
}

describe('GET /cluster/activity', () => {
  it('counts what is asked for', async () => {
    const before = await activity();
    expect(before).toMatchObject({ ready: true, problems: {}, raft: { role: 'leader' } });
    for (const value of ['v', 'w']) await send(node, 'PUT', '/kv/test/k', { body: value });
    await send(node, 'GET', '/kv/test/k');
    await send(node, 'GET', '/kv/test/none');
    await send(node, 'GET', '/kv/nowhere/k');

    const now = await activity();
    expect(now.life).toBe(before.life);
    expect(now.upMs).toBeGreaterThan(before.upMs);
    const { get, put, delete: deletes } = now.requests;
    expect([get?.succeeded, get?.failed, put?.succeeded, put?.failed]).toEqual([2, 1, 2, 0]);
    expect(deletes).toMatchObject({ succeeded: 0, failed: 0 });
    expect(get && countOf(get.seconds)).toBe(3);
    expect(now.problems).toEqual({ not_found: 1, no_such_bucket: 1 });
    expect(now.siblings).toMatchObject({ bounds: [1, 2, 3, 5, 10, 25, 50, 100] });
    expect(now.siblings.counts).toEqual([1, 2, 2, 2, 2, 2, 2, 2, 2]);
    expect(now.raft.commitIndex).toBeGreaterThan(before.raft.commitIndex);
    expect(now.raft.appliedIndex).toBe(now.raft.commitIndex);
  });

  it('asks only those who are named', async () => {
    const named = jsonOf(await send(node, 'GET', '/cluster/activity?nodes=n1,n1'));
    expect(named.nodes.map((entry: { readonly node: string }) => entry.node)).toEqual(['n1']);
    const stranger = await send(node, 'GET', '/cluster/activity?nodes=n1,n7');
    expect([stranger.status, jsonOf(stranger)]).toMatchObject([
      409,
      { code: 'not_a_member', detail: 'n7 is not a member; the members are n1' },
    ]);
    for (const wrong of ['', 'n1,', '%00', 'n1%2C%C3%A4']) {
      const refused = await send(node, 'GET', `/cluster/activity?nodes=${wrong}`);
      expect([refused.status, jsonOf(refused).parameter]).toEqual([400, 'nodes']);
    }
  });
});
