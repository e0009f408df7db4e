import { describe, expect, test } from 'vitest';
import type { StagedChange } from '../../../src/ring/changes.ts';
import { founded, Log, restored, seed, seeds } from './cluster.ts';

const refused = (code: string, detail = '') => ({
  ok: false,
  code,
  detail: expect.stringContaining(detail),
});

const join = (node: string): StagedChange => ({ type: 'join', node });
const leave = (node: string): StagedChange => ({ type: 'leave', node });
const remove = (node: string, acceptLoss = false): StagedChange => {
  return { type: 'remove', node, acceptLoss };
};
const replace = (dead: string, by: string): StagedChange => {
  return { type: 'replace', dead, by, acceptLoss: false };
};
const zone = (node: string, of: string | undefined): StagedChange => {
  return { type: 'zone', node, zone: of };
};
const weight = (node: string, of: number): StagedChange => ({ type: 'weight', node, weight: of });
const factor = (of: number): StagedChange => {
  return { type: 'replication_factor', replicationFactor: of };
};

/** n1 to n4 are in the ring, n5 and n6 are not yet. */
function cluster(): Log {
  const log = new Log(founded({ nodes: seeds(4), drawRing: true }));
  log.must({ type: 'admit_node', ...seed(5) });
  log.must({ type: 'admit_node', ...seed(6) });
  return log;
}

const run = (log: Log, change: StagedChange) => log.run({ type: 'stage_change', change });

describe('staging', () => {
  test('keeps what is wanted, in order, and touches nothing else', () => {
    const log = cluster();
    const ring = log.ring;
    const wanted = [join('n5'), weight('n5', 3), zone('n1', 'za'), leave('n2'), factor(2)];
    log.stage(...wanted);
    expect(log.state.staged()).toEqual(wanted);
    expect(log.state.planEpoch).toBe(log.state.index);
    expect(log.ring).toBe(ring);
    expect(log.state.goal()).toBeUndefined();
    expect(log.state.members().every(({ status }) => status === 'member')).toBe(true);
    expect(restored(log.state).staged()).toEqual(wanted);
    expect(restored(log.state).planEpoch).toBe(log.state.planEpoch);
  });

  test('goes by what was said last of the same thing', () => {
    const log = cluster();
    log.stage(weight('n1', 3), weight('n2', 3), weight('n1', 4), zone('n1', 'za'));
    expect(log.state.staged()).toEqual([weight('n2', 3), weight('n1', 4), zone('n1', 'za')]);
    log.stage(factor(2), leave('n1'), remove('n1'), factor(1));
    expect(log.state.staged().slice(3)).toEqual([remove('n1'), factor(1)]);
    log.stage(replace('n1', 'n5'));
    expect(log.state.staged().slice(3)).toEqual([factor(1), replace('n1', 'n5')]);
    log.stage(replace('n2', 'n5'));
    expect(log.state.staged().slice(3)).toEqual([factor(1), replace('n2', 'n5')]);
    log.stage(join('n5'));
    expect(log.state.staged().slice(3)).toEqual([factor(1), join('n5')]);
  });

  test('is all taken back at once', () => {
    const log = cluster();
    log.stage(join('n5'), leave('n1'));
    log.must({ type: 'unstage_changes' });
    expect(log.state.staged()).toEqual([]);
    expect(log.state.planEpoch).toBe(log.state.index);
  });

  test.each<[string, StagedChange, string, string]>([
    ['an unknown node', join('n9'), 'not_a_member', 'no node "n9"'],
    ['a member that is to join', join('n1'), 'change_refused', 'member of the ring already'],
    ['an unknown node that is to leave', leave('n9'), 'not_a_member', 'n9'],
    ['one replacing itself', replace('n1', 'n1'), 'change_refused', 'cannot replace itself'],
    ['a replacement by a member', replace('n1', 'n2'), 'change_refused', 'places of its own'],
    ['a replacement of none of the ring', replace('n5', 'n6'), 'change_refused', 'nothing to repl'],
    ['a replacement by nobody', replace('n1', 'n9'), 'not_a_member', 'n9'],
    ['a zone that is no name', zone('n1', 'a b'), 'change_refused', '"a b" is not a zone name'],
    ['a weight of nothing', weight('n1', 0), 'change_refused', 'weight 0 is not'],
    ['a broken weight', weight('n1', 1.5), 'change_refused', 'weight 1.5 is not'],
    ['too much weight', weight('n1', 101), 'change_refused', '1 to 100'],
    ['a weight in words', weight('n1', 'much' as never), 'change_refused', 'weight much is not'],
    ['no replicas', factor(0), 'change_refused', '1 to 9; not 0'],
    ['too many replicas', factor(10), 'change_refused', '1 to 9; not 10'],
    ['half a replica', factor(2.5), 'change_refused', '1 to 9; not 2.5'],
  ])('refuses %s', (_, change, code, detail) => {
    const log = cluster();
    expect(run(log, change)).toMatchObject(refused(code, detail));
    expect(log.state.staged()).toEqual([]);
  });

  test('refuses fewer replicas than a bucket has, and names it', () => {
    const log = cluster();
    log.must({ type: 'put_bucket', name: 'small', settings: { n: 2 }, createOnly: true });
    log.raftBucket();
    expect(run(log, factor(2))).toMatchObject({ ok: true });
    expect(run(log, factor(1))).toMatchObject(refused('change_refused', 'bucket small has n=2'));
    log.must({ type: 'put_bucket', name: 'whole', settings: {}, createOnly: true });
    expect(run(log, factor(2))).toMatchObject(refused('change_refused', 'bucket whole has n=3'));
    log.must({ type: 'delete_bucket', name: 'whole' });
    expect(run(log, factor(2))).toMatchObject({ ok: true });
  });

  test('refuses everything before there is a ring', () => {
    const log = new Log(founded({ expect: 4 }));
    expect(run(log, leave('n1'))).toMatchObject(refused('ring_forming'));
    for (const type of ['unstage_changes', 'abort_changes'] as const) {
      expect(log.run({ type })).toMatchObject(refused('ring_forming'));
    }
    const lists = { members: [], replicas: [] };
    expect(log.run({ type: 'commit_changes', epoch: 1, ...lists })).toMatchObject(
      refused('ring_forming'),
    );
    expect(log.run({ type: 'begin_moves', moves: [] })).toMatchObject(refused('ring_forming'));
    expect(log.run({ type: 'advance_moves', moves: [] })).toMatchObject(refused('ring_forming'));
    expect(log.run({ type: 'retire_node', name: 'n1' })).toMatchObject(refused('ring_forming'));
  });
});

