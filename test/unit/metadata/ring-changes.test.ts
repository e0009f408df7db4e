import { describe, expect, test } from 'vitest';
import type { CommitChanges } from '../../../src/metadata/command.ts';
import { founded, Log, restored, seed, seeds } from './cluster.ts';

const refused = (code: string, detail = '') => ({
  ok: false,
  code,
  detail: expect.stringContaining(detail),
});

/** n1 to nX are in the ring of 8 partitions, three more are not yet. */
function cluster(inRing = 4): Log {
  const log = new Log(founded({ nodes: seeds(inRing), drawRing: true }));
  for (const no of [1, 2, 3]) log.must({ type: 'admit_node', ...seed(inRing + no) });
  return log;
}

const places = (log: Log, node: string) => log.ring.replicas.flat().filter((id) => id === node);
const statusOf = (log: Log, node: string) => log.state.nodeNamed(node)?.status;
const memberIds = (log: Log) => log.ring.members.map(({ id }) => id);

describe('a commit', () => {
  test('sets the goal, and says what the nodes are from now on', () => {
    const log = cluster();
    const before = log.ring;
    log.change(
      { type: 'join', node: 'n5' },
      { type: 'leave', node: 'n1' },
      { type: 'zone', node: 'n2', zone: 'zb' },
      { type: 'weight', node: 'n3', weight: 2 },
      { type: 'remove', node: 'n4', acceptLoss: false },
    );
    const { index } = log.state;
    const goal = log.state.goal();
    expect(goal?.index).toBe(index);
    expect(new Set(goal?.replicas.flat())).toEqual(new Set(['n2', 'n3', 'n5']));
    expect(log.state.staged()).toEqual([]);
    expect(log.state.planEpoch).toBe(index);
    expect(log.state.epoch).toBe(index);
    expect(log.ring.epoch).toBe(index);
    expect(log.ring.replicas).toEqual(before.replicas);
    expect(log.ring.partitionEpochs).toEqual(before.partitionEpochs);
    expect(log.ring.members).toEqual([
      { id: 'n1' },
      { id: 'n2', zone: 'zb' },
      { id: 'n3', weight: 2 },
      { id: 'n4' },
      { id: 'n5' },
    ]);
    expect(statusOf(log, 'n1')).toBe('leaving');
    expect(statusOf(log, 'n4')).toBe('dead');
    expect(log.state.nodeNamed('n2')?.zone).toBe('zb');
    expect(log.state.nodeNamed('n3')?.weight).toBe(2);
    const copy = restored(log.state);
    expect(copy.goal()).toEqual(goal);
    expect(copy.ring()).toEqual(log.ring);
    expect(copy.nodes()).toEqual(log.state.nodes());
  });

  test('is for the plan as it was made', () => {
    const log = cluster();
    log.stage({ type: 'join', node: 'n5' });
    const plan = log.committing();
    log.stage({ type: 'leave', node: 'n1' });
    expect(log.run(plan)).toMatchObject(refused('stale_epoch', 'look at the plan again'));
    log.must({ type: 'unstage_changes' });
    expect(log.run(plan)).toMatchObject(refused('stale_epoch'));
    log.stage({ type: 'join', node: 'n5' });
    expect(log.run(plan)).toMatchObject(refused('stale_epoch'));
    expect(log.run({ ...plan, epoch: log.state.planEpoch })).toMatchObject({ ok: true });
  });

  test('is not put off by what does not change the plan, moves on their way among it', () => {
    const log = cluster();
    log.change({ type: 'join', node: 'n5' });
    log.stage({ type: 'join', node: 'n6' });
    const plan = log.committing();
    log.must({ type: 'admit_node', ...seed(9) });
    log.must({ type: 'put_bucket', name: 'b', settings: {}, createOnly: true });
    log.begin();
    log.advance();
    expect(log.run(plan)).toMatchObject({ ok: true });
  });

  test('has to be of the members that the changes lead to, and of lists that can be', () => {
    const log = cluster();
    log.stage({ type: 'join', node: 'n5' });
    const good = log.committing();
    const { members, replicas } = good;
    const wrong: Partial<CommitChanges>[] = [
      { members: members.slice(1), replicas: replicas.map(() => ['n2', 'n3', 'n4']) },
      { members: members.map((member) => ({ ...member, weight: 2 })) },
      { members: members.map((member) => ({ ...member, zone: 'z' })) },
      { members: [...members, { id: 'n6' }] },
      { replicas: replicas.slice(1) },
      { replicas: replicas.map((list) => list.slice(1)) },
      { replicas: replicas.map(() => ['n1', 'n1', 'n2']) },
    ];
    for (const over of wrong) {
      expect(log.run({ ...good, ...over })).toMatchObject(refused('bad_request'));
    }
    expect(log.state.goal()).toBeUndefined();
    expect(log.run({ ...good, members: members.toReversed() })).toMatchObject({ ok: true });
  });

  test('of nothing is refused while everything is in its place', () => {
    const log = cluster();
    expect(log.run(log.committing())).toMatchObject(refused('change_refused', 'nothing is staged'));
    log.change({ type: 'join', node: 'n5' });
    log.must({ type: 'abort_changes' });
    expect(log.run(log.committing())).toMatchObject({ ok: true });
    log.carryOut();
    expect(places(log, 'n5').length).toBeGreaterThanOrEqual(4);
  });

  test('that leaves no member is refused, one that leaves few is not', () => {
    const log = cluster();
    for (const node of ['n1', 'n2', 'n3', 'n4']) log.stage({ type: 'leave', node });
    expect(log.run(log.committing())).toMatchObject(
      refused('change_refused', 'no member would be'),
    );
    expect(statusOf(log, 'n1')).toBe('member');
    log.stage({ type: 'join', node: 'n5' });
    log.commit();
    log.carryOut();
    expect(log.ring.replicas).toEqual(log.ring.replicas.map(() => ['n5']));
  });

  test('is judged by what is true when it comes', () => {
    const log = cluster();
    log.stage({ type: 'replication_factor', replicationFactor: 2 });
    log.must({ type: 'put_bucket', name: 'late', settings: { n: 3 }, createOnly: true });
    expect(log.run(log.committing())).toMatchObject(refused('change_refused', 'bucket late'));
    log.must({ type: 'unstage_changes' });
    log.change({ type: 'leave', node: 'n1' });
    log.stage({ type: 'join', node: 'n1' });
    log.carryOut();
    log.must({ type: 'retire_node', name: 'n1' });
    expect(log.run(log.committing())).toMatchObject(refused('change_refused', 'n1 has left'));
  });

  test('with nothing to move is over at once', () => {
    const log = cluster();
    log.change({ type: 'weight', node: 'n5', weight: 9 });
    expect(log.state.goal()).toBeUndefined();
    expect(log.state.nodeNamed('n5')?.weight).toBe(9);
  });
});

