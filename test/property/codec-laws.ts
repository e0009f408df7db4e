/** What holds for every binary form, however often it is tried. */

import fc from 'fast-check';
import { expect } from 'vitest';
import { mutated, mutations } from './byte-mutations.ts';
import type { FuzzedCodec } from './fuzzed-codecs.ts';

/** Bytes that promise much must not cost much: a turn of the node is all that anybody gets. */
const RECODE_MS_MAX = 1_000;

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

export function expectRoundTrip({ valid, recode }: FuzzedCodec, numRuns: number, seed?: number) {
  const property = fc.property(valid, (bytes) => {
    expect(hexOf(recode(bytes))).toBe(hexOf(bytes));
  });
  fc.assert(property, parameters(numRuns, seed));
}

export function expectCanonical(codec: FuzzedCodec, numRuns: number, seed?: number) {
  const { valid, sealed = (bytes: Buffer) => bytes } = codec;
  const property = fc.property(valid, mutations, fc.boolean(), (bytes, changes, isSealed) => {
    const wrong = mutated(bytes, changes);
    const given = isSealed ? sealed(wrong) : wrong;
    const began = performance.now();
    const again = recodedOrRefused(codec, given);
    expect(performance.now() - began).toBeLessThan(RECODE_MS_MAX);
    if (again !== undefined) expect(hexOf(again)).toBe(hexOf(given));
  });
  fc.assert(property, parameters(numRuns, seed));
}

/** Undefined: refused. */
function recodedOrRefused(
  { recode, refusals }: FuzzedCodec,
  bytes: Uint8Array,
): Uint8Array | undefined {
  try {
    return recode(bytes);
  } catch (error) {
    if (!refusals.some((refusal) => error instanceof refusal)) throw error;
    return undefined;
  }
}

function parameters(numRuns: number, seed: number | undefined) {
  return seed === undefined ? { numRuns } : { numRuns, seed };
}
