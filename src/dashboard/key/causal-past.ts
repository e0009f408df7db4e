/**
 * What a write had seen, read out of the context of its answer. The token is sealed and not
 * secret; only nodes judge by it, and here it is for a picture alone: where it is of a form that
 * is not known, nothing is known.
 */

export interface SeenWrites {
  /** By actor the latest write that had been seen. */
  readonly clock: ReadonlyMap<string, number>;
  /** Single writes beside it; of a write’s own context the write itself. */
  readonly dots: readonly string[];
}

const FORMAT = 1;
/** Format, cluster, hash of the key. */
const HEAD_BYTES = 17;
const SEAL_BYTES = 8;

/** Undefined: not known. */
export function seenIn(context: string): SeenWrites | undefined {
  try {
    const bytes = bytesOf(context);
    if (bytes[0] !== FORMAT) return undefined;
    const reader = new Reader(bytes.subarray(HEAD_BYTES, bytes.length - SEAL_BYTES));
    reader.varint();
    const clock = new Map(reader.dots().map(({ actor, counter }) => [actor, counter]));
    const dots = reader.dots().map(({ actor, counter }) => `${actor}:${counter}`);
    return { clock, dots };
  } catch (error) {
    if (error instanceof RangeError || error instanceof DOMException) return undefined;
    throw error;
  }
}

/** Throws `DOMException` where it is no base64url. */
function bytesOf(context: string): Uint8Array {
  const base64 = context.replaceAll('-', '+').replaceAll('_', '/');
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Throws `RangeError` where nothing is left. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError('the context ends too soon');
    return byte;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#byte();
      value += (byte % 0x80) * scale;
      if (byte < 0x80) return value;
    }
  }

  #u48(): number {
    let value = 0;
    for (let i = 0; i < 6; i++) value = value * 0x100 + this.#byte();
    return value;
  }

  dots(): readonly { readonly actor: string; readonly counter: number }[] {
    return Array.from({ length: this.varint() }, () => {
      const actor = `${this.#u48().toString(16)}.${this.varint()}`;
      return { actor, counter: this.varint() };
    });
  }
}
