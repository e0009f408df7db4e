/**
 * Byte-level building blocks for the binary codecs.
 *
 * Integers are LEB128 varints up to 2^53-1, or fixed-width and big-endian where the
 * encoding must sort like the number. Readers throw `DecodeError` on anything that the
 * matching writer would not have produced.
 */

export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const EMPTY_BYTES = new Uint8Array(0);

export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** The text, or undefined where the bytes are not well-formed UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return DECODER.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A Buffer over the same memory, for its fast encodings. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A string with one character per byte: equal bytes, equal strings; fit for Map keys. */
export function mapKeyOf(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('latin1');
}

/** Bytewise order, a shorter prefix first: the order in which the store sorts its keys. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

const BASE64URL = /^[A-Za-z0-9_-]*$/;

export function toBase64Url(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('base64url');
}

/** Strict: alphabet, no padding, no stray bits; throws `DecodeError` otherwise. */
export function fromBase64Url(text: string): Uint8Array {
  if (!BASE64URL.test(text)) throw new DecodeError('has characters outside base64url');
  const bytes = Buffer.from(text, 'base64url');
  if (toBase64Url(bytes) !== text) throw new DecodeError('is not canonical base64url');
  return bytes;
}

/** Appends to a buffer that grows; `reset` keeps the memory for the next message. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity = 256) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  reset(): this {
    this.#length = 0;
    return this;
  }

  /** A view of what was written, valid until the next write. */
  view(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  copy(): Uint8Array {
    return Buffer.from(this.view());
  }

  /** May replace the buffer: call it before touching `#buffer`, in a statement of its own. */
  #reserve(bytes: number): number {
    const start = this.#length;
    const needed = start + bytes;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, start);
      this.#buffer = grown;
    }
    this.#length = needed;
    return start;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  u48(value: number): void {
    const at = this.#reserve(6);
    this.#buffer.writeUIntBE(value, at, 6);
  }

  u64(value: bigint): void {
    const at = this.#reserve(8);
    this.#buffer.writeBigUInt64BE(value, at);
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** Length first, then the bytes. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.varint(length);
    const at = this.#reserve(length);
    this.#buffer.write(text, at, 'utf8');
  }
}

const VARINT_BYTES_MAX = 8;

/** Reads what `ByteWriter` wrote; throws `DecodeError` on truncated or non-canonical input. */
export class ByteReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = bufferOf(bytes);
  }

  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#buffer.length - this.#at;
  }

  #take(bytes: number): number {
    if (bytes > this.remaining) throw new DecodeError('is truncated');
    const start = this.#at;
    this.#at += bytes;
    return start;
  }

  u8(): number {
    return this.#buffer[this.#take(1)] as number;
  }

  u48(): number {
    return this.#buffer.readUIntBE(this.#take(6), 6);
  }

  u64(): bigint {
    return this.#buffer.readBigUInt64BE(this.#take(8));
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let taken = 1; taken <= VARINT_BYTES_MAX; taken++) {
      const byte = this.u8();
      value += (byte % 0x80) * scale;
      if (byte < 0x80) {
        const canonical = byte > 0 || taken === 1;
        if (!canonical || value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 0x80;
    }
    throw new DecodeError('has a malformed number');
  }

  /** A view into the input, not a copy. */
  raw(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#buffer.subarray(start, start + length);
  }

  bytes(): Uint8Array {
    return this.raw(this.varint());
  }

  text(): string {
    const bytes = this.bytes();
    if (bytes.length === 0) return '';
    const text = textOf(bytes);
    if (text === undefined) throw new DecodeError('has text that is not UTF-8');
    return text;
  }

  end(): void {
    if (this.remaining > 0) throw new DecodeError('has trailing bytes');
  }
}
