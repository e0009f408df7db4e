import { describe, expect, test } from 'vitest';
import { makeRing, type RingConfiguration } from '../../../src/ring/make-ring.ts';

const sound: RingConfiguration = {
  epoch: 7,
  members: [{ id: 'n2' }, { id: 'n1', zone: 'a' }, { id: 'n3' }],
  partitionCount: 16,
  replicationFactor: 2,
};

test('a new ring is of one epoch, its members in order', () => {
  const ring = makeRing(sound);
  expect(ring).toMatchObject({ epoch: 7, partitionCount: 16, replicationFactor: 2 });
  expect(ring.members.map(({ id }) => id)).toEqual(['n1', 'n2', 'n3']);
  expect(ring.replicas).toHaveLength(16);
  expect(ring.partitionEpochs).toEqual(new Array(16).fill(7));
});

test('the order of the members does not matter', () => {
  expect(makeRing({ ...sound, members: sound.members.toReversed() })).toEqual(makeRing(sound));
});

test('a partition that changes gets the new epoch, the others keep theirs', () => {
  const previous = makeRing(sound);
  const members = [...sound.members, { id: 'n4' }];
  const ring = makeRing({ ...sound, members, epoch: 9, previous });
  const changed = ring.replicas.map((list) => list.includes('n4'));
  expect(changed.filter(Boolean)).toHaveLength(8);
  expect(ring.partitionEpochs).toEqual(changed.map((isChanged) => (isChanged ? 9 : 7)));
});

describe('refuses', () => {
  const previous = makeRing(sound);
  test.each<[string, Partial<RingConfiguration>, string]>([
    ['48 partitions', { partitionCount: 48 }, 'a power of two of partitions, 1 to 65536; not 48'],
    ['no partitions', { partitionCount: 0 }, 'not 0'],
    ['half a partition', { partitionCount: 0.5 }, 'not 0.5'],
    ['too many partitions', { partitionCount: 131_072 }, 'not 131072'],
    ['N of 0', { replicationFactor: 0 }, 'the replication factor is 1 to 9; not 0'],
    ['N of 10', { replicationFactor: 10 }, 'not 10'],
    ['N of 1.5', { replicationFactor: 1.5 }, 'not 1.5'],
    ['a negative epoch', { epoch: -1 }, '-1 is not an epoch'],
    ['nobody', { members: [] }, 'at least one member'],
    ['a node name with a blank', { members: [{ id: 'n 1' }] }, '"n 1" is not a node name'],
    ['one name twice', { members: [{ id: 'n1' }, { id: 'n1' }] }, 'two members are named "n1"'],
    ['an empty zone', { members: [{ id: 'n1', zone: '' }] }, '"", the zone of "n1", is not'],
    ['an old epoch', { previous }, 'epoch 7 is not above 7'],
    [
      'another number of partitions',
      { previous, epoch: 8, partitionCount: 32 },
      'fixed when the cluster is created: 16, not 32',
    ],
  ])('%s', (_, change, message) => {
    expect(() => makeRing({ ...sound, ...change })).toThrow(message);
  });
});