describe('the number of replicas', () => {
  test('grows: lists get longer one by one, and new buckets may have as many', () => {
    const log = cluster();
    const five = { type: 'put_bucket' as const, name: 'b', settings: { n: 4 }, createOnly: true };
    expect(log.run(five)).toMatchObject(refused('bad_bucket_settings'));
    log.change({ type: 'replication_factor', replicationFactor: 4 });
    expect(log.state.cluster.replicationFactor).toBe(4);
    expect(log.ring.replicationFactor).toBe(4);
    expect(restored(log.state).cluster.replicationFactor).toBe(4);
    expect(log.run(five)).toMatchObject({ ok: true });
    log.begin();
    expect(log.move(0).to).toEqual([...log.move(0).from, expect.anything()]);
    log.carryOut();
    expect(log.ring.replicas.every((list) => list.length === 4)).toBe(true);
  });

  test('shrinks: lists lose members, and raft buckets do not mind', () => {
    const log = cluster();
    log.raftBucket();
    log.change({ type: 'replication_factor', replicationFactor: 2 });
    expect(
      log.run({ type: 'put_bucket', name: 'b', settings: { n: 3 }, createOnly: true }),
    ).toMatchObject(refused('bad_bucket_settings', 'replication factor 2'));
    log.carryOut();
    expect(log.ring.replicas.every((list) => list.length === 2)).toBe(true);
    const again = { mode: 'raft' as const };
    expect(
      log.run({ type: 'put_bucket', name: 'config', settings: again, createOnly: false }),
    ).toMatchObject({ ok: true });
  });
});

