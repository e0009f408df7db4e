/** The Random port: quick chance for jitter, the operating system's entropy for identities. */

import { randomBytes } from 'node:crypto';
import type { Random } from '../ports/random.ts';

export const systemRandom: Random = {
  float: () => Math.random(),
  uint48: () => randomBytes(6).readUIntBE(0, 6),
};
