import { beforeEach, describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { leafOf } from '../../../src/merkle/tree-shape.ts';
import {
  type KeptItem,
  type ScanPorts,
  scanLeaves,
  scanObjects,
} from '../../../src/replica/leaf-scan.ts';
import { encodeRecord, encodeVersion } from '../../../src/replica/record-codec.ts';
import { objectKey, partitionRest, rangeBehind } from '../../../src/replica/store-keys.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

const DEPTH = 1;
const ALL_LEAVES = new Set([0, 1, 2, 3, 4, 5, 6, 7]);
const KEYS = 1_300;
const range = partitionRest(3, 0);

let store: SimStore;
let pauses: number;
let ports: ScanPorts;
let goOn: boolean;

beforeEach(() => {
  store = new SimStore(new Simulation(1, settle), new SimDisk(), () => {});
  pauses = 0;
  goOn = true;
  const pause = async () => {
    pauses++;
    return goOn;
  };
  ports = { store, onDamaged: () => {}, pause };
  const version = encodeVersion({
    clock: [{ lineage: 1, actorEpoch: 1, counter: 1 }],
    siblings: [],
  });
  for (let i = 0; i < KEYS; i++) {
    const key = objectKey({ partition: 3, bucketNumber: 1 + (i % 2), key: utf8(`k${i}`) });
    void store.write([{ type: 'put', key, value: encodeRecord(version, undefined) }]);
  }
});

const isLeftOut = () => false;
const filter = { isOfTree: () => true, isLeftOut, depth: DEPTH, leaves: ALL_LEAVES };

describe('a scan of leaves', () => {
  it('finds the keys of these leaves and this tree only, a stretch a turn', async () => {
    const isOfTree = (bucketNumber: number) => bucketNumber === 2;
    const wanted = { isOfTree, isLeftOut, depth: DEPTH, leaves: new Set([1, 5]) };
    const { found, reached } = await scanLeaves(ports, range, wanted);
    expect(reached).toBeUndefined();
    expect(pauses).toBe(2);
    expect(found.length).toBeGreaterThan(KEYS / 16);
    expect(found.every(({ keyHash }) => [1, 5].includes(leafOf(keyHash, DEPTH)))).toBe(true);
  });

  it('ends where it is told to, and goes on from there without a gap', async () => {
    goOn = false;
    const pages: KeptItem[] = [];
    let after: Uint8Array | undefined;
    do {
      const { found, reached } = await scanLeaves(ports, rangeBehind(range, after), filter);
      pages.push(...found);
      after = reached;
    } while (after !== undefined);
    expect(pages).toHaveLength(KEYS);
    expect(new Set(pages.map(({ keyHash }) => keyHash)).size).toBe(KEYS);
  });
});

describe('a scan of objects', () => {
  it('gives those asked for, in pages of so many bytes', async () => {
    const { found: items } = await scanLeaves(ports, range, filter);
    const wanted = new Set(items.filter((_, i) => i % 10 === 0).map(({ keyHash }) => keyHash));
    let objects = 0;
    let pages = 0;
    let after: Uint8Array | undefined;
    do {
      const page = await scanObjects(ports, rangeBehind(range, after), wanted, 2_000);
      expect(page.found.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(2_100);
      objects += page.found.length;
      pages++;
      after = page.reached;
    } while (after !== undefined);
    expect(objects).toBe(wanted.size);
    expect(pages).toBeGreaterThan(2);
  });
});
