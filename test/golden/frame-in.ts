/** The value of the one frame that the bytes are. */

import { FrameDecoder } from '../../src/adapters/peer/frame.ts';

export function frameIn(bytes: Buffer): unknown {
  const found: unknown[] = [];
  new FrameDecoder().push(bytes, (value) => found.push(value));
  if (found.length !== 1) throw new Error(`${found.length} frames`);
  return found[0];
}