describe('of a node that is', () => {
  test('leaving: it may stay, die, or be replaced, and not leave twice', () => {
    const log = cluster();
    log.change(leave('n1'));
    expect(run(log, leave('n1'))).toMatchObject(refused('change_refused', 'leaving already'));
    for (const change of [remove('n1'), replace('n1', 'n5'), weight('n1', 2), join('n1')]) {
      expect(run(log, change)).toMatchObject({ ok: true });
    }
    log.commit();
    expect(log.state.nodeNamed('n1')).toMatchObject({ status: 'member', weight: 2 });
  });

  test('dead: it comes back as nothing, and may be removed or replaced while it has places', () => {
    const log = cluster();
    log.change(remove('n1'));
    for (const change of [join('n1'), leave('n1'), zone('n1', 'z'), weight('n1', 2)]) {
      expect(run(log, change)).toMatchObject(refused('change_refused', 'declared dead'));
    }
    expect(run(log, replace('n2', 'n1'))).toMatchObject(refused('change_refused', 'dead'));
    expect(run(log, replace('n1', 'n5'))).toMatchObject({ ok: true });
    expect(run(log, remove('n1', true))).toMatchObject({ ok: true });
    log.commit();
    expect(log.state.nodeNamed('n1')).toMatchObject({ status: 'dead', lossAccepted: true });
    log.carryOut();
    log.must({ type: 'retire_node', name: 'n1' });
    expect(run(log, remove('n1'))).toMatchObject(refused('change_refused', 'removed already'));
    expect(run(log, replace('n1', 'n5'))).toMatchObject(refused('change_refused', 'nothing to'));
  });

  test('gone: it is known no more', () => {
    const log = cluster();
    log.change(leave('n1'));
    log.carryOut();
    log.must({ type: 'retire_node', name: 'n1' });
    for (const change of [join('n1'), leave('n1'), remove('n1'), weight('n1', 2)]) {
      expect(run(log, change)).toMatchObject(refused('change_refused', 'has left'));
    }
    expect(run(log, replace('n1', 'n5'))).toMatchObject(refused('change_refused', 'nothing to'));
    expect(run(log, replace('n2', 'n1'))).toMatchObject(refused('change_refused', 'has left'));
  });

  test('admitted and no more: it may be removed or leave at once', () => {
    const log = cluster();
    log.change(remove('n5'), leave('n6'));
    expect(log.state.goal()).toBeUndefined();
    expect(log.state.nodeNamed('n5')).toMatchObject({ status: 'dead' });
    expect(log.state.nodeNamed('n6')).toMatchObject({ status: 'leaving' });
    log.must({ type: 'retire_node', name: 'n6' });
    expect(log.state.nodeNamed('n6')).toMatchObject({ status: 'left' });
  });
});
