import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../src/causality/context.ts';
import { encodeContext } from '../../../src/causality/context-codec.ts';
import {
  carriedOf,
  entriesOf,
  joinEntries,
  joinTokens,
  NEW_SESSION,
  ownEntry,
  remember,
  type SessionEntry,
  type SessionToken,
  takeOver,
  touch,
} from '../../../src/causality/session-token.ts';
import {
  boundToken,
  decodeCarried,
  decodeSession,
  encodeCarried,
  encodeSession,
  joinCarried,
} from '../../../src/causality/session-token-codec.ts';
import { compareActors, compareDots, type Dot } from '../../../src/causality/version-vector.ts';
import { DecodeError } from '../../../src/kernel/bytes.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import { hash64 } from '../../../src/kernel/hash.ts';

const scope = { cluster: 0x0123456789abcdefn, keyHash: 42n, seal: hash64 };

const dot = (lineage: number, counter = 1): Dot => ({ lineage, actorEpoch: 1, counter });
const context = (clock: readonly Dot[], dots: readonly Dot[] = []): Context => ({
  clock,
  dots,
  reap: 3,
});

function entry(more: Partial<SessionEntry> = {}): SessionEntry {
  const plain = { bucketNumber: 7, keyHash: 99n, absent: false, readsOnly: false };
  return { ...plain, context: context([dot(1)]), ...more };
}

const token = (...entries: readonly SessionEntry[]): SessionToken => ({ ...NEW_SESSION, entries });

