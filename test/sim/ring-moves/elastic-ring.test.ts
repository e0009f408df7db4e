import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src/kernel/names.ts';
import { startCluster, type TestCluster, valuesOf } from '../harness.ts';
import { commitAt, ringAt, untilSettled } from './ring-operator.ts';
import { keysMissing, strays } from './whereabouts.ts';

const KEYS = Array.from({ length: 60 }, (_, i) => `key ${i}`);
const QUORUM = { w: 2, sloppy: false } as const;

/** Writes all the time; what was acknowledged last has to be there at every moment. */
class Traffic {
  readonly #cluster: TestCluster;
  readonly lost: string[] = [];
  /** Clients turn to these. */
  asked: readonly NodeId[];
  #going = true;
  readonly #ended: Promise<unknown>;
  writes = 0;

  constructor(cluster: TestCluster, asked: readonly NodeId[]) {
    this.#cluster = cluster;
    this.asked = asked;
    this.#ended = Promise.all(
      [0, 1, 2].map((which) => this.#client(KEYS.filter((_, i) => i % 3 === which))),
    );
    this.#ended.catch(() => {});
  }

  async end(): Promise<void> {
    this.#going = false;
    await this.#cluster.complete(this.#ended);
  }

  /** Each key has one writer, so what it wrote last replaces all. */
  async #client(keys: readonly string[]): Promise<void> {
    const cluster = this.#cluster;
    const random = cluster.simulation.random.fork();
    const at = () => random.pick(this.asked);
    for (let i = 0; this.#going; i++) {
      const key = random.pick(keys);
      const value = `${key} ${i}`;
      const read = await cluster.get(at(), key, { r: 2, sloppy: false });
      const contexts = [read.context];
      await cluster.put(at(), key, value, { ...QUORUM, contexts });
      this.writes++;
      const again = await cluster.get(at(), key, { r: 2, sloppy: false });
      if (valuesOf(again).join() !== value) this.lost.push(`${value}: [${valuesOf(again)}]`);
      await cluster.pause(25);
    }
  }
}

async function expectInPlace(cluster: TestCluster, gone: readonly string[]): Promise<void> {
  await cluster.simulation.advance(1_000);
  expect(await strays(cluster, gone)).toEqual([]);
  expect(await keysMissing(cluster)).toEqual([]);
  expect(await cluster.complete(cluster.keys(cluster.up[0] as string, 2))).toHaveLength(60);
}

describe('a ring that grows and shrinks under writes', () => {
  it('ends with every partition on its planned replicas and nowhere else', async () => {
    const cluster = await startCluster(1, { nodes: 3 });
    for (const key of KEYS) await cluster.complete(cluster.put('n1', key, `${key} first`, QUORUM));
    const traffic = new Traffic(cluster, ['n1', 'n2', 'n3']);

    await cluster.complete(Promise.all([cluster.admit('n4'), cluster.admit('n5')]));
    await untilSettled(cluster, ['n1', 'n2', 'n3', 'n4', 'n5']);
    await expectInPlace(cluster, []);

    traffic.asked = ['n2', 'n3', 'n4'];
    await cluster.complete(commitAt(cluster, 'n2', [{ type: 'leave', node: 'n1' }]));
    await untilSettled(cluster, ['n2', 'n3', 'n4', 'n5']);
    await cluster.stop('n1');
    cluster.giveUp('n1');
    await expectInPlace(cluster, ['n1']);
    await traffic.end();

    cluster.kill('n3');
    cluster.giveUp('n3');
    await cluster.simulation.advance(1_000);
    const mourning = new Traffic(cluster, ['n2', 'n4', 'n5']);
    await cluster.complete(cluster.admit('n6', 'n3'));
    await untilSettled(cluster, ['n2', 'n4', 'n5', 'n6']);
    await mourning.end();
    await expectInPlace(cluster, ['n1']);

    expect([...traffic.lost, ...mourning.lost]).toEqual([]);
    expect(traffic.writes).toBeGreaterThan(50);
    expect(cluster.fatalErrors).toEqual([]);
    const { replicas } = await ringAt(cluster, 'n2');
    expect(replicas.every((list) => list.length === 3)).toBe(true);
  });

  it('takes in a node that is to replace one whose places others have by now', async () => {
    const cluster = await startCluster(1, { nodes: 4 });
    await cluster.complete(cluster.put('n1', 'key', 'value', QUORUM));
    cluster.kill('n4');
    cluster.giveUp('n4');
    await cluster.complete(
      commitAt(cluster, 'n1', [{ type: 'remove', node: 'n4', acceptLoss: false }]),
    );
    await untilSettled(cluster, ['n1', 'n2', 'n3']);
    await cluster.complete(cluster.admit('n5', 'n4'));
    await untilSettled(cluster, ['n1', 'n2', 'n3', 'n5']);
    expect((await ringAt(cluster, 'n1')).replicas.flat()).toContain('n5');
    expect(await keysMissing(cluster)).toEqual([]);
  });
});
