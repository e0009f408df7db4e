import { describe, expect, test } from 'vitest';
import { LATEST_VERSION } from '../../../src/metadata/cluster-version.ts';
import { drawing } from '../../../src/metadata/drawing.ts';
import { FOUNDING_INDEX } from '../../../src/metadata/founding.ts';
import { NODES_MAX } from '../../../src/metadata/nodes.ts';
import { address, founded, Log, restored, seed, seeds } from './cluster.ts';

const refused = (code: string) => ({ ok: false, code });

describe('founding', () => {
  test('the nodes get numbers from 1 on', () => {
    const state = founded();
    expect(state.index).toBe(FOUNDING_INDEX);
    expect(state.nodes().map(({ nodeNo, name }) => [nodeNo, name])).toEqual([
      [1, 'n1'],
      [2, 'n2'],
      [3, 'n3'],
    ]);
    expect(state.node(2)).toBe(state.nodeNamed('n2'));
    expect(state.node(1)).toMatchObject({ bootNumber: 0, life: 0 });
  });

  test('a simulation begins with a ring and buckets', () => {
    const state = founded({ drawRing: true, buckets: [{ name: 'b', n: 2, w: 1 }] });
    expect(state.ring()).toMatchObject({ epoch: FOUNDING_INDEX, partitionCount: 8 });
    expect(state.bucket('b')).toMatchObject({ number: 1, n: 2, r: 'quorum', w: 1 });
  });

  test.each([
    [{ partitionCount: 12 }, 'power of two'],
    [{ replicationFactor: 0 }, 'replication factor'],
    [{ nodes: [] }, 'at least one member'],
    [{ nodes: [seed(1), seed(1)] }, 'two members are named'],
    [{ clusterId: 'xyz' }, 'hexadecimal'],
    [{ secret: new Uint8Array(3) }, '32 bytes'],
    [{ buckets: [{ name: 'b', n: 4 }] }, 'replication factor'],
  ])('what cannot be a cluster is refused: %j', (options, message) => {
    expect(() => founded(options)).toThrow(message);
  });
});