describe('moves', () => {
  const joined = (): Log => {
    const log = cluster();
    log.change({ type: 'join', node: 'n5' });
    return log;
  };

  test('go through four stages, each with the epoch of its entry', () => {
    const log = joined();
    const [partition = -1] = log.toMove();
    const before = log.ring;
    const from = before.replicas[partition];
    const to = log.state.goal()?.replicas[partition];
    log.begin([partition]);
    const session = log.state.index;
    for (const [stage, replicas] of [
      ['prepare', from],
      ['write_both', from],
      ['read_new', to],
      ['stable', to],
    ] as const) {
      expect(log.move(partition)).toEqual({ partition, session, stage, from, to });
      expect(log.ring.replicas[partition]).toEqual(replicas);
      expect(log.ring.partitionEpochs[partition]).toBe(log.state.index);
      expect(log.ring.epoch).toBe(log.state.index);
      expect(restored(log.state).ring()).toEqual(log.ring);
      log.advance([partition]);
    }
    expect(log.ring.moves.size).toBe(0);
    expect(log.ring.replicas[partition]).toEqual(to);
    expect(log.ring.partitionEpochs[partition]).toBe(log.state.index);
    expect(before.moves.size).toBe(0);
  });

  test('leave everything else as it was, the very objects', () => {
    const log = joined();
    const [one = -1, other = -1] = log.toMove();
    log.begin([one]);
    const before = log.ring;
    log.begin([other]);
    log.advance([other]);
    expect(log.ring.members).toBe(before.members);
    expect(log.ring.moves.get(one)).toBe(before.moves.get(one));
    for (const [partition, list] of before.replicas.entries()) {
      expect(log.ring.replicas[partition]).toBe(list);
      if (partition === other) continue;
      expect(log.ring.partitionEpochs[partition]).toBe(before.partitionEpochs[partition]);
    }
  });

  test('are carried out until the goal is reached, which is forgotten then', () => {
    const log = joined();
    const goal = log.state.goal()?.replicas;
    log.carryOut();
    expect(log.ring.replicas).toEqual(goal);
    expect(log.state.goal()).toBeUndefined();
    expect(places(log, 'n5')).toHaveLength(5 - 1);
  });

  test('are not begun without a goal, twice, where there is nothing to do, or for another epoch', () => {
    const log = cluster();
    const begin = (...moves: { partition: number; epoch: number }[]) =>
      log.run({ type: 'begin_moves', moves });
    expect(begin(log.at(0))).toMatchObject(refused('change_refused', 'no change of the ring'));
    log.change({ type: 'join', node: 'n5' });
    const [one = -1, other = -1] = log.toMove();
    const settled = [...log.ring.replicas.keys()].find((at) => !log.toMove().includes(at)) ?? -1;
    const { partition, epoch } = log.at(one);
    const before = log.ring;
    expect(begin({ partition, epoch: epoch + 1 })).toMatchObject(refused('stale_epoch'));
    expect(begin({ partition: 8, epoch })).toMatchObject(refused('stale_epoch'));
    expect(begin(log.at(one), log.at(one))).toMatchObject(refused('stale_epoch'));
    expect(begin(log.at(other), log.at(settled))).toMatchObject(
      refused('change_refused', 'where it should be'),
    );
    expect(log.ring).toBe(before);
    log.begin([one]);
    expect(begin(log.at(one))).toMatchObject(refused('partition_moving'));
    expect(begin({ partition, epoch })).toMatchObject(refused('stale_epoch'));
  });

  test('leave no stage but the one that they are in, at the epoch that they are at', () => {
    const log = joined();
    const [one = -1, other = -1] = log.toMove();
    log.begin([one]);
    const advance = (
      ...moves: { partition: number; epoch: number; stage: 'prepare' | 'stable' }[]
    ) => log.run({ type: 'advance_moves', moves });
    const stage = 'prepare';
    const before = log.ring;
    expect(advance({ ...log.at(one), stage: 'stable' })).toMatchObject(
      refused('stale_epoch', 'is in stage prepare, not in stable'),
    );
    expect(advance({ ...log.at(other), stage })).toMatchObject(refused('stale_epoch', 'not move'));
    expect(advance({ partition: one, epoch: 1, stage })).toMatchObject(refused('stale_epoch'));
    const twice = { ...log.at(one), stage } as const;
    expect(advance(twice, twice)).toMatchObject(refused('stale_epoch'));
    expect(log.ring).toBe(before);
    expect(advance(twice)).toMatchObject({ ok: true });
    expect(advance(twice)).toMatchObject(refused('stale_epoch'));
  });

  test('replace the dead before anybody else', () => {
    const log = cluster(6);
    log.change(
      { type: 'leave', node: 'n1' },
      { type: 'replace', dead: 'n2', by: 'n7', acceptLoss: false },
    );
    log.begin();
    const urgent = [...log.ring.moves.values()].filter(({ from }) => from.includes('n2'));
    expect(urgent.length).toBeGreaterThan(0);
    for (const { from, to } of urgent)
      expect(to).toEqual(from.map((id) => (id === 'n2' ? 'n7' : id)));
  });

  test('nothing is reaped on the way', () => {
    const log = joined();
    const [partition = -1] = log.toMove();
    const reap = () => log.run({ type: 'begin_reaping', partitions: [log.at(partition)] });
    expect(reap()).toMatchObject({ ok: true });
    log.begin([partition]);
    for (let stage = 0; stage < 4; stage++) {
      expect(reap()).toMatchObject(refused('partition_moving', 'wait until it has settled'));
      log.advance([partition]);
    }
    expect(reap()).toMatchObject({ ok: true });
  });
});

