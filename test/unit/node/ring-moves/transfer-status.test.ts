/** How far the moves are, put together from what each node says. */

import { beforeEach, describe, expect, it } from 'vitest';
import { BytesTaken } from '../../../../src/node/ring-moves/bytes-taken.ts';
import {
  type Taking,
  type TransferShare,
  transfersStatus,
} from '../../../../src/node/ring-moves/transfer-status.ts';
import { founded, Log, seed, seeds } from '../../metadata/cluster.ts';
import { NO_SHARE } from './fake-nodes.ts';

let log: Log;
/** Two of the partitions that n5 takes a place of. */
let one: number;
let two: number;

beforeEach(() => {
  log = new Log(founded({ drawRing: true, nodes: seeds(4), partitionCount: 16 }));
  log.must({ type: 'admit_node', ...seed(5) });
  log.change({ type: 'join', node: 'n5' });
  [one = -1, two = -1] = log.toMove();
});

const status = (...shares: readonly Partial<TransferShare>[]) =>
  transfersStatus(
    'n1',
    log.state,
    shares.map((share) => ({ ...NO_SHARE, ...share })),
    100,
  );

function taking(partition: number, more: Partial<Taking> = {}): Taking {
  const { session } = log.move(partition);
  return { partition, session, keys: 5, bytes: 500, of: 10, ...more };
}

it('at rest there is nothing on its way', () => {
  log.carryOut();
  expect(status()).toEqual({
    node: 'n1',
    bytesPerSecond: null,
    moves: [],
    movesLeft: 0,
    bytesMoved: 100,
    bytesLeft: null,
  });
});

describe('a move', () => {
  beforeEach(() => {
    log.begin([one]);
    log.advance();
  });

  it('is what all its receivers have of it', () => {
    const shares = [{ taking: [taking(one)] }, { taking: [taking(one, { keys: 2, bytes: 200 })] }];
    expect(status(...shares).moves).toEqual([
      {
        partition: one,
        stage: 'write_both',
        from: log.move(one).from,
        to: log.move(one).to,
        waits: null,
        keys: 7,
        bytes: 700,
        keysInAll: 20,
      },
    ]);
  });

  it('counts nothing that was taken for another one', () => {
    const old = taking(one, { session: log.move(one).session - 1 });
    expect(status({ taking: [old] }).moves).toMatchObject([{ keys: 0, keysInAll: null }]);
  });

  it('is of an unknown size while one receiver does not know it, or nobody says', () => {
    const unknown = taking(one, { of: null });
    expect(status({ taking: [taking(one)] }, { taking: [unknown] }).moves).toMatchObject([
      { keys: 10, keysInAll: null },
    ]);
    expect(status().moves).toMatchObject([{ keysInAll: null }]);
  });

  it('says why it waits, as the leader knows', () => {
    expect(status({}, { waits: [[one, 'n1 did not fence']] }).moves).toMatchObject([
      { waits: 'n1 did not fence' },
    ]);
  });
});

describe('what is left', () => {
  it('are the moves that are yet to begin', () => {
    const inAll = log.toMove().length;
    log.begin([one, two]);
    expect(status().movesLeft).toBe(inAll - 2);
  });

  it('is reckoned by what was copied so far, also for moves of which nobody knows', () => {
    const inAll = log.toMove().length;
    log.begin([one, two]);
    expect(status().bytesLeft).toBeNull();
    log.advance();
    // Half of one partition of 10 keys is there; nobody has begun with the other one.
    const keysLeft = 5 + 10 + (inAll - 2) * 10;
    expect(status({ taking: [taking(one)] }).bytesLeft).toBe(keysLeft * 100);
    log.advance([two]);
    expect(status({ taking: [taking(one)] }).bytesLeft).toBe((keysLeft - 10) * 100);
  });
});

it('the bound of a node is told', () => {
  log.must({ type: 'set_transfer_rate', bytesPerSecond: 1_000 });
  expect(status().bytesPerSecond).toBe(1_000);
});

describe('the bytes taken in by all nodes', () => {
  it('stay where one has left or is silent, and go on where one was started again', () => {
    const taken = new BytesTaken();
    expect(taken.inAll).toBe(0);
    taken.tell('n1', 70);
    taken.tell('n2', 30);
    expect(taken.inAll).toBe(100);
    taken.tell('n1', 80);
    expect(taken.inAll).toBe(110);
    taken.tell('n1', 5);
    expect(taken.inAll).toBe(115);
    taken.tell('n1', 6);
    expect(taken.inAll).toBe(116);
  });
});
