/** Nodes by zone, and whether replicas are spread over zones. */

import { describe, expect, it } from 'vitest';
import { zoneGroups, zoneSpread } from '../../../../src/dashboard/ring/zones.ts';

const node = (id: string, zone: string | null) => ({ id, zone });

describe('groups', () => {
  it('are by name, and who is in no zone comes last', () => {
    const groups = zoneGroups([
      node('n10', 'west'),
      node('n3', null),
      node('n2', 'west'),
      node('n1', 'east'),
    ]);
    expect(groups.map(({ zone, nodes }) => [zone, ...nodes.map(({ id }) => id)])).toEqual([
      ['east', 'n1'],
      ['west', 'n2', 'n10'],
      [null, 'n3'],
    ]);
  });

  it('leave what they were made of as it was', () => {
    const nodes = [node('n2', null), node('n1', null)];
    zoneGroups(nodes);
    expect(nodes.map(({ id }) => id)).toEqual(['n2', 'n1']);
  });
});

describe('the spread', () => {
  const nodes = [node('a', 'x'), node('b', 'x'), node('c', 'y'), node('d', null)];

  it('tells who shares a zone though it need not', () => {
    const lists = [
      ['a', 'c'],
      ['a', 'b'],
      ['c', 'b'],
    ];
    expect(zoneSpread(lists, nodes)).toEqual({ best: 2, crowded: [1] });
  });

  it('does not ask for more zones than there are, or more than there are replicas', () => {
    expect(zoneSpread([['a', 'b', 'c']], nodes)).toEqual({ best: 2, crowded: [] });
    expect(zoneSpread([['a']], nodes)).toEqual({ best: 1, crowded: [] });
  });

  it('says nothing where there are no two zones', () => {
    expect(zoneSpread([['a', 'b']], [node('a', 'x'), node('b', 'x')])).toBeUndefined();
    expect(zoneSpread([['d']], [node('d', null)])).toBeUndefined();
  });
});