describe('a replacement', () => {
  test('has the very places of the dead node', () => {
    const log = cluster();
    const before = log.ring.replicas;
    log.change({ type: 'replace', dead: 'n2', by: 'n5', acceptLoss: false });
    log.carryOut();
    expect(log.ring.replicas).toEqual(
      before.map((list) => list.map((id) => (id === 'n2' ? 'n5' : id))),
    );
    expect(memberIds(log)).toContain('n2');
    log.must({ type: 'retire_node', name: 'n2' });
    expect(memberIds(log)).toEqual(['n1', 'n3', 'n4', 'n5']);
    expect(statusOf(log, 'n2')).toBe('dead');
  });
});

describe('an abort', () => {
  /** One partition in each stage, by stage. */
  const inEachStage = (log: Log) => {
    const [prepare = -1, writeBoth = -1, readNew = -1, stable = -1] = log.toMove();
    log.begin([writeBoth, readNew, stable]);
    log.advance([writeBoth, readNew, stable]);
    log.advance([readNew, stable]);
    log.advance([stable]);
    log.begin([prepare]);
    return { prepare, writeBoth, readNew, stable };
  };

  test('gives the goal up, and takes moves back from where they are', () => {
    const log = cluster();
    log.change({ type: 'join', node: 'n5' });
    const at = inEachStage(log);
    const before = log.ring;
    log.must({ type: 'abort_changes' });
    const session = log.state.index;
    expect(log.state.goal()).toBeUndefined();
    expect(log.state.planEpoch).toBe(session);
    expect(log.ring.moves.get(at.prepare)).toBeUndefined();
    expect(log.ring.replicas[at.prepare]).toEqual(before.moves.get(at.prepare)?.from);
    for (const [partition, stage] of [
      [at.writeBoth, 'stable'],
      [at.readNew, 'read_new'],
    ] as const) {
      const { from, to } = before.moves.get(partition) ?? { from: [], to: [] };
      expect(log.move(partition)).toEqual({ partition, session, stage, from: to, to: from });
      expect(log.ring.replicas[partition]).toEqual(from);
    }
    expect(log.move(at.stable)).toBe(before.moves.get(at.stable));
    expect(log.ring.partitionEpochs[at.stable]).toBe(before.partitionEpochs[at.stable]);
    for (const partition of [at.prepare, at.writeBoth, at.readNew]) {
      expect(log.ring.partitionEpochs[partition]).toBe(session);
    }
    log.carryOut();
    expect(log.ring.moves.size).toBe(0);
    expect(places(log, 'n5')).toHaveLength(1);
    expect(log.run({ type: 'abort_changes' })).toMatchObject(
      refused('change_refused', 'no change'),
    );
  });

  test('lets who was leaving stay, if it has places yet', () => {
    const log = cluster(6);
    log.change({ type: 'leave', node: 'n1' }, { type: 'leave', node: 'n2' });
    const mine = log.toMove().filter((at) => log.ring.replicas[at]?.includes('n1'));
    while (places(log, 'n1').length > 0) {
      const now = mine.filter((at) => !log.ring.moves.has(at) && log.toMove().includes(at));
      if (now.length > 0) log.begin(now);
      log.advance();
    }
    for (const _ of log.ring.moves) log.advance();
    expect(places(log, 'n2').length).toBeGreaterThan(0);
    log.must({ type: 'abort_changes' });
    expect(statusOf(log, 'n1')).toBe('leaving');
    expect(statusOf(log, 'n2')).toBe('member');
    log.carryOut();
    log.must({ type: 'retire_node', name: 'n1' });
    expect(statusOf(log, 'n1')).toBe('left');
  });

  test('does not raise the dead, and leaves zones, weights and the number of replicas', () => {
    const log = cluster();
    log.change(
      { type: 'remove', node: 'n1', acceptLoss: false },
      { type: 'zone', node: 'n2', zone: 'zb' },
      { type: 'weight', node: 'n3', weight: 4 },
      { type: 'replication_factor', replicationFactor: 2 },
    );
    log.must({ type: 'abort_changes' });
    expect(statusOf(log, 'n1')).toBe('dead');
    expect(log.ring.members[1]).toEqual({ id: 'n2', zone: 'zb' });
    expect(log.ring.members[2]).toEqual({ id: 'n3', weight: 4 });
    expect(log.state.cluster.replicationFactor).toBe(2);
    log.commit();
    log.carryOut();
    expect(places(log, 'n1')).toEqual([]);
  });

  test('does not turn a move again that is on its way back', () => {
    const log = cluster();
    log.change({ type: 'join', node: 'n5' });
    const { readNew } = inEachStage(log);
    log.must({ type: 'abort_changes' });
    const back = log.move(readNew);
    log.change({ type: 'join', node: 'n6' });
    expect(log.move(readNew)).toBe(back);
    log.must({ type: 'abort_changes' });
    expect(log.move(readNew)).toBe(back);
  });
});

