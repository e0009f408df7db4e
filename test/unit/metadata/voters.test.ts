import { describe, expect, test } from 'vitest';
import { chooseConfiguration, type VoterNode } from '../../../src/metadata/voters.ts';

interface Case {
  readonly nodes: number | readonly VoterNode[];
  readonly voters: readonly number[];
  readonly leader?: number;
  readonly silent?: Readonly<Record<number, number>>;
  readonly behind?: readonly number[];
}

function choose({ nodes, voters, leader = 1, silent = {}, behind = [] }: Case) {
  const list =
    typeof nodes === 'number'
      ? Array.from({ length: nodes }, (_, at) => ({ nodeNo: at + 1, zone: undefined }))
      : nodes;
  const numbers = list.map(({ nodeNo }) => nodeNo);
  return chooseConfiguration({
    nodes: list,
    voters,
    leader,
    silentMs: new Map(numbers.map((nodeNo) => [nodeNo, silent[nodeNo] ?? 0])),
    caughtUp: new Set(numbers.filter((nodeNo) => !behind.includes(nodeNo))),
  });
}

const inZones = (...zones: string[]) => zones.map((zone, at) => ({ nodeNo: at + 1, zone }));

describe('growing', () => {
  test.each<[string, Case, number[]]>([
    ['one node', { nodes: 1, voters: [1] }, [1]],
    ['two nodes vote both', { nodes: 2, voters: [1] }, [1, 2]],
    ['a third makes three', { nodes: 3, voters: [1, 2] }, [1, 2, 3]],
    ['from one to three, one at a time', { nodes: 3, voters: [1] }, [1, 2]],
    ['not by halves: one of the two is behind', { nodes: 3, voters: [1], behind: [3] }, [1]],
    ['four nodes have three voters', { nodes: 4, voters: [1, 2, 3] }, [1, 2, 3]],
    ['five begin the way to five', { nodes: 5, voters: [1, 2, 3] }, [1, 2, 3, 4]],
    ['and end it', { nodes: 5, voters: [1, 2, 3, 4] }, [1, 2, 3, 4, 5]],
    [
      'five stay at three while one of the two is silent',
      { nodes: 5, voters: [1, 2, 3], silent: { 5: 10_000 } },
      [1, 2, 3],
    ],
    [
      'on the way to five they wait rather than go back',
      { nodes: 5, voters: [1, 2, 3, 4], silent: { 5: 10_000 } },
      [1, 2, 3, 4],
    ],
    ['never more than five', { nodes: 9, voters: [1, 2, 3, 4, 5] }, [1, 2, 3, 4, 5]],
    ['a learner that is behind waits', { nodes: 2, voters: [1], behind: [2] }, [1]],
  ])('%s', (_, request, voters) => {
    expect(choose(request).voters).toEqual(voters);
  });

  test('the rest are learners', () => {
    expect(choose({ nodes: 4, voters: [2, 1, 4] })).toEqual({ voters: [1, 2, 4], learners: [3] });
  });

  test('zones without a voter come first', () => {
    const nodes = inZones('a', 'a', 'a', 'b', 'c');
    expect(choose({ nodes, voters: [1] }).voters).toEqual([1, 4]);
    expect(choose({ nodes, voters: [1, 4] }).voters).toEqual([1, 4, 5]);
    expect(choose({ nodes, voters: [1, 4, 5] }).voters).toEqual([1, 2, 4, 5]);
  });

  test('a node of which nothing was heard is not made a voter, and stays one', () => {
    const nodes = inZones('a', 'b', 'c');
    const request = { nodes, leader: 1, silentMs: new Map(), caughtUp: new Set([1, 2, 3]) };
    expect(chooseConfiguration({ ...request, voters: [1] }).voters).toEqual([1]);
    expect(chooseConfiguration({ ...request, voters: [1, 2, 3] }).voters).toEqual([1, 2, 3]);
  });
});

