/** The Random port: quick chance for jitter, the operating system's entropy for identities. */

import { randomFillSync } from 'node:crypto';
import type { Random } from '../ports/random.ts';

const NUMBER_BYTES = 6;
/** Drawn at a time: each call costs some microseconds, however little it asks for. */
const NUMBERS_AHEAD = 512;

const ahead = Buffer.alloc(NUMBER_BYTES * NUMBERS_AHEAD);
let used = ahead.length;

function uint48(): number {
  if (used === ahead.length) {
    randomFillSync(ahead);
    used = 0;
  }
  const number = ahead.readUIntBE(used, NUMBER_BYTES);
  used += NUMBER_BYTES;
  return number;
}

export const systemRandom: Random = { float: () => Math.random(), uint48 };
