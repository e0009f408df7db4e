/**
 * Frames: how messages lie on the byte stream between two nodes.
 *
 * A frame is the length of its body (4 bytes, big-endian) and the body, one MessagePack
 * value. The decoder copies no byte more than once and only those of a frame that began in
 * another chunk, so the cost is linear however the stream was cut. Byte arrays inside a
 * decoded value are views into the chunk: copy what is to be kept for long.
 */

import { Packr, RESERVE_START_SPACE } from 'msgpackr';
import { QuorateError } from '../../kernel/errors.ts';
import { MESSAGE_BYTES_MAX } from '../../ports/transport.ts';

/** Largest body of a frame: a message and the few bytes around it. Bounds the decoder's memory. */
export const FRAME_BYTES_MAX = MESSAGE_BYTES_MAX + 1_024;

export const FRAME_HEADER_BYTES = 4;

/** The stream is not what a peer of this protocol would send; only closing it helps. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/**
 * msgpackr packs frame after frame into one scratch buffer and takes a new one of the same
 * size when it is full. It stays as large as the largest value that was ever packed, so it
 * is put back to this size after a large one: a small frame must not pin a large buffer.
 */
const SCRATCH_BYTES = 64 * 1024;

const packr = new Packr({ useRecords: false, useBigIntExtension: true });
packr.useBuffer(Buffer.allocUnsafeSlow(SCRATCH_BYTES));

/** The frame of `value`. Throws `value_too_large` above FRAME_BYTES_MAX. */
export function encodeFrame(value: unknown): Buffer {
  const frame = packr.pack(value, RESERVE_START_SPACE | FRAME_HEADER_BYTES);
  if (frame.length > SCRATCH_BYTES) packr.useBuffer(Buffer.allocUnsafeSlow(SCRATCH_BYTES));
  const bodyBytes = frame.length - FRAME_HEADER_BYTES;
  if (bodyBytes > FRAME_BYTES_MAX) {
    throw new QuorateError(
      'value_too_large',
      `a message of ${bodyBytes} bytes does not fit in a frame of at most ${FRAME_BYTES_MAX}`,
    );
  }
  frame.writeUInt32BE(bodyBytes, 0);
  return frame;
}

/** Where in the chunk msgpackr is to read: one object, as making one a frame would cost. */
const bounds = { start: 0, end: 0 };

function decodeBody(bytes: Buffer, start: number, end: number): unknown {
  bounds.start = start;
  bounds.end = end;
  try {
    return packr.unpack(bytes, bounds);
  } catch {
    throw new FrameError('a frame is not one MessagePack value');
  }
}

function checkedLength(bodyBytes: number): number {
  if (bodyBytes >= 1 && bodyBytes <= FRAME_BYTES_MAX) return bodyBytes;
  throw new FrameError(`a frame of ${bodyBytes} bytes is announced; 1 to ${FRAME_BYTES_MAX} fit`);
}

/** Turns chunks of a byte stream into values. After a `FrameError` it is of no more use. */
export class FrameDecoder {
  /** Header of a frame that was cut within it. */
  readonly #header = Buffer.alloc(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  /** Body of a frame that was cut within it. */
  #body: Buffer | undefined;
  #bodyFilled = 0;

  /** Calls `take` with the value of each frame that `chunk` completes, and its size; returns how many. */
  push(chunk: Buffer, take: (value: unknown, bytes: number) => void): number {
    let frames = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#body !== undefined) {
        at = this.#fillBody(this.#body, chunk, at);
        if (this.#bodyFilled < this.#body.length) break;
        const body = this.#body;
        this.#body = undefined;
        frames++;
        take(decodeBody(body, 0, body.length), body.length);
      } else if (this.#headerFilled > 0 || chunk.length - at < FRAME_HEADER_BYTES) {
        at = this.#fillHeader(chunk, at);
      } else {
        const start = at + FRAME_HEADER_BYTES;
        const end = start + checkedLength(chunk.readUInt32BE(at));
        if (end <= chunk.length) {
          frames++;
          take(decodeBody(chunk, start, end), end - start);
          at = end;
        } else {
          this.#beginBody(end - start);
          at = start;
        }
      }
    }
    return frames;
  }

  #beginBody(bodyBytes: number): void {
    this.#body = Buffer.allocUnsafeSlow(bodyBytes);
    this.#bodyFilled = 0;
  }

  #fillBody(body: Buffer, chunk: Buffer, at: number): number {
    const copied = chunk.copy(body, this.#bodyFilled, at);
    this.#bodyFilled += copied;
    return at + copied;
  }

  #fillHeader(chunk: Buffer, at: number): number {
    const copied = chunk.copy(this.#header, this.#headerFilled, at);
    this.#headerFilled += copied;
    if (this.#headerFilled === FRAME_HEADER_BYTES) {
      this.#headerFilled = 0;
      this.#beginBody(checkedLength(this.#header.readUInt32BE(0)));
    }
    return at + copied;
  }
}
