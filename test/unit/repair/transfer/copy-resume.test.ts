import { beforeEach, describe, expect, it } from 'vitest';
import {
  type ChunkRequest,
  COPY_CHUNK,
} from '../../../../src/repair/transfer/transfer-messages.ts';
import { ALL_COPY_CURSORS } from '../../../../src/replica/store-keys.ts';
import { MovingCluster } from './moving-cluster.ts';

let cluster: MovingCluster;
/** Where each chunk that was asked of n1 began; null: at the beginning. */
let asked: (string | null)[];

const KEYS = 40;

beforeEach(async () => {
  cluster = new MovingCluster();
  cluster.begin(['n1', 'n2', 'n3'], ['n4', 'n2', 'n3'], 'write_both');
  for (let i = 10; i < 10 + KEYS; i++) await cluster.nodes.n1.put(`k${i}`, 'x'.repeat(30_000));
  asked = [];
  watch();
});

/** Listens to what the node that copies asks for. */
function watch(): void {
  const { transport } = cluster.nodes.n4;
  const call = transport.call.bind(transport);
  transport.call = (peer, type, request, options) => {
    if (type.kind === COPY_CHUNK.kind) {
      const { after, table } = request as unknown as ChunkRequest;
      if (table === 'objects') asked.push(after && Buffer.from(after.subarray(9)).toString());
    }
    return call(peer, type, request, options);
  };
}

const finish = () => cluster.until(() => cluster.copy('n4', ['n1']));

async function copySome(): Promise<void> {
  cluster.network.setLink('n1', 'n4', { delayMsMin: 50, delayMsMax: 50 });
  await cluster.copy('n4', ['n1']);
  await cluster.simulation.advance(130);
  const some = cluster.nodes.n4.keys().length;
  expect(some).toBeGreaterThan(8);
  expect(some).toBeLessThan(KEYS);
}

describe('copying goes on where it was', () => {
  it('after a crash of the receiver', async () => {
    await copySome();
    const { n4 } = cluster.nodes;
    n4.crash();
    n4.start();
    watch();
    asked = [];
    expect(await finish()).toMatchObject({ state: 'done', keys: KEYS });
    expect(n4.keys()).toEqual(cluster.nodes.n1.keys());
    expect(asked[0]).not.toBeNull();
    expect(asked.length).toBeLessThan(5);
  });

  it('after a crash of the source', async () => {
    await copySome();
    const { n1, n4 } = cluster.nodes;
    n1.crash();
    await cluster.simulation.advance(2_000);
    expect((await cluster.copy('n4', ['n1'])).state).toBe('running');
    n1.start();
    expect(await finish()).toMatchObject({ state: 'done', keys: KEYS });
    expect(n4.keys()).toEqual(n1.keys());
    expect(asked.filter((after) => after === null).length).toBe(1);
  });

  it('with a broken connection in between', async () => {
    await copySome();
    cluster.network.cutBothWays(['n1'], ['n4']);
    await cluster.simulation.advance(30_000);
    cluster.network.heal();
    expect(await finish()).toMatchObject({ state: 'done', keys: KEYS });
    expect(asked.filter((after) => after === null).length).toBe(1);
  });

  it('and is known to be done after a restart, without another chunk', async () => {
    await finish();
    const { n4 } = cluster.nodes;
    n4.crash();
    n4.start();
    watch();
    asked = [];
    expect(await finish()).toMatchObject({ state: 'done', keys: KEYS });
    expect(asked).toEqual([]);
  });
});

describe('how far a copying came', () => {
  it('says nothing to another move', async () => {
    await finish();
    cluster.begin(['n1', 'n2', 'n3'], ['n4', 'n2', 'n3'], 'write_both');
    asked = [];
    expect((await finish()).state).toBe('done');
    expect(asked[0]).toBeNull();
  });

  it('says nothing of another source', async () => {
    await finish();
    const { n2, n4 } = cluster.nodes;
    await n2.put('a');
    expect((await cluster.until(() => cluster.copy('n4', ['n2']))).state).toBe('done');
    expect(n4.keys()).toContain('a');
  });

  it('is not on disk before the records are', async () => {
    const { n4 } = cluster.nodes;
    const cursors = () => [...n4.store.range(ALL_COPY_CURSORS)].length;
    n4.disk.timing = { commitMsMax: 100, flushMsMax: 1_000 };
    for (let i = 0; i < 1_000; i++) {
      await cluster.copy('n4', ['n1']);
      await cluster.simulation.advance(7);
      if (cursors() > 0) break;
    }
    const flushed = [...n4.disk.flushed.keys()].filter((key) => key.charCodeAt(0) === 2).length;
    expect(cursors()).toBe(1);
    expect(flushed).toBeGreaterThan(5);
  });

  it('is begun anew where it is damaged', async () => {
    await finish();
    const { n4 } = cluster.nodes;
    for (const { key, value } of [...n4.store.range(ALL_COPY_CURSORS)]) {
      const damaged = Buffer.from(value);
      damaged[0] = (damaged[0] as number) ^ 1;
      await cluster.simulation.complete(n4.store.write([{ type: 'put', key, value: damaged }]));
    }
    n4.crash();
    n4.start();
    watch();
    asked = [];
    expect((await finish()).state).toBe('done');
    expect(asked[0]).toBeNull();
  });

  it('is forgotten when the next one begins', async () => {
    await finish();
    cluster.place(['n4', 'n2', 'n3']);
    cluster.begin(['n4', 'n2', 'n3'], ['n4', 'n5', 'n3'], 'write_both');
    cluster.begin(['n4', 'n2', 'n3'], ['n4', 'n1', 'n3'], 'write_both');
    const { n4, n1 } = cluster.nodes;
    await cluster.until(() => cluster.copy('n1', ['n2']));
    expect([...n1.store.range(ALL_COPY_CURSORS)].length).toBe(3);
    cluster.begin(['n5', 'n2', 'n3'], ['n4', 'n2', 'n3'], 'write_both');
    await cluster.until(() => cluster.copy('n4', ['n5']));
    expect([...n4.store.range(ALL_COPY_CURSORS)].length).toBe(3);
  });
});
