/** A value of a raft bucket, and what it counts for in the bounds on memory. */

/** Beside the bytes of a value: the tree, the record, the numbers. */
export const VALUE_OVERHEAD_BYTES = 64;

export interface Content {
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly meta: readonly (readonly [name: string, text: string])[];
  /** The key goes when this lease does. */
  readonly lease: number | undefined;
}

export interface StoredValue extends Content {
  /** The index of the entry that wrote it. */
  readonly revision: number;
}

export interface KeyedValue extends StoredValue {
  readonly bucketNumber: number;
  readonly key: Uint8Array;
}

export function valueBytes(key: Uint8Array, content: Content): number {
  return key.length + contentBytes(content);
}

/** All but the key. */
export function contentBytes({ value, contentType, meta }: Content): number {
  return sizeOf(value.length, contentType, meta);
}

export function sizeOf(valueLength: number, contentType: string, meta: Content['meta']): number {
  let bytes = VALUE_OVERHEAD_BYTES + valueLength + Buffer.byteLength(contentType);
  for (const [name, text] of meta) bytes += Buffer.byteLength(name) + Buffer.byteLength(text);
  return bytes;
}
