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
