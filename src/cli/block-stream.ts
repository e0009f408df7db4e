/** Blocks of a copy (kernel/backup-copy.ts) out of the pieces in which they come. */

import { BLOCK_HEADER_BYTES, payloadBytes } from '../kernel/backup-copy.ts';
import { DecodeError } from '../kernel/bytes.ts';

/** Each block with its header, whole. Throws `DecodeError` where the pieces end within one. */
export async function* blocksOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  let wanted = BLOCK_HEADER_BYTES;
  for await (const piece of pieces) {
    held.push(piece);
    bytes += piece.length;
    if (bytes < wanted) continue;
    let rest: Uint8Array = Buffer.concat(held);
    for (;;) {
      wanted = BLOCK_HEADER_BYTES;
      if (rest.length >= wanted) wanted += payloadBytes(rest);
      if (rest.length < wanted) break;
      yield rest.subarray(0, wanted);
      rest = rest.subarray(wanted);
    }
    held = rest.length === 0 ? [] : [rest];
    bytes = rest.length;
  }
  if (bytes > 0) throw new DecodeError('ends within a block');
}
