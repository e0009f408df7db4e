import { describe, expect, it } from 'vitest';
import { requestIdOfText, timeOfRequest } from '../../../src/kernel/request-id.ts';
import {
  type Ballot,
  ballotOfText,
  ballotText,
  compareBallots,
  isZero,
  ZERO,
} from '../../../src/paxos/ballot.ts';
import { Ballots } from '../../../src/paxos/ballots.ts';
import { mintRequestId } from '../../../src/paxos/request-id.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { requestId } from './some.ts';

const of = (epoch: number, counter: number, nodeNo: number, boot: number): Ballot => ({
  epoch,
  counter,
  nodeNo,
  boot,
});

describe('ballots', () => {
  it('are ordered by epoch, counter, node and start, in this order', () => {
    const rising = [
      ZERO,
      of(1, 9, 9, 9),
      of(2, 1, 9, 9),
      of(2, 2, 1, 9),
      of(2, 2, 3, 1),
      of(2, 2, 3, 2),
    ];
    expect(rising.toReversed().sort(compareBallots)).toEqual(rising);
    expect(rising.filter(isZero)).toEqual([ZERO]);
  });

  it('are read from the text they give, and from no other', () => {
    expect(ballotText(of(17, 3, 2, 5))).toBe('17.3.2.5');
    expect(ballotOfText('17.3.2.5')).toEqual(of(17, 3, 2, 5));
    const wrong = [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '01.2.3.4',
      '1.2.3.-4',
      ' 1.2.3.4',
      '9999999999999999.1.1.1',
    ];
    expect(wrong.filter((text) => ballotOfText(text) !== undefined)).toEqual([]);
  });

  it('are never drawn twice, and well above all that were met', () => {
    const ballots = new Ballots({ nodeNo: 2, boot: 5 });
    expect(ballots.draw(7)).toEqual(of(7, 1, 2, 5));
    ballots.met(of(7, 40, 1, 1));
    ballots.met(of(7, 30, 1, 1));
    expect(ballots.draw(8)).toEqual(of(8, 105, 2, 5));
    expect(ballots.draw(7)).toEqual(of(7, 106, 2, 5));
  });
});

describe('ids of requests', () => {
  it('are UUIDs of version 7, which bear their time', () => {
    const id = mintRequestId({ wallTime: () => 1_767_225_600_123.5 }, new SeededRandom(1));
    const hex = Buffer.from(id).toString('hex');
    const text = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    expect(requestIdOfText(text)).toEqual(id);
    expect(requestIdOfText(text.toUpperCase())).toEqual(id);
    expect(timeOfRequest(id)).toBe(1_767_225_600_123);
    expect(timeOfRequest(requestId(5))).toBe(5);
  });

  it.each(['', '00000000-0000-4000-8000-000000000000', '0190163d86947a4e9f0e9d9c1c4a3f51'])(
    'are nothing else: %j',
    (text) => expect(requestIdOfText(text)).toBeUndefined(),
  );
});
