import { describe, expect, it } from 'vitest';
import { type Lineage, mintDot } from '../../../src/causality/mint.ts';

function lineage(id: number, next = 7): Lineage {
  let epoch = next;
  return { id, nextActorEpoch: () => epoch++ };
}

const dot = (lineageId: number, actorEpoch: number, counter: number) => ({
  lineage: lineageId,
  actorEpoch,
  counter,
});

describe('minting a dot', () => {
  it('begins a new actor for a record that never minted', () => {
    expect(mintDot(undefined, lineage(1), [], [])).toEqual(dot(1, 7, 1));
  });

  it('counts on while self remembers all that the clocks claim', () => {
    expect(mintDot(dot(1, 3, 5), lineage(1), [dot(1, 3, 5)], [dot(1, 3, 4)])).toEqual(dot(1, 3, 6));
  });

  it('begins a new actor when self is of another lineage', () => {
    expect(mintDot(dot(9, 3, 5), lineage(1), [dot(9, 3, 5)], [])).toEqual(dot(1, 7, 1));
  });

  it('begins a new actor when the object claims more of this actor than self remembers', () => {
    expect(mintDot(dot(1, 3, 5), lineage(1), [dot(1, 3, 6)], [])).toEqual(dot(1, 7, 1));
  });

  it('begins a new actor when the writer has seen more of this actor than self remembers', () => {
    expect(mintDot(dot(1, 3, 5), lineage(1), [dot(1, 3, 5)], [dot(1, 3, 6)])).toEqual(dot(1, 7, 1));
  });

  it('never gives two records of one lineage the same actor', () => {
    const one = lineage(1);
    const first = mintDot(undefined, one, [], []);
    const second = mintDot(undefined, one, [], []);
    expect(first).not.toEqual(second);
  });
});
