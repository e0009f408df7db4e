/**
 * The cheapest frames that the bare baseline can exchange with its peers over one socket.
 *
 *   length u32 | call id u32 | key length u16 | key | value
 *
 * Frames of one turn leave in one write. Quorate's own peer transport does more (lanes,
 * deadlines, handshake, back-pressure, MessagePack); a ceiling must not pay for that.
 */

import type { Socket } from 'node:net';

const LENGTH_BYTES = 4;
const HEADER_BYTES = LENGTH_BYTES + 4 + 2;

/** Frames are packed one after the other into slabs, so that a flush is one write. */
const SLAB_BYTES = 256 * 1024;

export interface Frame {
  readonly id: number;
  readonly key: Buffer;
  readonly value: Buffer;
}

export const NO_BYTES = Buffer.alloc(0);

export class FrameSocket {
  readonly #socket: Socket;
  readonly #take: (frame: Frame) => void;
  readonly #flush = () => this.#flushNow();
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  /** What lies in the slab before `#flushed` belongs to the socket already. */
  #flushed = 0;
  #filled = 0;
  #flushScheduled = false;
  /** The beginning of a frame whose end has not arrived. */
  #rest: Buffer = NO_BYTES;

  /** The bytes of a frame are views into the chunk that it came with. */
  constructor(socket: Socket, take: (frame: Frame) => void) {
    this.#socket = socket;
    this.#take = take;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  post(id: number, key: Buffer, value: Buffer): void {
    const bytes = HEADER_BYTES + key.length + value.length;
    if (this.#filled + bytes > this.#slab.length) this.#newSlab(bytes);
    const slab = this.#slab;
    const at = this.#filled;
    slab.writeUInt32BE(bytes - LENGTH_BYTES, at);
    slab.writeUInt32BE(id, at + 4);
    slab.writeUInt16BE(key.length, at + 8);
    slab.set(key, at + HEADER_BYTES);
    slab.set(value, at + HEADER_BYTES + key.length);
    this.#filled = at + bytes;
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(this.#flush);
  }

  /** A slab is never reused: the socket may still be reading it. */
  #newSlab(bytesMin: number): void {
    this.#writeFilled();
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytesMin));
    this.#flushed = 0;
    this.#filled = 0;
  }

  #flushNow(): void {
    this.#flushScheduled = false;
    this.#writeFilled();
  }

  #writeFilled(): void {
    if (this.#filled === this.#flushed) return;
    this.#socket.write(this.#slab.subarray(this.#flushed, this.#filled));
    this.#flushed = this.#filled;
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= LENGTH_BYTES) {
      const end = at + LENGTH_BYTES + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      const keyEnd = at + HEADER_BYTES + bytes.readUInt16BE(at + 8);
      this.#take({
        id: bytes.readUInt32BE(at + 4),
        key: bytes.subarray(at + HEADER_BYTES, keyEnd),
        value: bytes.subarray(keyEnd, end),
      });
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }
}
