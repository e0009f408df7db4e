import { beforeEach, describe, expect, it } from 'vitest';
import { ABSENT, type SiblingObject } from '../../../src/causality/sibling-object.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';
import { EXPIRY_DRIFT_MS, ReapableKeys } from '../../../src/replica/reapable-keys.ts';
import { objectKey } from '../../../src/replica/store-keys.ts';
import { fixedView, ringWithList } from '../../fixed-view.ts';

const view = fixedView({
  members: ['n1', 'n2', 'n3'].map((id) => ({ id })),
  partitionCount: 8,
  replicationFactor: 3,
});
const own = view.ring().replicas.findIndex(([first]) => first === 'n1');
const other = view.ring().replicas.findIndex(([first]) => first !== 'n1');

let now: number;
let keys: ReapableKeys;

beforeEach(() => {
  now = 1_000_000;
  keys = new ReapableKeys({ self: 'n1', view, clock: { now: () => now, wallTime: () => now } });
});

const dot = { lineage: 1, actorEpoch: 1, counter: 1 };
const sibling = (expiresAt?: number) => {
  return { dot, value: utf8('v'), contentType: '', meta: [], hlc: 1, expiresAt };
};
const object = (...siblings: SiblingObject['siblings']) => ({ clock: [dot], siblings });
const stored = (key: string) => objectKey({ partition: own, bucketNumber: 1, key: utf8(key) });
const note = (key: string, what: SiblingObject, partition = own) =>
  keys.note({ partition }, stored(key), what);

describe('keys that could be reaped', () => {
  it('are tombstones, once each, until something is written or they are gone', () => {
    for (const key of ['a', 'a', 'b', 'c']) note(key, object());
    note('c', object(sibling()));
    expect([keys.count, keys.in(own).map(({ foundAt }) => foundAt)]).toEqual([2, [now, now]]);
    keys.forget(own, stored('a'));
    keys.forget(own, stored('a'));
    expect(keys.count).toBe(1);
  });

  it('are those of the partitions that this node is the first to keep', () => {
    note('a', object(), other);
    expect([keys.count, keys.in(other)]).toEqual([0, []]);
  });

  it('have expired longer ago than clocks may differ, with all they hold', () => {
    const expiresAt = now - EXPIRY_DRIFT_MS;
    expect(keys.isReapable(object(sibling(expiresAt)))).toBe(true);
    expect(keys.isReapable(object(sibling(expiresAt + 1)))).toBe(false);
    expect(keys.isReapable(object(sibling(expiresAt), sibling()))).toBe(false);
    expect(keys.isReapable(ABSENT)).toBe(true);
  });

  it('are looked for after a start, and when what is kept for a time has expired', () => {
    expect(keys.isScanDue(own)).toBe(true);
    keys.beginScan(own);
    expect(keys.isScanDue(own)).toBe(false);
    note('a', object(sibling(now + 3_600_000)));
    now += 3_600_000 + EXPIRY_DRIFT_MS - 1;
    expect(keys.isScanDue(own)).toBe(false);
    now += 1;
    expect(keys.isScanDue(own)).toBe(true);
  });

  it('are looked for anew when the rounds were those of another node for a while', () => {
    let ring = view.ring();
    const changing = { ...view, ring: () => ring };
    const clock = { now: () => now, wallTime: () => now };
    keys = new ReapableKeys({ self: 'n1', view: changing, clock });
    keys.beginScan(own);
    note('a', object());
    ring = ringWithList(ring, own, ['n2', 'n1', 'n3']);
    note('b', object());
    expect([keys.count, keys.in(own)]).toEqual([0, []]);
    ring = view.ring();
    expect(keys.isScanDue(own)).toBe(true);
  });

  it('are looked for again where a scan did not come to its end', () => {
    keys.beginScan(own);
    keys.abandonScan(own);
    expect(keys.isScanDue(own)).toBe(true);
  });
});