describe('replacing', () => {
  test.each<[string, Case, number[]]>([
    ['silent', { nodes: 4, voters: [1, 2, 3], silent: { 2: 10_000 } }, [1, 3, 4]],
    ['silent not long enough', { nodes: 4, voters: [1, 2, 3], silent: { 2: 9_999 } }, [1, 2, 3]],
    ['nobody to take the place', { nodes: 3, voters: [1, 2, 3], silent: { 2: 99_999 } }, [1, 2, 3]],
    [
      'nobody live to take the place',
      { nodes: 4, voters: [1, 2, 3], silent: { 2: 10_000, 4: 10_000 } },
      [1, 2, 3],
    ],
    [
      'nobody caught up to take the place',
      { nodes: 4, voters: [1, 2, 3], silent: { 2: 10_000 }, behind: [4] },
      [1, 2, 3],
    ],
    [
      'one at a time, the longest silent first',
      { nodes: 7, voters: [1, 2, 3, 4, 5], silent: { 2: 10_000, 4: 20_000 } },
      [1, 2, 3, 5, 6],
    ],
    ['never the leader', { nodes: 4, voters: [1, 2, 3], silent: { 1: 99_999 } }, [1, 2, 3]],
    [
      'before the way to five is begun',
      { nodes: 5, voters: [1, 2, 3], silent: { 3: 10_000 } },
      [1, 2, 4],
    ],
    ['one that is no node any more', { nodes: 4, voters: [1, 2, 9] }, [1, 2, 3]],
  ])('%s', (_, request, voters) => {
    expect(choose(request).voters).toEqual(voters);
  });

  test('by one of the zone that is then without a voter', () => {
    const nodes = inZones('a', 'b', 'c', 'a', 'b', 'c');
    const silent = { 2: 10_000 };
    expect(choose({ nodes: nodes.slice(0, 6), voters: [1, 2, 3], silent }).voters).toEqual([
      1, 3, 5,
    ]);
  });
});

describe('shrinking', () => {
  test.each<[string, Case, number[]]>([
    ['the silent one goes', { nodes: 4, voters: [1, 2, 3, 4], silent: { 2: 10_000 } }, [1, 3, 4]],
    ['one that is no node goes', { nodes: 2, voters: [1, 2, 9] }, [1, 2]],
    ['one at a time', { nodes: 4, voters: [1, 2, 3, 4, 9] }, [1, 2, 3, 4]],
    ['never the leader', { nodes: 4, voters: [1, 2, 3, 4], leader: 4 }, [1, 2, 4]],
    [
      'one of a crowded zone goes',
      { nodes: inZones('a', 'a', 'b', 'c'), voters: [1, 2, 3, 4] },
      [1, 3, 4],
    ],
  ])('%s', (_, request, voters) => {
    expect(choose(request).voters).toEqual(voters);
  });
});

describe('who may vote no more', () => {
  const withStatus = (statuses: readonly VoterNode['status'][]): VoterNode[] =>
    statuses.map((status, at) => {
      const node = { nodeNo: at + 1, zone: undefined };
      return status === undefined ? node : { ...node, status };
    });
  const m = 'member';

  test.each<[string, Case, number[]]>([
    [
      'a dead voter is replaced, though it was heard a moment ago',
      { nodes: withStatus([m, 'dead', m, m]), voters: [1, 2, 3] },
      [1, 3, 4],
    ],
    [
      'likewise one that is leaving',
      { nodes: withStatus([m, 'leaving', m, m]), voters: [1, 2, 3] },
      [1, 3, 4],
    ],
    [
      'they are not chosen',
      { nodes: withStatus([m, 'leaving', 'dead', 'left', m, m]), voters: [1] },
      [1, 5],
    ],
    [
      'they do not count among the nodes',
      { nodes: withStatus([m, m, m, 'leaving', 'dead', 'left']), voters: [1, 2, 3] },
      [1, 2, 3],
    ],
    [
      'five voters become three, those first',
      { nodes: withStatus([m, m, 'leaving', 'leaving', m]), voters: [1, 2, 3, 4, 5] },
      [1, 2, 3, 5],
    ],
    [
      'one waits for its substitute to have caught up',
      { nodes: withStatus([m, 'leaving', m, m]), voters: [1, 2, 3], behind: [4] },
      [1, 2, 3],
    ],
    [
      'the leader itself goes, after the others',
      { nodes: withStatus(['leaving', 'leaving', m, m, m]), voters: [1, 2, 3] },
      [1, 3, 4],
    ],
    [
      'the leader itself goes, when it is its turn',
      { nodes: withStatus(['leaving', 'leaving', m, m, m]), voters: [1, 3, 4] },
      [3, 4, 5],
    ],
    [
      'the leader itself goes where there are too many',
      { nodes: withStatus(['leaving', m]), voters: [1, 2] },
      [2],
    ],
  ])('%s', (_, request, voters) => {
    expect(choose(request).voters).toEqual(voters);
  });

  test('who is leaving learns to the end; the dead and the gone do not', () => {
    const nodes = withStatus([m, 'leaving', 'dead', 'left', m]);
    expect(choose({ nodes, voters: [1], behind: [5] }).learners).toEqual([2, 5]);
  });
});