describe('admit_node', () => {
  const admit = { type: 'admit_node' as const, ...seed(4, 'za') };

  test('gives the next number and raises the epoch', () => {
    const log = new Log();
    const before = log.state.nodes();
    expect(log.run(admit)).toMatchObject({ ok: true, nodeNo: 4 });
    expect(log.state.epoch).toBe(log.state.index);
    expect(log.state.nodes()).not.toBe(before);
    expect(log.state.node(4)).toEqual({
      nodeNo: 4,
      bootNumber: 0,
      life: 0,
      weight: 1,
      status: 'member',
      lossAccepted: false,
      ...seed(4, 'za'),
    });
  });

  test('the same directory again is the same node, at its new address', () => {
    const log = new Log();
    log.run(admit);
    const nodes = log.state.nodes();
    expect(log.run(admit)).toMatchObject({ ok: true, nodeNo: 4 });
    expect(log.state.nodes()).toBe(nodes);
    expect(log.state.epoch).toBe(log.state.index - 1);
    expect(log.run({ ...admit, address: address(9) })).toMatchObject({ ok: true, nodeNo: 4 });
    expect(log.state.node(4)?.address).toEqual(address(9));
    expect(log.state.epoch).toBe(log.state.index);
  });

  test('a late copy of the request does not bring the old address back', () => {
    const log = new Log();
    log.run(admit);
    log.run({
      type: 'register_start',
      nodeNo: 4,
      directoryId: admit.directoryId,
      bootNumber: 1,
      since: [],
      version: LATEST_VERSION,
      life: 5,
      address: address(9),
    });
    expect(log.run(admit)).toMatchObject(refused('rolled_back'));
    expect(log.state.node(4)?.address).toEqual(address(9));
  });

  test('a directory that was started and asks again has lost what it knew, and is refused', () => {
    const log = new Log();
    log.run(admit);
    const { directoryId } = admit;
    const start = {
      nodeNo: 4,
      directoryId,
      bootNumber: 1,
      since: [],
      version: LATEST_VERSION,
      life: 5,
      address: address(4),
    };
    log.run({ type: 'register_start', ...start });
    const before = log.state.nodes();
    for (const asked of [admit, { ...admit, name: 'n5' }, { ...admit, address: address(9) }]) {
      expect(log.run(asked)).toMatchObject({ ...refused('rolled_back'), facts: { bootNumber: 1 } });
    }
    expect(log.state.nodes()).toBe(before);
  });

  test('more nodes than there may be are refused; those that are there may ask again', () => {
    const log = new Log(founded({ nodes: seeds(NODES_MAX) }));
    const elsewhere = { ...address(1), host: '127.0.0.2' };
    const more = { type: 'admit_node' as const, ...seed(NODES_MAX + 1), address: elsewhere };
    expect(log.run(more)).toMatchObject({
      ...refused('bad_request'),
      detail: `the cluster has ${NODES_MAX} nodes, and no more fit`,
    });
    expect(log.state.nodes()).toHaveLength(NODES_MAX);
    expect(log.run({ type: 'admit_node', ...seed(7) })).toMatchObject({ ok: true, nodeNo: 7 });
  });

  test('a name, a listener or a shape that cannot be is refused', () => {
    const log = new Log();
    log.run(admit);
    const before = log.state.nodes();
    const other = { ...admit, ...seed(5) };
    expect(log.run({ ...other, name: 'n2' })).toMatchObject(refused('duplicate_name'));
    expect(log.run({ ...admit, name: 'n5' })).toMatchObject(refused('duplicate_name'));
    expect(log.run({ ...admit, zone: 'zb' })).toMatchObject(refused('bad_request'));
    for (const taken of [
      { ...address(5), peerPort: address(1).peerPort },
      { ...address(5), peerPort: address(1).clientPort },
      { ...address(5), clientPort: address(4).peerPort },
      { ...address(5), clientPort: address(4).clientPort },
    ]) {
      expect(log.run({ ...other, address: taken })).toMatchObject(refused('duplicate_address'));
    }
    expect(log.run({ ...admit, address: address(1) })).toMatchObject(refused('duplicate_address'));
    for (const wrong of [
      { name: '-x' },
      { zone: 'a b' },
      { directoryId: '' },
      { address: { ...address(5), peerPort: 0 } },
      { address: { ...address(5), host: '' } },
      { weight: 0 },
      { weight: 101 },
      { weight: 1.5 },
    ]) {
      expect(log.run({ ...other, ...wrong })).toMatchObject(refused('bad_request'));
    }
    expect(log.state.nodes()).toBe(before);
    const elsewhere = { ...address(1), host: '127.0.0.2' };
    expect(log.run({ ...other, address: elsewhere })).toMatchObject({ ok: true, nodeNo: 5 });
  });
});

describe('a node that comes with a weight', () => {
  const admit = { type: 'admit_node' as const, ...seed(4), weight: 7 };

  test('keeps it, and cannot ask for another', () => {
    const log = new Log();
    log.must(admit);
    expect(log.state.node(4)).toMatchObject({ weight: 7 });
    expect(log.run(admit)).toMatchObject({ ok: true, nodeNo: 4 });
    expect(log.run({ ...admit, weight: 8 })).toMatchObject(refused('bad_request'));
    expect(log.run({ type: 'admit_node', ...seed(4) })).toMatchObject(refused('bad_request'));
  });

  test('has it in the ring that is drawn', () => {
    const log = new Log(founded({ expect: 4 }));
    log.must(admit);
    log.must(drawing({ ...log.state.cluster, nodes: log.state.nodes() }));
    expect(log.ring.members).toEqual([
      { id: 'n1' },
      { id: 'n2' },
      { id: 'n3' },
      { id: 'n4', weight: 7 },
    ]);
    expect(restored(log.state).ring()).toEqual(log.ring);
  });
});