describe('a commit on the way', () => {
  const swapped = (log: Log, node: string) =>
    log.toMove().filter((at) => log.state.goal()?.replicas[at]?.includes(node));

  test('lets moves go on that have begun to copy, and drops those that are of no use now', () => {
    const log = cluster();
    log.change({ type: 'join', node: 'n5' });
    const [useless = -1, underWay = -1] = swapped(log, 'n5');
    log.begin([useless, underWay]);
    log.advance([underWay]);
    const move = log.move(underWay);
    log.change({ type: 'leave', node: 'n5' });
    expect(log.ring.moves.has(useless)).toBe(false);
    expect(log.ring.partitionEpochs[useless]).toBe(log.state.index);
    expect(log.move(underWay)).toBe(move);
    log.carryOut();
    expect(places(log, 'n5')).toEqual([]);
    log.must({ type: 'retire_node', name: 'n5' });
  });

  test('lets a prepared move go on that the new goal has use for', () => {
    const log = cluster();
    log.change({ type: 'join', node: 'n5' });
    const [partition = -1] = swapped(log, 'n5');
    log.begin([partition]);
    const move = log.move(partition);
    log.change({ type: 'weight', node: 'n5', weight: 1 });
    expect(log.move(partition)).toBe(move);
    log.carryOut();
  });

  test('takes moves back whose newcomer is dead, but for the last stage', () => {
    const log = cluster();
    log.change({ type: 'join', node: 'n5' });
    const [prepare = -1, writeBoth = -1, readNew = -1, stable = -1] = swapped(log, 'n5');
    log.begin([prepare, writeBoth, readNew, stable]);
    log.advance([writeBoth, readNew, stable]);
    log.advance([readNew, stable]);
    log.advance([stable]);
    const before = log.ring;
    log.change({ type: 'replace', dead: 'n5', by: 'n6', acceptLoss: false });
    expect(log.ring.moves.has(prepare)).toBe(false);
    expect(log.move(writeBoth)).toMatchObject({
      stage: 'stable',
      from: before.moves.get(writeBoth)?.to,
      to: before.moves.get(writeBoth)?.from,
    });
    expect(log.move(readNew)).toMatchObject({
      stage: 'read_new',
      to: before.moves.get(readNew)?.from,
    });
    expect(log.move(stable)).toBe(before.moves.get(stable));
    log.carryOut();
    expect(places(log, 'n5')).toEqual([]);
    expect(places(log, 'n6').length).toBeGreaterThanOrEqual(4);
    log.must({ type: 'retire_node', name: 'n5' });
  });

  test('goes on with moves of which the leaver dies', () => {
    const log = cluster();
    log.change({ type: 'leave', node: 'n1' });
    log.begin();
    log.advance();
    const before = [...log.ring.moves.values()];
    log.change({ type: 'remove', node: 'n1', acceptLoss: false });
    expect([...log.ring.moves.values()]).toEqual(before);
    log.advance();
    expect([...log.ring.moves.values()].every(({ stage }) => stage === 'read_new')).toBe(true);
    log.carryOut();
    expect(statusOf(log, 'n1')).toBe('dead');
    expect(places(log, 'n1')).toEqual([]);
  });

  test.each(['write_both', 'read_new'])(
    'voids what was done for %s before the leaver died, though the entry comes after',
    (stage) => {
      const log = cluster();
      log.change({ type: 'leave', node: 'n1' });
      log.begin();
      log.advance();
      if (stage === 'read_new') log.advance();
      const [partition = -1] = log.ring.moves.keys();
      const late = { ...log.at(partition), stage: log.move(partition).stage };
      log.change({ type: 'remove', node: 'n1', acceptLoss: false });
      expect(log.run({ type: 'advance_moves', moves: [late] })).toMatchObject(
        refused('stale_epoch'),
      );
      // Another word on the same death voids nothing.
      const { epoch } = log.at(partition);
      log.change({ type: 'remove', node: 'n1', acceptLoss: true });
      expect(log.at(partition).epoch).toBe(epoch);
    },
  );

  test('keeps what was done where somebody else dies', () => {
    const log = cluster(5);
    log.change({ type: 'leave', node: 'n1' });
    log.begin();
    log.advance();
    const before = new Map([...log.ring.moves.keys()].map((at) => [at, log.at(at).epoch]));
    log.change({ type: 'remove', node: 'n2', acceptLoss: false });
    const kept = [...log.ring.moves.values()].filter(
      ({ from, to }) => from.includes('n2') && to.includes('n2'),
    );
    expect(kept.length).toBeGreaterThan(0);
    for (const { partition } of kept) expect(log.at(partition).epoch).toBe(before.get(partition));
  });
});

