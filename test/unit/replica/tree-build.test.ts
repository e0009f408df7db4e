import { beforeEach, describe, expect, it } from 'vitest';
import { encodeObject } from '../../../src/causality/object-codec.ts';
import type { SiblingObject } from '../../../src/causality/sibling-object.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { hash64 } from '../../../src/kernel/hash.ts';
import { HashTree } from '../../../src/merkle/hash-tree.ts';
import { encodeRecord, encodeVersion } from '../../../src/replica/record-codec.ts';
import { type Address, bucketNumberOf, objectKey } from '../../../src/replica/store-keys.ts';
import { TreeBuild } from '../../../src/replica/tree-build.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const DEPTH = 2;
const PARTITION = 3;
/** By bucket number: its n, or what it is instead. */
const TREE_OF: readonly (number | 'none' | 'unheard')[] = ['none', 3, 2, 'none', 3, 1];

let store: SimStore;
let damaged: Address[];

beforeEach(() => {
  store = new SimStore(new Simulation(1, settle), new SimDisk(), () => {});
  damaged = [];
});

function newBuild(treeOf = TREE_OF): TreeBuild {
  return new TreeBuild({
    store,
    partition: PARTITION,
    depth: DEPTH,
    treeOf: (bucketNumber) => treeOf[bucketNumber] as number,
    isLeftOut: () => false,
    onDamaged: (address) => damaged.push(address),
  });
}

/** An object of which only the version matters. */
function version(counter: number): SiblingObject {
  return { clock: [{ lineage: 5, actorEpoch: 1, counter }], siblings: [] };
}

const at = (bucketNumber: number, i: number, partition = PARTITION): Address => {
  return { partition, bucketNumber, key: utf8(`key-${i}`) };
};

/** What the store is to have; the digests before and after are those of the write. */
function put(address: Address, counter: number): bigint {
  const encoded = encodeVersion(version(counter));
  const key = objectKey(address);
  void store.write([{ type: 'put', key, value: encodeRecord(encoded, undefined) }]);
  return encoded.digest;
}

describe('a build of trees', () => {
  it('has one tree for each n, of what is there when it ends, with writes in between', () => {
    const random = new SeededRandom(7);
    const digests = new Map<string, { readonly address: Address; readonly digest: bigint }>();
    const write = (build?: TreeBuild) => {
      const address = at(1 + random.below(5), random.below(3_000));
      const key = objectKey(address);
      const name = Buffer.from(key).toString('latin1');
      const before = digests.get(name)?.digest;
      const digest = put(address, 1 + random.below(1_000));
      digests.set(name, { address, digest });
      const n = TREE_OF[address.bucketNumber];
      if (typeof n === 'number') build?.update(n, key, hash64(key), before, digest);
    };
    for (let i = 0; i < 2_500; i++) write();
    const build = newBuild();
    let steps = 0;
    while (!build.step().complete) {
      steps++;
      for (let i = 0; i < 50; i++) write(build);
    }
    expect(steps).toBeGreaterThan(3);
    const built = build.finish();
    const expected = new Map<number, HashTree>();
    for (const { address, digest } of digests.values()) {
      const n = TREE_OF[address.bucketNumber];
      if (typeof n !== 'number') continue;
      const tree = expected.get(n) ?? new HashTree(DEPTH);
      expected.set(n, tree);
      tree.update(hash64(objectKey(address)), undefined, digest);
    }
    expect([...built.keys()].sort()).toEqual([1, 2, 3]);
    for (const [n, tree] of expected) {
      expect([built.get(n)?.root, built.get(n)?.count]).toEqual([tree.root, tree.count]);
    }
  });

  it('takes in a key that comes to be behind the scan, where nothing of its n was', () => {
    put(at(2, 1), 1);
    for (let i = 0; i < 900; i++) put(at(4, i), 1);
    const build = newBuild();
    expect(build.step().complete).toBe(false);
    const late = { ...at(2, 0), key: utf8('z') };
    const newcomer = { ...at(4, 0), key: utf8('key-0-behind-too') };
    const digest = put(late, 5);
    put(newcomer, 5);
    build.update(2, objectKey(late), hash64(objectKey(late)), undefined, digest);
    build.update(3, objectKey(newcomer), hash64(objectKey(newcomer)), undefined, digest);
    while (!build.step().complete);
    const built = build.finish();
    expect([built.get(2)?.count, built.get(3)?.count]).toEqual([2, 901]);
  });

  it('leaves out other partitions, and buckets that have no tree here', () => {
    put(at(1, 1, PARTITION - 1), 1);
    put(at(1, 1, PARTITION + 1), 1);
    put(at(3, 1), 1);
    const build = newBuild();
    expect(build.step()).toMatchObject({ records: 1, complete: true });
    expect(build.finish().size).toBe(0);
  });

  it('tells of damaged records and leaves them out', () => {
    put(at(1, 1), 1);
    const key = objectKey(at(1, 2));
    void store.write([{ type: 'put', key, value: encodeObject(version(1)) }]);
    const build = newBuild();
    build.step();
    expect(build.finish().get(3)?.count).toBe(1);
    expect(damaged.map(({ key: client }) => Buffer.from(client).toString())).toEqual(['key-2']);
  });

  it('is of no use where a bucket is not known yet', () => {
    put(at(2, 1), 1);
    const build = newBuild(['none', 3, 'unheard']);
    build.step();
    expect(build.metUnheardBucket).toBe(true);
    expect(bucketNumberOf(objectKey(at(2, 1)))).toBe(2);
  });
});
