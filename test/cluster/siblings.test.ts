/** What the newcomer's tour shows, over real sockets and disks. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { createBucket, refusalOf, valuesOf } from './harness.ts';

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, partitions: 8 });
  await createBucket(cluster.node('n1').url, 'quick', { r: 'one', w: 'one' });
});

afterAll(() => cluster?.kill());

describe('siblings', () => {
  it('two clients make siblings, another reads them at another node and resolves them', async () => {
    await cluster.client('n1').put('tour', 'cart', 'milk', { contentType: 'text/plain' });
    await cluster.client('n2').put('tour', 'cart', 'bread', { contentType: 'text/plain' });

    const siblings = await cluster.client('n3').get('tour', 'cart');
    expect(valuesOf(siblings)).toEqual(['bread', 'milk']);
    expect(siblings.values.map(({ contentType }) => contentType)).toEqual([
      'text/plain',
      'text/plain',
    ]);

    const { context } = siblings;
    await cluster.client('n3').put('tour', 'cart', 'milk and bread', { context });
    for (const { name } of cluster.nodes) {
      expect(valuesOf(await cluster.client(name).get('tour', 'cart'))).toEqual(['milk and bread']);
    }
  });

  it('a put without context drops no sibling, also at the node that wrote it', async () => {
    for (const value of ['1', '2', '3']) await cluster.client('n1').put('tour', 'blind', value);
    await cluster.client('n2').put('tour', 'blind', '4');
    expect(valuesOf(await cluster.client('n3').get('tour', 'blind', { r: 'all' }))).toEqual([
      '1',
      '2',
      '3',
      '4',
    ]);
  });

  it("a writer's own context replaces its own write and nothing else", async () => {
    const own = await cluster.client('n1').put('tour', 'own', 'mine');
    await cluster.client('n2').put('tour', 'own', 'theirs');
    await cluster.client('n1').put('tour', 'own', 'mine, again', { context: own.context });
    expect(valuesOf(await cluster.client('n3').get('tour', 'own'))).toEqual([
      'mine, again',
      'theirs',
    ]);
  });

  it('a delete leaves nothing, and a context to write over it', async () => {
    await cluster.client('n1').put('tour', 'gone', 'x');
    await cluster.client('n2').delete('tour', 'gone');
    const answer = await cluster.client('n3').get('tour', 'gone');
    expect(answer.values).toEqual([]);
    expect(answer.context).toBeDefined();
    const error = await refusalOf(cluster.client('n3').delete('tour', 'never'));
    expect(error).toMatchObject({ code: 'not_found' });
  });

  it('a context of another key is refused', async () => {
    const { context } = await cluster.client('n1').put('tour', 'key', 'x');
    const error = await refusalOf(cluster.client('n1').put('tour', 'other', 'y', { context }));
    expect(error).toMatchObject({ code: 'bad_context', status: 400, definite: true });
  });
});

describe('levels', () => {
  it.each(['one', 'quorum', 'all', 1, 2, 3])('w=%s is acknowledged and read', async (level) => {
    const key = `level ${level}`;
    const { quorum } = await cluster.client('n1').put('tour', key, 'x', { w: level });
    const needed = { one: 1, quorum: 2, all: 3 }[level] ?? level;
    expect(quorum).toContain(`needed=${needed};`);
    const answer = await cluster.client('n1').get('tour', key, { r: level });
    expect(valuesOf(answer)).toEqual(['x']);
    expect(answer.quorum).toContain(`needed=${needed};`);
  });

  it("a bucket's own levels hold where the request names none", async () => {
    expect((await cluster.client('n1').put('quick', 'k', 'x')).quorum).toContain('needed=1;');
    expect((await cluster.client('n1').get('quick', 'k')).quorum).toContain('needed=1;');
  });

  it('more than there are is refused, naming the parameter', async () => {
    const error = await refusalOf(cluster.client('n1').put('tour', 'k', 'x', { w: 4 }));
    expect(error).toMatchObject({ code: 'bad_parameter', facts: { parameter: 'w' } });
  });
});

/** So few that the last of them does not wait for all others until its deadline. */
const PUTS_AT_ONCE = 100;

describe('keys', () => {
  it('lists bytes over pages and nodes, by prefix and up to a limit', async () => {
    const odd = Buffer.from([0x6b, 0xff, 0x2f, 0x00]);
    await cluster.client('n1').put('listed', odd, 'bytes');
    const names = Array.from({ length: 1_005 }, (_, i) => `p/${String(i).padStart(4, '0')}`);
    for (let i = 0; i < names.length; i += PUTS_AT_ONCE) {
      const some = names.slice(i, i + PUTS_AT_ONCE);
      await Promise.all(some.map((name) => cluster.client('n2').put('listed', name, 'x')));
    }

    const listed = async (options = {}) => {
      const found: string[] = [];
      for await (const key of cluster.client('n3').keys('listed', options)) {
        found.push(Buffer.from(key).toString('latin1'));
      }
      return found;
    };
    expect(await listed()).toEqual([odd.toString('latin1'), ...names]);
    expect(await listed({ prefix: 'p/' })).toEqual(names);
    expect(await listed({ prefix: 'p/', limit: 1_002 })).toEqual(names.slice(0, 1_002));
    expect(valuesOf(await cluster.client('n1').get('listed', odd))).toEqual(['bytes']);
  });
});
