/** Gossip and the metadata group, side by side. */

import { describe, expect, it } from 'vitest';
import {
  clusterTrouble,
  formerNodes,
  standingOf,
} from '../../../../src/dashboard/ring/standing.ts';
import { simulatedCluster, simulatedGroup, simulatedMember } from './simulated.ts';

const group = simulatedGroup();
const asked = { node: 'n1', epoch: 40 };

describe('a member', () => {
  it('of which both say the same has no remark', () => {
    expect(standingOf(simulatedMember('n3'), group, asked)).toEqual({
      id: 'n3',
      gossip: { tone: 'good', word: 'alive' },
      metadata: { tone: 'good', word: 'member' },
      role: 'voter',
      lag: 0,
      remark: undefined,
    });
  });

  it('that is dead by gossip is still a member, and its partitions wait', () => {
    const dead = simulatedMember('n3', { state: 'dead', reachable: false });
    const { gossip, metadata, remark } = standingOf(dead, group, asked);
    expect([gossip.word, metadata.word]).toEqual(['dead', 'member']);
    expect(remark).toBe(
      'gossip says dead, still a member: its partitions wait for it, or for “quorate cluster replace” or “remove”',
    );
  });

  it.each([
    [{ state: 'left', reachable: false }, 'until it is started again'],
    [{ state: 'suspect', reachable: false }, 'gossip takes it for dead if that goes on'],
    [{ state: 'unheard', reachable: false }, 'n1 has heard no word of it'],
    [{ reachable: false }, 'n1 does not reach it'],
    [{ status: 'leaving' }, 'serves until others have its places'],
    [{ state: 'dead', status: 'leaving' }, 'gossip says dead, was leaving'],
    [{ partitions: 0 }, 'no share of the ring'],
  ] as const)('that is %o is remarked upon', (changes, remark) => {
    const standing = standingOf(simulatedMember('n3', changes), group, asked);
    expect(standing.remark).toContain(remark);
  });

  it('has no share before the ring is drawn, as nobody has', () => {
    const newcomer = simulatedMember('n3', { partitions: 0 });
    expect(standingOf(newcomer, group, { node: 'n1', epoch: null }).remark).toBeUndefined();
  });

  it.each([
    ['n2', 'leader'],
    ['n1', 'voter'],
    ['n6', 'learner'],
    ['n9', 'none'],
  ])('%s has its role in the group: %s', (id, role) => {
    expect(standingOf(simulatedMember(id), group, asked).role).toBe(role);
  });

  it('lags by what is committed, where it was heard of', () => {
    const late = simulatedMember('n3', { metadataIndex: 113 });
    expect(standingOf(late, group, asked).lag).toBe(7);
    expect(standingOf(late, undefined, asked).lag).toBeUndefined();
    const unheard = simulatedMember('n3', { state: 'unheard', metadataIndex: 0 });
    expect(standingOf(unheard, group, asked).lag).toBeUndefined();
  });
});

it('who is in replica lists and no member is a former node', () => {
  const lists = [
    ['n1', 'n9'],
    ['n8', 'n2'],
    ['n9', 'n1'],
  ];
  const members = [simulatedMember('n1'), simulatedMember('n2')];
  expect(formerNodes(lists, members)).toEqual(['n8', 'n9']);
});

describe('the cluster', () => {
  const whole = simulatedCluster(5, 8);

  it('that is well is in no trouble', () => {
    expect(clusterTrouble(whole, undefined)).toBeUndefined();
    expect(clusterTrouble(undefined, undefined)).toBeUndefined();
  });

  it.each([
    ['that does not answer', undefined, 'does not tell of the cluster: no connection'],
    ['that answers no more', whole, 'What is shown is what it said last'],
  ])('%s', (_, cluster, text) => {
    const trouble = clusterTrouble(cluster, { message: 'no connection' });
    expect(trouble).toMatchObject({ tone: 'bad', text: expect.stringContaining(text) });
  });

  it('without a ring says for how many nodes it waits', () => {
    const forming = { ...whole, epoch: null, expectedNodes: 7, ready: false };
    expect(clusterTrouble(forming, undefined)?.text).toContain(
      'once 7 nodes have joined; 5 have, so it waits for 2 more nodes',
    );
  });

  it('without a leader says what goes on and what waits', () => {
    const { text = '' } = clusterTrouble({ ...whole, leader: null }, undefined) ?? {};
    expect(text).toContain('No leader');
    expect(text).toContain('need none: they are served');
  });
});
