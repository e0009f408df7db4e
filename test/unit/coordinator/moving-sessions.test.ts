/** Reads of sessions while a partition moves. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { Guarantee } from '../../../src/coordinator/requests.ts';
import type { MoveStage } from '../../../src/ring/move.ts';
import { MovingCluster, refusal } from './moving-cluster.ts';

const C = ['n1', 'n2', 'n3'];
const SWAPPED = ['n1', 'n2', 'n4'];
const STAGES: readonly MoveStage[] = ['prepare', 'write_both', 'read_new', 'stable'];

let cluster: MovingCluster;

beforeEach(() => {
  cluster = new MovingCluster(5, C);
});

const inSession = (guarantee: Guarantee, token?: string) => ({
  session: { guarantees: [guarantee], tokens: token === undefined ? [] : [token] },
});

describe('a read in a session, by stage,', () => {
  it.each(STAGES)('has seen what the session wrote before: %s', async (stage) => {
    cluster.enter(stage, [C, SWAPPED]).byAll();
    cluster.silence('n1');
    const put = await cluster.put('n1', 'k', { w: 1, sloppy: false, ...inSession('ryw') });
    cluster.bringBack();
    const session = inSession('ryw', put.session?.token);
    for (const at of cluster.ids) {
      const { object } = await cluster.get(at, 'k', { r: 1, ...session });
      expect(object.siblings).toHaveLength(1);
    }
  });

  it('begins anew where the ring changes under it', async () => {
    cluster.silence('n1');
    const put = await cluster.put('n1', 'k', { w: 1, ...inSession('ryw') });
    cluster.enter('prepare', [C, SWAPPED]).byAllBut('n3');
    const asked = cluster.get('n2', 'k', { r: 1, ...inSession('ryw', put.session?.token) });
    cluster.simulation.schedule(300, () => {
      cluster.enter('write_both').byAll();
      cluster.bringBack();
    });
    expect((await asked).object.siblings).toHaveLength(1);
  });

  it('needs all of both lists before what the session has seen counts as reaped', async () => {
    const put = await cluster.put('n1', 'k', { w: 3, ...inSession('ryw') });
    const session = inSession('ryw', put.session?.token);
    const nodes = ['n1', 'n2', 'n3', 'n4'];
    const lowered = async (...completed: readonly string[]) => {
      for (const id of completed) {
        const { reaps } = cluster.node(id).ports;
        await cluster.simulation.complete(
          reaps.adopt([{ partition: 0, number: 9, heldNothing: true }]),
        );
        await cluster.simulation.complete(reaps.complete(0, 9));
      }
    };
    for (const id of nodes) cluster.node(id).store.write([...deletionOf(cluster, id)]);
    cluster.enter('read_new', [C, SWAPPED]).byAll();
    await lowered('n1', 'n2', 'n4');
    expect(await refusal(cluster.get('n1', 'k', { r: 1, ...session }))).toMatchObject({
      code: 'session_unavailable',
    });
    await lowered('n3');
    const read = await cluster.get('n1', 'k', { r: 1, ...session });
    expect(read.object.clock).toEqual([]);
    cluster.lose('n3');
    expect(await refusal(cluster.get('n1', 'k', { r: 1, ...session }))).toMatchObject({
      code: 'session_unavailable',
    });
  });
});

/** As if the round that was completed had removed the key. */
function* deletionOf(of: MovingCluster, id: string) {
  for (const { key } of of.node(id).store.range({ from: Uint8Array.of(2), to: Uint8Array.of(3) })) {
    yield { type: 'delete', key } as const;
  }
}