function refusal(work: () => unknown): QuorateError {
  try {
    work();
  } catch (error) {
    if (error instanceof QuorateError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('what is remembered of a key', () => {
  it('is one entry of its own and one that was taken over', () => {
    const own = entry();
    const taken = entry({ context: context([dot(2)]), readsOnly: true });
    const both = remember(remember(NEW_SESSION, taken), own);
    expect(entriesOf(both, own)).toEqual([own, taken]);
    expect(ownEntry(both, own)).toEqual(own);
    expect(entriesOf(both, entry({ keyHash: 1n }))).toEqual([]);
    expect(entriesOf(both, entry({ bucketNumber: 8 }))).toEqual([]);
  });

  it('is only its own where that has seen the other', () => {
    const taken = entry({ context: context([dot(2)]), readsOnly: true });
    const own = entry({ context: context([dot(1), dot(2, 5)]) });
    expect(remember(token(taken), own).entries).toEqual([own]);
    expect(takeOver(token(own), token(taken)).entries).toEqual([own]);
  });

  it('keeps the greatest of too many single writes, and counts that', () => {
    const dots = Array.from({ length: 20 }, (_, i) => dot(i + 1));
    const kept = remember(NEW_SESSION, entry({ context: context([], dots) }));
    expect(kept.dropped).toBe(1);
    expect(ownEntry(kept, entry())?.context.dots).toEqual(dots.slice(4));
  });

  it('moves to the end when it is used', () => {
    const [a, b, c] = [1n, 2n, 3n].map((keyHash) => entry({ keyHash })) as [
      SessionEntry,
      SessionEntry,
      SessionEntry,
    ];
    expect(touch(token(a, b, c), a).entries).toEqual([b, c, a]);
    expect(remember(token(a, b, c), b).entries).toEqual([a, c, b]);
  });
});

describe('entries that come together', () => {
  const present = entry({ context: context([dot(1)]) });
  const absent = entry({ context: context([dot(1, 2)]), absent: true });
  const beside = entry({ context: context([], [dot(2)]), absent: true });

  it('have seen what either has', () => {
    expect(joinEntries(present, beside).context).toEqual(context([dot(1)], [dot(2)]));
  });

  it('say what the later one does, in whichever order they come', () => {
    expect(joinEntries(present, absent).absent).toBe(true);
    expect(joinEntries(absent, present).absent).toBe(true);
    expect(joinEntries(absent, entry({ context: context([dot(1, 3)]) })).absent).toBe(false);
  });

  it('are absent only where both are, if neither is the later', () => {
    expect(joinEntries(present, beside).absent).toBe(false);
    expect(joinEntries(absent, beside).absent).toBe(true);
  });

  it('join as tokens, with what was dropped', () => {
    const a = { ...token(present), dropped: 4 };
    const b = { ...token(beside, entry({ keyHash: 5n })), dropped: 2, truncated: true };
    const joined = joinTokens(a, b);
    expect(joined.entries).toHaveLength(2);
    expect(joined).toMatchObject({ dropped: 4, truncated: true });
  });
});

describe('what a value carries', () => {
  it('binds reads, and says where it is not whole', () => {
    const writer = { ...token(entry()), dropped: 2 };
    const carried = decodeCarried(encodeCarried(carriedOf(writer)));
    expect(carried).toEqual({ entries: [entry()], dropped: 0, truncated: true });
    const reader = takeOver(NEW_SESSION, carried);
    expect(reader).toEqual({ entries: [entry({ readsOnly: true })], dropped: 0, truncated: true });
    expect(takeOver(token(entry({ keyHash: 1n })), carriedOf(token(entry()))).truncated).toBe(
      false,
    );
  });

  it('is refused in a form that is not known', () => {
    expect(() => decodeCarried(Uint8Array.of(9, 0, 0, 0))).toThrow(DecodeError);
    expect(() => decodeCarried(Uint8Array.of(1, 0, 0, 200, 1))).toThrow(DecodeError);
  });
});

const anyDot: fc.Arbitrary<Dot> = fc.record({
  lineage: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  actorEpoch: fc.nat(1_000_000),
  counter: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
});
const anyEntry: fc.Arbitrary<SessionEntry> = fc.record({
  bucketNumber: fc.integer({ min: 1, max: 2 ** 48 }),
  keyHash: fc.bigInt(0n, 2n ** 64n - 1n),
  context: fc.record({
    clock: fc
      .uniqueArray(anyDot, { maxLength: 4, comparator: (a, b) => compareActors(a, b) === 0 })
      .map((dots) => dots.sort(compareDots)),
    dots: fc
      .uniqueArray(anyDot, { maxLength: 4, comparator: (a, b) => compareDots(a, b) === 0 })
      .map((dots) => dots.sort(compareDots)),
    reap: fc.nat(),
  }),
  absent: fc.boolean(),
  readsOnly: fc.boolean(),
});
const anyToken: fc.Arbitrary<SessionToken> = fc.record({
  entries: fc.array(anyEntry, { maxLength: 200 }),
  dropped: fc.nat(),
  truncated: fc.boolean(),
});

describe('what a value carries that is made of another', () => {
  const carriedWith = (...entries: readonly SessionEntry[]) => encodeCarried(token(...entries));
  const joined = (...two: Parameters<typeof joinCarried>) =>
    decodeCarried(joinCarried(...two) as Uint8Array);

  it('is what both carry, and nothing where neither does', () => {
    const [first, second] = [entry({ keyHash: 1n }), entry({ keyHash: 2n })];
    expect(joinCarried(undefined, undefined)).toBeUndefined();
    expect(joined(carriedWith(first), undefined).entries).toEqual([first]);
    expect(joined(undefined, carriedWith(second)).entries).toEqual([second]);
    const both = joined(carriedWith(first), carriedWith(second));
    expect(both).toMatchObject({ dropped: 0, truncated: false });
    expect(both.entries).toEqual([first, second].map((one) => ({ ...one, readsOnly: true })));
  });

  it('says where that is too much, or not to be understood', () => {
    const many = (from: number) =>
      encodeCarried(
        boundToken(
          token(
            ...Array.from({ length: 150 }, (_, i) =>
              entry({ keyHash: BigInt(from + i), context: context([dot(i)]) }),
            ),
          ),
        ),
      );
    const large = joinCarried(many(0), many(150)) as Uint8Array;
    expect(large.length).toBeLessThanOrEqual(4_096);
    expect(decodeCarried(large)).toMatchObject({ dropped: 0, truncated: true });
    const known = carriedWith(entry());
    expect(joined(known, Uint8Array.of(9))).toMatchObject({ truncated: true });
    expect(joined(known, Uint8Array.of(9)).entries).toHaveLength(1);
  });
});

describe('the token', () => {
  it('gives back what it was made from, as much of it as fits, the last used', () => {
    fc.assert(
      fc.property(anyToken, (made) => {
        const bounded = boundToken(made);
        const text = encodeSession(bounded, scope);
        expect(Buffer.from(text, 'base64url').length).toBeLessThanOrEqual(4_096);
        expect(decodeSession(text, scope)).toEqual(bounded);
        const gone = made.entries.length - bounded.entries.length;
        expect(bounded.entries).toEqual(made.entries.slice(gone));
        expect(bounded.dropped).toBe(made.dropped + gone);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses any text that is not one, with bad_session', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(refusal(() => decodeSession(text, scope)).code).toBe('bad_session');
      }),
    );
  });

  it('refuses one with any character changed, and says what would be right', () => {
    const text = encodeSession(token(entry()), scope);
    for (let i = 0; i < text.length; i++) {
      const other = text[i] === 'A' ? 'B' : 'A';
      const changed = text.slice(0, i) + other + text.slice(i + 1);
      const { message, facts } = refusal(() => decodeSession(changed, scope));
      expect(message).toContain(
        "send the X-Quorate-Session of the session's last answer unchanged",
      );
      expect(facts.parameter).toBe('X-Quorate-Session');
    }
  });

  it('refuses that of another cluster, and a context', () => {
    const text = encodeSession(token(entry()), { ...scope, cluster: 1n });
    expect(refusal(() => decodeSession(text, scope)).message).toContain('another cluster');
    const other = encodeContext(context([dot(1)]), scope);
    expect(refusal(() => decodeSession(other, scope)).message).toContain('unknown format');
  });
});
