import { describe, expect, it } from 'vitest';
import { ReadQueue } from '../../../src/raft/read-queue.ts';

describe('reads that wait for a round', () => {
  it('go when their round is confirmed', () => {
    const reads = new ReadQueue();
    reads.add(7, 3);
    expect(reads.confirm(reads.beginRound())).toEqual([{ id: 7, index: 3 }]);
  });

  it('do not go with a round that began before them', () => {
    const reads = new ReadQueue();
    const round = reads.beginRound();
    reads.add(7, 3);
    expect(reads.confirm(round)).toEqual([]);
  });

  it('go with a later round than theirs', () => {
    const reads = new ReadQueue();
    reads.add(7, 3);
    reads.beginRound();
    expect(reads.confirm(reads.beginRound())).toHaveLength(1);
  });

  it('are all given back when leadership is lost', () => {
    const reads = new ReadQueue();
    reads.add(7, 3);
    reads.addEarly(8);
    expect(reads.drain()).toEqual([7, 8]);
  });
});

describe('the lease', () => {
  it('runs from when the round was sent, not from when it was confirmed', () => {
    const reads = new ReadQueue();
    const round = reads.beginRound();
    for (let tick = 0; tick < 5; tick++) reads.tick(8);
    reads.confirm(round);
    for (let tick = 0; tick < 3; tick++) reads.tick(8);
    expect(reads.holdsLease(8)).toBe(false);
  });

  it('is renewed by later rounds', () => {
    const reads = new ReadQueue();
    reads.beginRound();
    for (let tick = 0; tick < 5; tick++) reads.tick(8);
    reads.confirm(reads.beginRound());
    for (let tick = 0; tick < 7; tick++) reads.tick(8);
    expect(reads.holdsLease(8)).toBe(true);
  });
});
