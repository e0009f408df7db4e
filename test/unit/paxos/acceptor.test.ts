import { describe, expect, it } from 'vitest';
import { accept, prepare } from '../../../src/paxos/acceptor.ts';
import { type AcceptorRecord, BLANK } from '../../../src/paxos/acceptor-record.ts';
import { ballot } from './some.ts';

const A = Uint8Array.of(1);
const B = Uint8Array.of(2);

/** Promised `promised`, and accepted A under `accepted`. */
function record(promised: number, accepted: number, copied = false): AcceptorRecord {
  return { promised: ballot(promised), accepted: ballot(accepted), copied, register: A };
}

describe('a prepare', () => {
  it('is promised above all that was, and again if it is the same', () => {
    const { reply, write } = prepare(record(3, 2), ballot(4));
    expect(reply.isRefused).toBe(false);
    expect(write).toEqual(record(4, 2));
    expect(prepare(record(4, 2), ballot(4))).toEqual({
      reply: { isRefused: false },
      write: undefined,
    });
    expect(prepare(BLANK, ballot(1)).write?.promised).toEqual(ballot(1));
  });

  it('is refused below what was promised, which is named', () => {
    const { reply, write } = prepare(record(5, 2), ballot(4));
    expect(reply).toEqual({ isRefused: true, promised: ballot(5) });
    expect(write).toBeUndefined();
  });
});

describe('an accept', () => {
  it('is taken at what was promised and above, and promises itself', () => {
    for (const counter of [4, 6]) {
      const { reply, write } = accept(record(4, 2), ballot(counter), B, undefined);
      expect(reply).toEqual({ isRefused: false, isNextPromised: false });
      expect(write).toEqual({
        promised: ballot(counter),
        accepted: ballot(counter),
        copied: false,
        register: B,
      });
    }
  });

  it('is refused below what was promised', () => {
    expect(accept(record(5, 2), ballot(4), B, ballot(9))).toEqual({
      reply: { isRefused: true, promised: ballot(5) },
      write: undefined,
    });
  });

  it('promises the next ballot along', () => {
    const { reply, write } = accept(record(4, 2), ballot(4), B, ballot(7));
    expect(reply).toEqual({ isRefused: false, isNextPromised: true });
    expect(write?.promised).toEqual(ballot(7));
  });

  it('that is repeated is acknowledged again, and promises no more than it did', () => {
    const again = (promised: number, next: number | undefined) =>
      accept(record(promised, 4), ballot(4), A, next === undefined ? next : ballot(next));
    const acknowledged = (isNextPromised: boolean) => ({
      reply: { isRefused: false, isNextPromised },
      write: undefined,
    });
    expect(again(7, 7)).toEqual(acknowledged(true));
    expect(again(8, 7)).toEqual(acknowledged(false));
    expect(again(4, 7)).toEqual(acknowledged(false));
    expect(again(9, undefined)).toEqual(acknowledged(false));
  });

  it('of what came by copying is a new one, checked against the promise', () => {
    expect(accept(record(5, 4, true), ballot(4), A, undefined).reply.isRefused).toBe(true);
    const { reply, write } = accept(record(4, 4, true), ballot(4), A, undefined);
    expect(reply.isRefused).toBe(false);
    expect(write).toEqual(record(4, 4));
  });
});
