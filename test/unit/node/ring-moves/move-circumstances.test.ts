/** By what the stages of a move are judged, and what of it an operator can change. */

import { beforeEach, describe, expect, it } from 'vitest';
import { circumstancesOf, deadOf } from '../../../../src/node/ring-moves/move-circumstances.ts';
import type { Move } from '../../../../src/ring/move.ts';
import { founded, Log, seed, seeds } from '../../metadata/cluster.ts';

let log: Log;

beforeEach(() => {
  log = new Log(founded({ drawRing: true, nodes: seeds(4) }));
});

function bucket(name: string, n: number): void {
  log.must({ type: 'put_bucket', name, settings: { n }, createOnly: true });
}

const remove = (node: string, acceptLoss = false) =>
  ({ type: 'remove', node, acceptLoss }) as const;
const present = () => circumstancesOf(log.state, [...log.ring.moves.values()][0] as Move);
const bucketNs = () => [...present().bucketNs].sort();

describe('the buckets in which a dead node may have something', () => {
  it('are those that there were when it was given up', () => {
    bucket('early', 1);
    log.change(remove('n1'));
    bucket('late', 2);
    log.begin();
    bucket('later', 3);
    expect(bucketNs()).toEqual([1]);
    log.advance();
    expect(bucketNs()).toEqual([1]);
  });

  it('are not only those from before the move, where the node died in the middle of it', () => {
    log.change({ type: 'leave', node: 'n1' });
    log.begin();
    bucket('in-time', 1);
    log.change(remove('n1'));
    bucket('late', 2);
    expect([...present().dead]).toEqual(['n1']);
    expect(bucketNs()).toEqual([1]);
  });

  it('are all where nobody knows when it died', () => {
    log.change(remove('n1'));
    log.begin();
    log.advance();
    bucket('late', 1);
    log.must({ type: 'abort_changes' });
    expect(log.ring.moves.size).toBeGreaterThan(0);
    expect(bucketNs()).toEqual([1]);
  });
});

it('the loss of a node whose places another one has been given is accepted by removing it', () => {
  log.must({ type: 'admit_node', ...seed(5) });
  log.change({ type: 'replace', dead: 'n1', by: 'n5', acceptLoss: false });
  log.begin();
  const move = [...log.ring.moves.values()][0] as Move;
  expect(deadOf(move, new Set(['n1', 'n9']))).toEqual(['n1']);
  expect(present().acceptLoss).toBe(false);
  const again = { type: 'replace', dead: 'n1', by: 'n5', acceptLoss: true } as const;
  expect(() => log.stage(again)).toThrow('n5 is in the ring already');
  log.change(remove('n1', true));
  expect(present().acceptLoss).toBe(true);
  expect([...log.ring.moves.values()][0]).toMatchObject({ from: move.from, to: move.to });
});
