import { describe, expect, it } from 'vitest';
import { accept } from '../../../src/paxos/acceptor.ts';
import { type AcceptorRecord, BLANK } from '../../../src/paxos/acceptor-record.ts';
import type { Ballot } from '../../../src/paxos/ballot.ts';
import { withCopied } from '../../../src/paxos/copied-register.ts';

const ballot = (counter: number): Ballot => ({ epoch: 5, counter, nodeNo: 1, boot: 1 });
const record = (accepted: number, promised = accepted, copied = false): AcceptorRecord => ({
  promised: ballot(promised),
  accepted: ballot(accepted),
  copied,
  register: Uint8Array.of(accepted),
});

describe('a register that is copied', () => {
  it('comes with its promise, and is marked as copied', () => {
    expect(withCopied(BLANK, record(3, 7))).toEqual(record(3, 7, true));
    expect(withCopied(record(2), record(3, 7))).toEqual(record(3, 7, true));
  });

  it('takes no promise back', () => {
    expect(withCopied(record(2, 9), record(3, 7))).toEqual(record(3, 9, true));
    expect(withCopied(record(4), record(3, 7))).toEqual(record(4, 7));
    expect(withCopied(record(4, 8), record(3, 7))).toBeUndefined();
  });

  it('leaves a vote for the same ballot what it is', () => {
    expect(withCopied(record(3), record(3, 3, true))).toBeUndefined();
    expect(withCopied(record(3, 3, true), record(3))).toBeUndefined();
    expect(withCopied(record(3), record(3, 6))).toEqual(record(3, 6));
  });

  it('is the same in whatever order the sources come', () => {
    const sources = [record(3, 7), record(5), BLANK, record(4, 9, true)];
    const merged = (order: readonly AcceptorRecord[]) =>
      order.reduce((local, one) => withCopied(local, one) ?? local, BLANK);
    expect(merged(sources)).toEqual(record(5, 9, true));
    expect(merged(sources.toReversed())).toEqual(record(5, 9, true));
    expect(merged([...sources, ...sources])).toEqual(record(5, 9, true));
  });

  it('is accepted anew, and only where nothing higher is promised', () => {
    const copied = withCopied(BLANK, record(3, 7)) as AcceptorRecord;
    const anew = (one: AcceptorRecord) => accept(one, ballot(3), one.register, undefined);
    expect(anew(copied).reply.isRefused).toBe(true);
    const { reply, write } = anew(withCopied(BLANK, record(3)) as AcceptorRecord);
    expect([reply.isRefused, write?.copied]).toEqual([false, false]);
  });
});