describe('a node that is to replace another', () => {
  const admit = { type: 'admit_node' as const, ...seed(4), address: address(2), replaces: 'n2' };

  test('may listen where that one did, before and after it is declared dead', () => {
    const log = new Log(founded({ drawRing: true }));
    expect(log.run({ ...admit, replaces: undefined })).toMatchObject(refused('duplicate_address'));
    expect(log.run({ ...admit, replaces: 'n1' })).toMatchObject(refused('duplicate_address'));
    expect(log.run(admit)).toMatchObject({ ok: true, nodeNo: 4 });
    expect(log.state.node(4)).toMatchObject({ replaces: 'n2', status: 'member' });
    const start = {
      nodeNo: 4,
      directoryId: 'directory-4',
      bootNumber: 1,
      since: [],
      life: 5,
      version: LATEST_VERSION,
    };
    log.must({ type: 'register_start', ...start, address: address(2) });
    log.change({ type: 'replace', dead: 'n2', by: 'n4', acceptLoss: false });
    const again = { ...start, bootNumber: 2, since: [5], life: 6 };
    log.must({ type: 'register_start', ...again, address: address(2) });
  });

  test('asks again for the same', () => {
    const log = new Log(founded({ drawRing: true }));
    log.must(admit);
    expect(log.run(admit)).toMatchObject({ ok: true, nodeNo: 4 });
    expect(log.run({ ...admit, replaces: 'n1' })).toMatchObject(refused('bad_request'));
  });

  test('has to name a node that there is', () => {
    const log = new Log(founded({ drawRing: true }));
    expect(log.run({ ...admit, replaces: 'n7' })).toMatchObject(refused('not_a_member'));
    log.change({ type: 'leave', node: 'n2' });
    log.carryOut();
    log.must({ type: 'retire_node', name: 'n2' });
    expect(log.run(admit)).toMatchObject(refused('bad_request'));
  });
});

