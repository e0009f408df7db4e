import { beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_CONTEXT } from '../../../src/causality/context.ts';
import { decodeObject } from '../../../src/causality/object-codec.ts';
import { ABSENT, supersede } from '../../../src/causality/sibling-object.ts';
import { bufferOf, utf8 } from '../../../src/kernel/bytes.ts';
import type { SalvagedObject } from '../../../src/kernel/salvage-batch.ts';
import { encodeHint } from '../../../src/replica/hint-record.ts';
import { ReapNumbers } from '../../../src/replica/reap-numbers.ts';
import { encodeRecord, encodeVersion } from '../../../src/replica/record-codec.ts';
import { salvageableIn } from '../../../src/replica/salvage-source.ts';
import {
  type Address,
  hintKey,
  objectKey,
  reapMarkKey,
  reapNumberKey,
  treesKey,
} from '../../../src/replica/store-keys.ts';
import { SimDisk, SimStore } from '../../../src/sim/sim-store.ts';
import { Simulation } from '../../../src/sim/simulation.ts';
import { settle } from '../../sim/settle.ts';

/** Of a lineage that is seen nowhere else. */
const self = { lineage: 0xabcdef_123456, actorEpoch: 77, counter: 88 };
const version = (value: string) => {
  const content = { value: utf8(value), contentType: '', meta: [], hlc: 1 };
  const dot = { lineage: 99, actorEpoch: 1, counter: 1 };
  return encodeVersion(supersede(ABSENT, EMPTY_CONTEXT, dot, content));
};
const record = (value: string) => encodeRecord(version(value), self);

let simulation: Simulation;
let store: SimStore;

beforeEach(() => {
  simulation = new Simulation(1, settle);
  store = new SimStore(simulation, new SimDisk(), () => {});
});

function put(key: Uint8Array, value: Uint8Array): void {
  store.write([{ type: 'put', key, value }]);
}

function address(key: string, partition = 3): Address {
  return { partition, bucketNumber: 5, key: utf8(key) };
}

const found = () => [...salvageableIn(store)];
const keyOf = ({ key }: SalvagedObject) => bufferOf(key).toString();

describe('what the directory of a dead node offers', () => {
  it('is its objects, and its hints as objects of their keys, and nothing else', () => {
    put(objectKey(address('a')), record('of a'));
    put(objectKey(address('b', 9)), record('of b'));
    put(hintKey('n2', address('c')), encodeHint(1_000, record('of c')));
    put(hintKey('n7', address('c')), encodeHint(1_000, record('of c too')));
    put(treesKey(3), utf8('trees'));
    put(reapMarkKey(objectKey(address('a'))), utf8('mark'));
    const offered = found().map(({ kind, content }) => {
      if (content === 'damaged') return content;
      const { siblings } = decodeObject(content.object);
      const [value] = siblings.map((sibling) => bufferOf(sibling.value).toString());
      return [kind, content.partition, content.bucketNumber, keyOf(content), value];
    });
    expect(offered).toEqual([
      ['object', 3, 5, 'a', 'of a'],
      ['object', 9, 5, 'b', 'of b'],
      ['hint', 3, 5, 'c', 'of c'],
      ['hint', 3, 5, 'c', 'of c too'],
    ]);
  });

  it('bears nothing that is private to a record', () => {
    put(objectKey(address('a')), record('of a'));
    put(hintKey('n2', address('a')), encodeHint(1_000, record('of a')));
    for (const { content } of found()) {
      expect((content as SalvagedObject).object).toEqual(version('of a').encoded);
    }
  });

  it('bears the reap number that the node had adopted, and no higher one', async () => {
    const numbers = new ReapNumbers(store);
    numbers.adopt([{ partition: 3, number: 7, heldNothing: true }]);
    put(objectKey(address('a')), record('of a'));
    put(objectKey(address('b', 9)), record('of b'));
    put(hintKey('n2', address('c')), encodeHint(1_000, record('of c')));
    const reaps = found().map(({ content }) => (content as SalvagedObject).reap);
    expect(reaps).toEqual([7, 0, 7]);
  });

  it('leaves out what is damaged, and tells of it', () => {
    const flipped = (bytes: Uint8Array, at: number) => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] as number) ^ 1;
      return copy;
    };
    const whole = record('of a');
    for (const at of whole.keys()) put(objectKey(address(`k${at}`)), flipped(whole, at));
    const hint = encodeHint(1_000, whole);
    put(hintKey('n2', address('c')), flipped(hint, hint.length - 1));
    put(Uint8Array.of(2, 0), whole);
    put(Uint8Array.of(3, 9), hint);
    put(objectKey(address('short')), whole.subarray(0, 3));
    put(objectKey(address('whole')), whole);
    const contents = found().map(({ content }) => content);
    expect(contents).toHaveLength(whole.length + 5);
    expect(contents.filter((content) => content !== 'damaged')).toMatchObject([
      { key: Buffer.from('whole') },
    ]);
  });

  it('leaves out all of a partition whose reap number is damaged', () => {
    new ReapNumbers(store).adopt([{ partition: 3, number: 7, heldNothing: true }]);
    const damaged = Buffer.from(store.get(reapNumberKey(3)) as Uint8Array);
    damaged[2] = 1;
    put(reapNumberKey(3), damaged);
    put(objectKey(address('a')), record('of a'));
    put(objectKey(address('b', 9)), record('of b'));
    expect(found().map(({ content }) => content === 'damaged')).toEqual([true, false]);
  });

  it('is all of it where there is much, however long its reader takes', async () => {
    for (let i = 0; i < 1_200; i++) put(objectKey(address(`k${i}`)), record('of many'));
    const keys = new Set<string>();
    for (const { content } of salvageableIn(store)) {
      keys.add(keyOf(content as SalvagedObject));
      if (keys.size % 300 === 0) await simulation.advance(10);
    }
    expect(keys.size).toBe(1_200);
  });
});
