/** Lines of a text with their numbers, from 1 on. */

import { DecodeError } from '../kernel/bytes.ts';

/** A key with 100 siblings, in base64. */
const LINE_BYTES_MAX = 256 * 1024 * 1024;

const NEWLINE = 0x0a;

export async function* numberedLines(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly [number: number, text: string]> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  let number = 1;
  for await (const piece of input) {
    let from = 0;
    for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, from)) {
      pieces.push(piece.subarray(from, at));
      yield [number++, Buffer.concat(pieces).toString('utf8')];
      pieces = [];
      bytes = 0;
      from = at + 1;
    }
    const rest = piece.subarray(from);
    bytes += rest.length;
    if (bytes > LINE_BYTES_MAX) throw new DecodeError(`line ${number} is too long to be one`);
    if (rest.length > 0) pieces.push(rest);
  }
  if (bytes > 0) yield [number, Buffer.concat(pieces).toString('utf8')];
}