describe('a node that is of the cluster no more', () => {
  const start = {
    type: 'register_start' as const,
    nodeNo: 2,
    directoryId: 'directory-2',
    bootNumber: 9,
    since: [],
    version: LATEST_VERSION,
    life: 5,
    address: address(2),
  };
  /** n2 is dead: removed, or replaced by n5. */
  const withDead = (by?: string): Log => {
    const log = new Log(founded({ nodes: seeds(4), drawRing: true }));
    log.must({ type: 'admit_node', ...seed(5) });
    if (by === undefined) log.change({ type: 'remove', node: 'n2', acceptLoss: false });
    else log.change({ type: 'replace', dead: 'n2', by, acceptLoss: true });
    return log;
  };

  test('is on record, and is no member', () => {
    const log = withDead('n5');
    expect(log.state.nodes()).toHaveLength(5);
    expect(log.state.nodeNamed('n2')).toMatchObject({
      status: 'dead',
      replacedBy: 'n5',
      lossAccepted: true,
    });
    expect(log.state.members().map(({ name }) => name)).toEqual(['n1', 'n3', 'n4', 'n5']);
    expect(log.state.members()).toBe(log.state.members());
    expect(restored(log.state).nodes()).toEqual(log.state.nodes());
  });

  test('is told that it was replaced, or removed, at every start', () => {
    const replaced = withDead('n5').run(start);
    expect(replaced).toMatchObject(refused('replaced'));
    expect(replaced).toMatchObject({ detail: expect.stringContaining('replaced by n5') });
    const log = withDead();
    const removed = log.run(start);
    expect(removed).toMatchObject(refused('replaced'));
    expect(removed).toMatchObject({ detail: expect.stringContaining('removed as dead') });
    log.carryOut();
    log.must({ type: 'retire_node', name: 'n2' });
    expect(log.run(start)).toMatchObject(refused('replaced'));
    expect(log.run({ ...start, directoryId: 'x' })).toMatchObject(refused('not_a_member'));
  });

  test('is not admitted again, and nobody gets its name', () => {
    const log = withDead();
    expect(log.run({ type: 'admit_node', ...seed(2) })).toMatchObject(refused('replaced'));
    const other = { type: 'admit_node' as const, ...seed(6), name: 'n2' };
    expect(log.run(other)).toMatchObject(refused('duplicate_name'));
    expect(log.run(other)).toMatchObject({ detail: expect.stringContaining('not used again') });
  });

  test('leaves its address to others', () => {
    const log = withDead();
    expect(log.run({ type: 'admit_node', ...seed(6), address: address(2) })).toMatchObject({
      ok: true,
      nodeNo: 6,
    });
  });

  test('may serve to the end while it is leaving, and has left then', () => {
    const log = new Log(founded({ nodes: seeds(4), drawRing: true }));
    log.change({ type: 'leave', node: 'n2' });
    expect(log.state.nodeNamed('n2')).toMatchObject({ status: 'leaving' });
    expect(log.state.members()).toHaveLength(4);
    log.must(start);
    log.carryOut();
    log.must({ type: 'retire_node', name: 'n2' });
    expect(log.state.nodeNamed('n2')).toMatchObject({ status: 'left' });
    expect(log.state.members()).toHaveLength(3);
    const again = log.run({ ...start, bootNumber: 10, since: [5], life: 6 });
    expect(again).toMatchObject(refused('not_a_member'));
    expect(again).toMatchObject({ detail: expect.stringContaining('has left the cluster') });
    expect(log.run({ type: 'admit_node', ...seed(2) })).toMatchObject(refused('not_a_member'));
  });

  test('does not count among the nodes that there may be', () => {
    const log = new Log(founded({ nodes: seeds(NODES_MAX), drawRing: true }));
    const elsewhere = { ...address(1), host: '127.0.0.2' };
    const more = { type: 'admit_node' as const, ...seed(NODES_MAX + 1), address: elsewhere };
    expect(log.run(more)).toMatchObject(refused('bad_request'));
    log.change({ type: 'remove', node: 'n7', acceptLoss: false });
    expect(log.run(more)).toMatchObject({ ok: true, nodeNo: NODES_MAX + 1 });
  });
});

describe('register_start', () => {
  const start = {
    type: 'register_start' as const,
    nodeNo: 2,
    directoryId: 'directory-2',
    bootNumber: 3,
    since: [],
    version: LATEST_VERSION,
    life: 0xffff_ffff_ffff,
    address: address(2),
  };

  test('records the start; again for the same one changes nothing', () => {
    const log = new Log();
    expect(log.run(start)).toMatchObject({ ok: true });
    expect(log.state.node(2)).toMatchObject({ bootNumber: 3, life: 0xffff_ffff_ffff });
    expect(log.state.epoch).toBe(FOUNDING_INDEX);
    const nodes = log.state.nodes();
    expect(log.run(start)).toMatchObject({ ok: true });
    expect(log.state.nodes()).toBe(nodes);
  });

  test('a new address raises the epoch', () => {
    const log = new Log();
    log.run({ ...start, address: address(9) });
    expect(log.state.node(2)?.address).toEqual(address(9));
    expect(log.state.epoch).toBe(log.state.index);
  });

  test('a directory that was rolled back is told which start is known', () => {
    const log = new Log();
    log.run(start);
    for (const bootNumber of [1, 2, 3]) {
      expect(log.run({ ...start, bootNumber, life: 9 })).toMatchObject({
        ...refused('rolled_back'),
        facts: { bootNumber: 3 },
      });
    }
    expect(log.state.node(2)).toMatchObject({ bootNumber: 3, life: start.life });
    expect(log.run({ ...start, bootNumber: 4, life: 9 })).toMatchObject({ ok: true });
  });

  test('a directory that does not remember the registered start is refused at later ones too', () => {
    const log = new Log();
    log.run({ ...start, bootNumber: 5, life: 105 });
    log.run({ ...start, bootNumber: 7, since: [105, 106], life: 107 });
    const forgot = [105, 206, 207, 208, 209];
    for (const bootNumber of [6, 7, 8, 9]) {
      const since = forgot.slice(0, bootNumber - 5);
      const life = forgot[bootNumber - 5] as number;
      expect(log.run({ ...start, bootNumber, since, life })).toMatchObject({
        ...refused('rolled_back'),
        facts: { bootNumber: 7 },
      });
    }
    const remembers = { ...start, bootNumber: 9, since: [107, 108], life: 109 };
    expect(log.run(remembers)).toMatchObject({ ok: true });
    expect(log.state.node(2)).toMatchObject({ bootNumber: 9, life: 109 });
  });

  test('what is not that node is refused', () => {
    const log = new Log();
    expect(log.run({ ...start, nodeNo: 9 })).toMatchObject(refused('not_a_member'));
    expect(log.run({ ...start, directoryId: 'x' })).toMatchObject(refused('not_a_member'));
    expect(log.run({ ...start, bootNumber: 0 })).toMatchObject(refused('bad_request'));
    const taken = { ...start, address: address(3) };
    expect(log.run(taken)).toMatchObject(refused('duplicate_address'));
    expect(log.state.node(2)?.bootNumber).toBe(0);
  });
});

