/** The records of a node's store that are not objects, hints or registers, under their keys. */

import { utf8 } from '../../src/kernel/bytes.ts';
import { HashTree } from '../../src/merkle/hash-tree.ts';
import { readIncarnation, writeIncarnation } from '../../src/node/gossip/incarnation.ts';
import type { Random } from '../../src/ports/random.ts';
import { CopyCursors } from '../../src/repair/transfer/copy-cursors.ts';
import { NodeLife, readLife } from '../../src/replica/node-life.ts';
import { ReapNumbers } from '../../src/replica/reap-numbers.ts';
import {
  addressAt,
  hintAt,
  hintKey,
  objectKey,
  objectKeyOfMark,
  partitionAt,
  reapMarkKey,
  registerKey,
  treesKey,
} from '../../src/replica/store-keys.ts';
import { decodeTrees, encodeTrees } from '../../src/replica/tree-records.ts';
import { describeGolden, formsOf } from './golden-forms.ts';
import { LINEAGE, WALL_TIME_MS } from './some-versions.ts';
import { leftBy, storeWith } from './stored-keys.ts';

const drawing = (...numbers: number[]): Random => ({
  uint48: () => numbers.shift() as number,
  float: () => 0,
});

const copying = {
  moving: { partition: 3, epoch: 8, session: 7 },
  table: 'registers',
  source: 'n1',
} as const;
const cursor = { complete: true, keys: 300, bytes: 2 ** 40, after: utf8('key') };

const address = { partition: 258, bucketNumber: 300, key: Uint8Array.of(0, 255) };
const DEPTH = 1;
const trees = () => {
  const tree = new HashTree(DEPTH);
  for (const key of [1n, 2n ** 63n]) tree.update(key, undefined, 7n);
  return new Map([[3, tree]]);
};

describeGolden('v0.1.0', 'node-stores', [
  {
    name: 'life after two starts that nobody registered',
    value: {
      lineage: LINEAGE,
      nextActorEpoch: 3,
      bootNumber: 2,
      life: 12,
      since: [11],
      cleanStop: true,
    },
    encode: () =>
      leftBy(async (store) => {
        const first = await NodeLife.begin(store, drawing(LINEAGE, 11));
        first.nextActorEpoch();
        await first.end();
        const second = await NodeLife.begin(store, drawing(12));
        second.nextActorEpoch();
        await second.end();
      }),
    decode: (bytes) => readLife(storeWith(bytes)),
  },
  {
    name: 'life that has no end yet',
    value: {
      lineage: LINEAGE,
      nextActorEpoch: 1,
      bootNumber: 1,
      life: 11,
      since: [],
      cleanStop: false,
    },
    encode: () => leftBy((store) => NodeLife.begin(store, drawing(LINEAGE, 11))),
    decode: (bytes) => readLife(storeWith(bytes)),
  },
  {
    name: 'incarnation',
    value: 300,
    encode: () => leftBy((store) => writeIncarnation(store, 300)),
    decode: (bytes) => readIncarnation(storeWith(bytes)),
  },
  {
    name: 'reap numbers',
    value: { adopted: [2 ** 40, 9], completed: [0, 9], heldNothing: [true, false] },
    encode: () =>
      leftBy(async (store) => {
        const numbers = new ReapNumbers(store);
        await numbers.adopt([
          { partition: 3, number: 2 ** 40, heldNothing: true },
          { partition: 258, number: 9, heldNothing: false },
        ]);
        await numbers.complete(258, 9);
      }),
    decode(bytes) {
      const numbers = new ReapNumbers(storeWith(bytes));
      return {
        adopted: [3, 258].map((partition) => numbers.of(partition)),
        completed: [3, 258].map((partition) => numbers.completed(partition)),
        heldNothing: [3, 258].map((partition) => numbers.heldNothing(partition)),
      };
    },
  },
  {
    name: 'cursor of a copying',
    value: { ...copying.moving, ...cursor, partition: undefined },
    encode: () => leftBy((store) => new CopyCursors(store).write(copying, cursor)),
    decode: (bytes) => new CopyCursors(storeWith(bytes)).read(copying),
  },
  {
    name: 'trees',
    value: { scannedAt: WALL_TIME_MS, place: 2, tree: [3, trees().get(3)?.root, 2] },
    encode: () => encodeTrees({ scannedAt: WALL_TIME_MS, place: 2, trees: trees() }),
    decode(bytes) {
      const { scannedAt, place, trees: found } = decodeTrees(bytes, DEPTH);
      const tree = found.get(3);
      return { scannedAt, place, tree: [...found.keys(), tree?.root, tree?.count] };
    },
  },
  ...formsOf({ encode: objectKey, decode: addressAt }, { 'key of an object': address }),
  ...formsOf({ encode: registerKey, decode: addressAt }, { 'key of a register': address }),
  ...formsOf(
    {
      encode: (place) => reapMarkKey(objectKey(place)),
      decode: (bytes) => addressAt(objectKeyOfMark(bytes)),
    },
    { 'key of a reap mark': address },
  ),
  ...formsOf({ encode: treesKey, decode: partitionAt }, { 'key of trees': 258 }),
  ...formsOf(
    { encode: (hint) => hintKey(hint.target, hint.address), decode: hintAt },
    { 'key of a hint': { target: 'node-2', address } },
  ),
]);
