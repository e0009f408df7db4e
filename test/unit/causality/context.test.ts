import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contextSeal } from '../../../src/adapters/context-seal.ts';
import { type Context, EMPTY_CONTEXT, joinContexts } from '../../../src/causality/context.ts';
import {
  type ContextScope,
  decodeContext,
  encodeContext,
} from '../../../src/causality/context-codec.ts';
import { compareActors, compareDots, type Dot } from '../../../src/causality/version-vector.ts';
import { QuorateError } from '../../../src/kernel/errors.ts';
import { hash64 } from '../../../src/kernel/hash.ts';

const scope: ContextScope = { cluster: 0x0123456789abcdefn, keyHash: 42n, seal: hash64 };

const dot: fc.Arbitrary<Dot> = fc.record({
  lineage: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  actorEpoch: fc.nat(1_000_000),
  counter: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
});
const vector = fc
  .uniqueArray(dot, { maxLength: 6, comparator: (a, b) => compareActors(a, b) === 0 })
  .map((dots) => dots.sort(compareDots));
const dots = fc
  .uniqueArray(dot, { maxLength: 16, comparator: (a, b) => compareDots(a, b) === 0 })
  .map((all) => all.sort(compareDots));
const context: fc.Arbitrary<Context> = fc.record({ clock: vector, dots, reap: fc.nat() });

function refusal(work: () => unknown): QuorateError {
  try {
    work();
  } catch (error) {
    if (error instanceof QuorateError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('the context token', () => {
  it('gives back what it was made from', () => {
    fc.assert(
      fc.property(context, (sent) => {
        expect(decodeContext(encodeContext(sent, scope), scope)).toEqual(sent);
      }),
    );
  });

  it('refuses any text that is not a token, with bad_context', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(refusal(() => decodeContext(text, scope)).code).toBe('bad_context');
      }),
    );
  });

  it('refuses a token with any character changed', () => {
    const token = encodeContext(
      { clock: [{ lineage: 1, actorEpoch: 2, counter: 3 }], dots: [], reap: 0 },
      scope,
    );
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ ';
    for (let at = 0; at < token.length; at++) {
      for (const character of alphabet) {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        if (changed === token) continue;
        expect(refusal(() => decodeContext(changed, scope)).code).toBe('bad_context');
      }
    }
  });

  it.each([
    ['another key', { ...scope, keyHash: 43n }, 'belongs to another key'],
    ['another cluster', { ...scope, cluster: 0xfedcba9876543210n }, 'comes from another cluster'],
  ])('of %s is refused', (_, other, reason) => {
    const error = refusal(() => decodeContext(encodeContext(EMPTY_CONTEXT, other), scope));
    expect(error.message).toContain(reason);
    expect(error.facts.parameter).toBe('X-Quorate-Context');
  });
});

describe('the context token of a cluster with a secret', () => {
  const sealed = { ...scope, seal: contextSeal('the cluster’s secret') };
  const forged: Context = {
    clock: [{ lineage: 1, actorEpoch: 1, counter: 1_000_000_000 }],
    dots: [],
    reap: 0,
  };

  it('is taken by every node that shares the secret', () => {
    const other = { ...scope, seal: contextSeal('the cluster’s secret') };
    expect(decodeContext(encodeContext(forged, sealed), other)).toEqual(forged);
  });

  it.each([
    ['without the secret', scope],
    ['with another secret', { ...scope, seal: contextSeal('a guess') }],
  ])('cannot be made up %s', (_, outsider) => {
    const token = encodeContext(forged, outsider);
    expect(refusal(() => decodeContext(token, sealed)).code).toBe('bad_context');
  });
});

describe('joining contexts', () => {
  it('takes the maximum of the clocks and the union of the dots', () => {
    const a = { clock: [{ lineage: 1, actorEpoch: 1, counter: 2 }], dots: [], reap: 0 };
    const single = { lineage: 2, actorEpoch: 1, counter: 5 };
    const b = { clock: [{ lineage: 1, actorEpoch: 1, counter: 3 }], dots: [single], reap: 4 };
    expect(joinContexts(a, b)).toEqual({ clock: b.clock, dots: [single], reap: 4 });
  });

  it('refuses more than 16 single writes and says to read first', () => {
    const many = (from: number) => ({
      ...EMPTY_CONTEXT,
      dots: Array.from({ length: 16 }, (_, i) => ({
        lineage: from + i,
        actorEpoch: 1,
        counter: 1,
      })),
    });
    expect(joinContexts(many(0), many(0)).dots).toHaveLength(16);
    expect(refusal(() => joinContexts(many(0), many(16))).message).toContain('read the key');
  });
});