describe('draw_ring', () => {
  const shape = { partitionCount: 8, replicationFactor: 3 };

  test('stores the ring with the epoch of its entry', () => {
    const nodes = [seed(1, 'a'), seed(2, 'b'), seed(3), seed(4)];
    const log = new Log(founded({ nodes }));
    expect(log.state.ring()).toBeUndefined();
    const command = drawing({ ...shape, nodes: log.state.nodes() });
    expect(log.run(command)).toMatchObject({ ok: true });
    const { index } = log.state;
    const ring = log.state.ring();
    expect(log.state.epoch).toBe(index);
    expect(ring).toEqual({
      ...shape,
      epoch: index,
      members: [{ id: 'n1', zone: 'a' }, { id: 'n2', zone: 'b' }, { id: 'n3' }, { id: 'n4' }],
      replicas: command.replicas,
      partitionEpochs: new Array(8).fill(index),
      listEpochs: new Array(8).fill(index),
      moves: new Map(),
    });
    expect(restored(log.state).ring()).toEqual(ring);
    log.run({ type: 'grant_lease', ttlMs: 1_000 });
    expect(log.state.ring()).toBe(ring);
    expect(log.run(command)).toMatchObject(refused('ring_already_drawn'));
    expect(log.state.ring()).toBe(ring);
  });

  test('a ring of fewer nodes than N has shorter lists', () => {
    const log = new Log(founded({ nodes: seeds(2), expect: 2 }));
    log.run(drawing({ ...shape, nodes: log.state.nodes() }));
    expect(log.state.ring()?.replicas.every((list) => list.length === 2)).toBe(true);
  });

  test('what does not fit the cluster is refused', () => {
    const log = new Log(founded({ expect: 3 }));
    const draw = (nodes: Parameters<typeof drawing>[0]['nodes'], over = {}) =>
      drawing({ ...shape, nodes, ...over });
    const good = draw(log.state.nodes());
    for (const command of [
      draw(seeds(2)),
      draw(seeds(4)),
      draw([seed(1, 'zone'), seed(2), seed(3)]),
      draw(seeds(3), { partitionCount: 4 }),
      draw(seeds(3), { replicationFactor: 2 }),
      { ...good, members: [...good.members, { id: 'n1' }] },
      { ...good, replicas: good.replicas.map(() => ['n1', 'n1', 'n2']) },
    ]) {
      expect(log.run(command)).toMatchObject(refused('bad_request'));
    }
    expect(log.state.ring()).toBeUndefined();
    expect(log.run(good)).toMatchObject({ ok: true });
  });
});
