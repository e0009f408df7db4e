import { describe, expect, test } from 'vitest';
import { founded, Log, seed } from './cluster.ts';

const raise = (log: Log, ...partitions: { partition: number; epoch: number; idMark: number }[]) =>
  log.run({ type: 'raise_epochs', partitions });

describe('epochs that are raised', () => {
  test('are the index of the entry, and the lists stay as they were', () => {
    const log = new Log(founded({ drawRing: true }));
    const before = log.ring;
    const { planEpoch } = log.state;
    raise(log, { partition: 0, epoch: 1, idMark: 70 }, { partition: 6, epoch: 1, idMark: 0 });
    expect(log.ring.partitionEpochs).toEqual([2, 1, 1, 1, 1, 1, 2, 1]);
    expect([log.ring.epoch, log.state.epoch]).toEqual([2, 2]);
    expect(log.ring).toMatchObject({ replicas: before.replicas, listEpochs: before.listEpochs });
    expect(log.state.planEpoch).toBe(planEpoch);
    expect(before.partitionEpochs[0]).toBe(1);
  });

  test('take id marks with them, which never fall', () => {
    const log = new Log(founded({ drawRing: true }));
    expect(log.state.idMarks()).toEqual([]);
    raise(log, { partition: 0, epoch: 1, idMark: 70 }, { partition: 6, epoch: 1, idMark: 5 });
    expect(log.state.idMarks()).toEqual([70, 0, 0, 0, 0, 0, 5, 0]);
    raise(log, { partition: 0, epoch: 2, idMark: 69 }, { partition: 6, epoch: 2, idMark: 6 });
    expect(log.state.idMarks()).toEqual([70, 0, 0, 0, 0, 0, 6, 0]);
  });

  test.each([
    [{ partition: 0, epoch: 2, idMark: 9 }, 'another epoch'],
    [{ partition: 8, epoch: 1, idMark: 9 }, 'no such partition'],
  ])('are refused as a whole for %o: %s', (partition) => {
    const log = new Log(founded({ drawRing: true }));
    const ring = log.ring;
    expect(raise(log, { partition: 1, epoch: 1, idMark: 9 }, partition)).toMatchObject({
      ok: false,
      code: 'stale_epoch',
    });
    expect([log.ring, log.state.idMarks()]).toEqual([ring, []]);
  });

  test('are refused as a whole where a partition is moving, to its very end', () => {
    const log = new Log(founded({ drawRing: true }));
    log.must({ type: 'admit_node', ...seed(4) });
    log.change({ type: 'join', node: 'n4' });
    const [partition = -1] = log.toMove();
    log.begin([partition]);
    const other = partition === 1 ? 2 : 1;
    for (let stage = 0; stage < 4; stage++) {
      expect(
        raise(log, { ...log.at(other), idMark: 9 }, { ...log.at(partition), idMark: 9 }),
      ).toMatchObject({ ok: false, code: 'partition_moving' });
      log.advance([partition]);
    }
    expect(log.state.idMarks()).toEqual([]);
    expect(raise(log, { ...log.at(partition), idMark: 9 })).toMatchObject({ ok: true });
  });

  test('are refused before the ring is drawn', () => {
    const log = new Log(founded({ expect: 4 }));
    expect(raise(log, { partition: 0, epoch: 1, idMark: 0 })).toMatchObject({
      ok: false,
      code: 'ring_forming',
    });
  });
});

describe('the epoch since which a list is the only one', () => {
  function joining(): { readonly log: Log; readonly partition: number } {
    const log = new Log(founded({ drawRing: true }));
    log.must({ type: 'admit_node', ...seed(4) });
    log.change({ type: 'join', node: 'n4' });
    const [partition = -1] = log.toMove();
    return { log, partition };
  }

  const listEpoch = ({ log, partition }: ReturnType<typeof joining>) =>
    log.ring.listEpochs[partition];

  test('is that of C while the partition moves, and of the last stage when it has moved', () => {
    const moved = joining();
    const { log, partition } = moved;
    log.begin([partition]);
    const epochs: (number | undefined)[] = [];
    for (let stage = 0; stage < 3; stage++) {
      expect(listEpoch(moved)).toBe(1);
      log.advance([partition]);
      epochs.push(log.at(partition).epoch);
    }
    expect([log.move(partition).stage, listEpoch(moved)]).toEqual(['stable', 1]);
    log.advance([partition]);
    expect(listEpoch(moved)).toBe(epochs.at(-1));
  });

  test('stays where a move vanishes that has changed nothing yet', () => {
    const moved = joining();
    moved.log.begin([moved.partition]);
    moved.log.must({ type: 'abort_changes' });
    expect(moved.log.ring.moves.size).toBe(0);
    expect(listEpoch(moved)).toBe(1);
  });

  test.each([1, 2])('is that of the way back where a move goes back after stage %i', (stages) => {
    const moved = joining();
    const { log, partition } = moved;
    log.begin([partition]);
    for (let stage = 0; stage < stages; stage++) log.advance([partition]);
    log.must({ type: 'abort_changes' });
    expect(listEpoch(moved)).toBe(log.state.index);
    expect(log.move(partition).session).toBe(log.state.index);
    let last = 0;
    while (log.ring.moves.has(partition)) {
      last = log.at(partition).epoch;
      log.advance([partition]);
    }
    expect(listEpoch(moved)).toBe(last);
  });
});
