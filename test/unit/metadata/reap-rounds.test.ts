import { describe, expect, test } from 'vitest';
import { founded, Log, seed } from './cluster.ts';

const begin = (log: Log, ...partitions: { partition: number; epoch: number }[]) =>
  log.run({ type: 'begin_reaping', partitions });

describe('a round of reaping', () => {
  test('has the index of its entry for the number of each of its partitions', () => {
    const log = new Log(founded({ drawRing: true }));
    expect(log.state.reapNumbers()).toEqual([]);
    const epoch = log.state.epoch;
    begin(log, { partition: 0, epoch: 1 }, { partition: 6, epoch: 1 });
    expect(log.state.reapNumbers()).toEqual([2, 0, 0, 0, 0, 0, 2, 0]);
    begin(log, { partition: 6, epoch: 1 });
    expect(log.state.reapNumbers()).toEqual([2, 0, 0, 0, 0, 0, 3, 0]);
    expect(log.state.epoch).toBe(epoch);
  });

  test('leaves the numbers that others look at as they are', () => {
    const log = new Log(founded({ drawRing: true }));
    const before = log.state.reapNumbers();
    begin(log, { partition: 0, epoch: 1 });
    expect(before).toEqual([]);
    const after = log.state.reapNumbers();
    log.run({ type: 'grant_lease', ttlMs: 1_000 });
    expect(log.state.reapNumbers()).toBe(after);
  });

  test.each([
    [{ partition: 0, epoch: 2 }, 'another epoch'],
    [{ partition: 8, epoch: 1 }, 'no such partition'],
  ])('is refused as a whole for %o: %s', (partition) => {
    const log = new Log(founded({ drawRing: true }));
    expect(begin(log, { partition: 1, epoch: 1 }, partition)).toMatchObject({
      ok: false,
      code: 'stale_epoch',
    });
    expect(log.state.reapNumbers()).toEqual([]);
  });

  test('is refused as a whole where a partition is moving', () => {
    const log = new Log(founded({ drawRing: true }));
    log.must({ type: 'admit_node', ...seed(4) });
    log.change({ type: 'join', node: 'n4' });
    const [partition = -1] = log.toMove();
    log.begin([partition]);
    const other = partition === 1 ? 2 : 1;
    expect(begin(log, log.at(other), log.at(partition))).toMatchObject({
      ok: false,
      code: 'partition_moving',
    });
    expect(log.state.reapNumbers()).toEqual([]);
  });

  test('is refused before the ring is drawn', () => {
    const log = new Log(founded({ expect: 4 }));
    expect(begin(log, { partition: 0, epoch: 1 })).toMatchObject({
      ok: false,
      code: 'ring_forming',
    });
  });
});