describe('a node retires', () => {
  test('only when it is leaving or dead and keeps nothing, not in a move either', () => {
    const log = cluster();
    const retire = (name: string) => log.run({ type: 'retire_node', name });
    expect(retire('n9')).toMatchObject(refused('not_a_member', 'n9'));
    expect(retire('n1')).toMatchObject(refused('change_refused', 'n1 is member'));
    log.change({ type: 'leave', node: 'n1' });
    expect(retire('n1')).toMatchObject(refused('change_refused', 'has places'));
    log.begin();
    for (let stage = 0; stage < 3; stage++) log.advance();
    expect([...log.ring.moves.values()].every(({ stage }) => stage === 'stable')).toBe(true);
    expect(places(log, 'n1')).toEqual([]);
    expect(retire('n1')).toMatchObject(refused('change_refused', 'has places'));
    log.carryOut();
    expect(retire('n1')).toMatchObject({ ok: true });
    expect(memberIds(log)).toEqual(['n2', 'n3', 'n4']);
    expect(log.ring.epoch).toBe(log.state.index);
    expect(retire('n1')).toMatchObject(refused('change_refused', 'n1 is left'));
    expect(restored(log.state).ring()).toEqual(log.ring);
  });

  test('a dead one stays dead', () => {
    const log = cluster();
    const retire = () => log.run({ type: 'retire_node', name: 'n1' });
    log.change({ type: 'remove', node: 'n1', acceptLoss: false });
    expect(retire()).toMatchObject(refused('change_refused', 'has places'));
    log.carryOut();
    expect(retire()).toMatchObject({ ok: true });
    expect(statusOf(log, 'n1')).toBe('dead');
    expect(retire()).toMatchObject(refused('change_refused', 'dead and not in the ring'));
  });
});
