/**
 * Laws of every binary form: it reads as what was written; and whatever becomes of the bytes, it
 * refuses them in its own way or they are just what it would write.
 */

import { describe, it } from 'vitest';
import { expectCanonical, expectRoundTrip } from './codec-laws.ts';
import { FUZZED_CODECS } from './fuzzed-codecs.ts';

const RUNS = 60;

describe.each(FUZZED_CODECS)('the binary form of a $name', (codec) => {
  it('is written again as it was read', () => expectRoundTrip(codec, RUNS / 4));

  it('gone wrong is refused, or is the form of something else', () => expectCanonical(codec, RUNS));
});

it('a snapshot with moves out of their order, or two of a partition, is refused', () => {
  const snapshot = FUZZED_CODECS.find(({ name }) => name === 'snapshot');
  if (snapshot === undefined) throw new Error('there is no such form');
  // With this seed two moves of different partitions become two of one.
  expectCanonical(snapshot, RUNS, 142_191_265);
});
