import { describe, expect, it } from 'vitest';
import { Outbox, type Outgoing } from '../../../src/adapters/peer/outbox.ts';
import { coalesce } from '../../../src/adapters/peer/peer-connection.ts';

function entry(bytes: number, fill = 0): Outgoing {
  return { frame: Buffer.alloc(bytes, fill) };
}

describe('Outbox', () => {
  it('gives frames in order, up to the one that reaches the size asked for', () => {
    const outbox = new Outbox();
    const entries = [entry(10, 1), entry(10, 2), entry(10, 3)];
    for (const each of entries) outbox.add(each);
    expect(outbox.bytes).toBe(30);
    expect(outbox.take(15).map((frame) => frame[0])).toEqual([1, 2]);
    expect(outbox.bytes).toBe(10);
    expect(entries.map((each) => each.frame === undefined)).toEqual([true, true, false]);
    expect(outbox.take(15).map((frame) => frame[0])).toEqual([3]);
    expect(outbox.take(15)).toEqual([]);
  });

  it('never gives a frame that was withdrawn', () => {
    const outbox = new Outbox();
    const [first, second] = [entry(10, 1), entry(20, 2)];
    outbox.add(first);
    outbox.add(second);
    outbox.withdraw(first);
    outbox.withdraw(first);
    expect(outbox.bytes).toBe(20);
    expect(outbox.take(100).map((frame) => frame[0])).toEqual([2]);
    outbox.withdraw(second);
    expect(outbox.bytes).toBe(0);
  });

  it('keeps its order and its count over any mixture of additions, takings and withdrawals', () => {
    const outbox = new Outbox();
    const waiting: { readonly n: number; readonly entry: Outgoing }[] = [];
    const taken: number[] = [];
    const expected: number[] = [];
    for (let n = 0; n < 20_000; n++) {
      const frame = Buffer.alloc(4);
      frame.writeUInt32BE(n);
      const added = { n, entry: { frame } };
      outbox.add(added.entry);
      waiting.push(added);
      if (n % 3 === 1) {
        const [gone] = waiting.splice((n * 7) % waiting.length, 1);
        if (gone !== undefined) outbox.withdraw(gone.entry);
      }
      if (n % 5 === 0) {
        taken.push(...outbox.take(12).map((each) => each.readUInt32BE(0)));
        expected.push(...waiting.splice(0, 3).map((each) => each.n));
      }
      expect(outbox.bytes).toBe(4 * waiting.length);
    }
    expect(taken).toEqual(expected);
  });
});

describe('coalesce', () => {
  it('joins small frames and leaves large ones as they are', () => {
    const small = [Buffer.from('a'), Buffer.from('b'), Buffer.from('c'), Buffer.from('d')] as const;
    const large = Buffer.alloc(1024 * 1024);
    const buffers = coalesce([small[0], small[1], large, small[2], small[3]]);
    expect(buffers.map(String)).toEqual(['ab', String(large), 'cd']);
    expect(buffers[1]).toBe(large);
    expect(coalesce([small[0]])).toEqual([small[0]]);
  });
});
