/**
 * Binary forms put together from smaller ones, so that a record's form reads like its type.
 *
 * Invariant: equal values have equal bytes, and `read` takes exactly what `write` gave; both
 * the log and snapshots rest on it. Readers throw `DecodeError`. What `write` is given comes
 * from the program: a number that has no form is its fault.
 */

import { type ByteReader, type ByteWriter, DecodeError } from '../kernel/bytes.ts';
import { invariant } from '../kernel/invariant.ts';

export interface Codec<T> {
  write(writer: ByteWriter, value: T): void;
  read(reader: ByteReader): T;
}

/** 0 to 2^53-1. */
export const uint: Codec<number> = {
  write(writer, value) {
    invariant(Number.isSafeInteger(value) && value >= 0, `${value} is not a natural number`);
    writer.varint(value);
  },
  read: (reader) => reader.varint(),
};

/** A whole number within 2^53, above or below 0. */
export const integer: Codec<number> = {
  write(writer, value) {
    flag.write(writer, value < 0);
    uint.write(writer, Math.abs(value));
  },
  read(reader) {
    const isNegative = flag.read(reader);
    const size = uint.read(reader);
    if (isNegative && size === 0) throw new DecodeError('has a malformed number');
    return isNegative ? -size : size;
  },
};

export const text: Codec<string> = {
  write: (writer, value) => writer.text(value),
  read: (reader) => reader.text(),
};

/** Read as a view into the input: whoever keeps it copies it. */
export const bytes: Codec<Uint8Array> = {
  write: (writer, value) => writer.bytes(value),
  read: (reader) => reader.bytes(),
};

export const flag: Codec<boolean> = {
  write: (writer, value) => writer.u8(value ? 1 : 0),
  read(reader) {
    const value = reader.u8();
    if (value > 1) throw new DecodeError('has a malformed flag');
    return value === 1;
  },
};

/**
 * A word or any number at all, as somebody outside said it: the state machine is to refuse
 * what makes no sense, with a text, so the log must be able to carry it.
 */
export const unchecked: Codec<number | string> = {
  write: (writer, value) => writer.text(String(value)),
  read(reader) {
    const said = reader.text();
    const value = Number(said);
    // Only what is written for a number is one: others would not be written again as they were.
    return Number.isNaN(value) || String(value) !== said ? said : value;
  },
};

export function optional<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    write(writer, value) {
      flag.write(writer, value !== undefined);
      if (value !== undefined) codec.write(writer, value);
    },
    read: (reader) => (flag.read(reader) ? codec.read(reader) : undefined),
  };
}

export function list<T>(codec: Codec<T>): Codec<readonly T[]> {
  return {
    write(writer, values) {
      writer.varint(values.length);
      for (const value of values) codec.write(writer, value);
    },
    read(reader) {
      const count = reader.varint();
      const values: T[] = [];
      for (let i = 0; i < count; i++) values.push(codec.read(reader));
      return values;
    },
  };
}

export function pair<A, B>(first: Codec<A>, second: Codec<B>): Codec<readonly [A, B]> {
  return {
    write(writer, [a, b]) {
      first.write(writer, a);
      second.write(writer, b);
    },
    read: (reader) => [first.read(reader), second.read(reader)],
  };
}

/** One of a few words, by its place among them: only ever append to the list. */
export function word<T extends string>(...words: readonly T[]): Codec<T> {
  return {
    write(writer, value) {
      const place = words.indexOf(value);
      invariant(place >= 0, `${JSON.stringify(value)} is none of ${words.join(', ')}`);
      writer.u8(place);
    },
    read(reader) {
      const value = words[reader.u8()];
      if (value === undefined) throw new DecodeError('has an unknown word');
      return value;
    },
  };
}

/** The fields one after the other, in the order in which they stand here. */
export function record<T extends object>(
  fields: {
    readonly [K in keyof T]-?: Codec<T[K]>;
  },
): Codec<T> {
  const entries = Object.entries(fields) as [keyof T, Codec<unknown>][];
  return {
    write(writer, value) {
      for (const [name, codec] of entries) codec.write(writer, value[name]);
    },
    read(reader) {
      const value: Partial<Record<keyof T, unknown>> = {};
      for (const [name, codec] of entries) value[name] = codec.read(reader);
      return value as T;
    },
  };
}

export type Variants<Union extends { readonly type: string }> = {
  readonly [T in Union['type']]: readonly [
    tag: number,
    Codec<Omit<Extract<Union, { readonly type: T }>, 'type'>>,
  ];
};

/** A union told apart by `type`, which is one byte: a tag is never given to another variant. */
export function tagged<Union extends { readonly type: string }>(
  variants: Variants<Union>,
  unknownTag: (tag: number) => Error = () => new DecodeError('has an unknown type'),
): Codec<Union> {
  const byType = new Map(Object.entries<readonly [number, Codec<object>]>(variants));
  const byTag = new Map([...byType].map(([type, [tag, codec]]) => [tag, { type, codec }]));
  return {
    write(writer, value) {
      const variant = byType.get(value.type);
      invariant(variant !== undefined, `${value.type} has no binary form`);
      writer.u8(variant[0]);
      variant[1].write(writer, value);
    },
    read(reader) {
      const tag = reader.u8();
      const variant = byTag.get(tag);
      if (variant === undefined) throw unknownTag(tag);
      return { type: variant.type, ...variant.codec.read(reader) } as Union;
    },
  };
}
