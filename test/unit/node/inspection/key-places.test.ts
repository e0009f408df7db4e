import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../../src/kernel/bytes.ts';
import { placesOfKey, placesOfValue } from '../../../../src/node/inspection/key-places.ts';
import type { MoveStage } from '../../../../src/ring/move.ts';
import { planKey } from '../../../../src/routing/key-plan.ts';
import { fixedView, ringWithMove } from '../../../fixed-view.ts';

const view = fixedView({
  members: ['n1', 'n2', 'n3', 'n4', 'n5'].map((id) => ({ id })),
  partitionCount: 8,
  replicationFactor: 3,
});

function rolesOf(stage: MoveStage | undefined) {
  const { address, replicas, fallbacks } = planKey(view, 'test', utf8('k'));
  const { partition } = address;
  const [a = '', b = '', leaver = ''] = replicas;
  const newcomer = fallbacks[0] ?? '';
  const from = [a, b, leaver];
  const to = [a, b, newcomer];
  const ring =
    stage === undefined
      ? view.ring()
      : ringWithMove(view.ring(), { partition, session: 2, stage, from, to });
  const places = placesOfKey(ring, planKey({ ...view, ring: () => ring }, 'test', utf8('k')));
  return {
    places: places.map(({ node, role }) => `${node} ${role}`),
    a,
    b,
    leaver,
    newcomer,
    fallbacks,
  };
}

describe('the places of a key', () => {
  it('are its replicas, then its fallbacks', () => {
    const { places, a, b, leaver, fallbacks } = rolesOf(undefined);
    const kept = [a, b, leaver].map((node) => `${node} replica`);
    expect(places).toEqual([...kept, ...fallbacks.map((node) => `${node} fallback`)]);
  });

  it('name who is being filled while its partition moves', () => {
    const { places, a, b, leaver, newcomer, fallbacks } = rolesOf('write_both');
    expect(places).toEqual([
      ...[a, b, leaver].map((node) => `${node} replica`),
      `${newcomer} newcomer`,
      ...fallbacks.slice(1).map((node) => `${node} fallback`),
    ]);
  });

  it('name who goes once reads ask the others', () => {
    const { places, a, b, leaver, newcomer } = rolesOf('read_new');
    const kept = [a, b, newcomer].map((node) => `${node} replica`);
    expect(places.slice(0, 4)).toEqual([...kept, `${leaver} leaver`]);
  });

  it('are all members in a raft bucket, voters first', () => {
    expect(placesOfValue(['n3', 'n1', 'n2'], ['n2', 'n3'])).toEqual([
      { node: 'n2', role: 'voter' },
      { node: 'n3', role: 'voter' },
      { node: 'n1', role: 'learner' },
    ]);
  });
});
