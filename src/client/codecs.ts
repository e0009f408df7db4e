/** Between values of a program and the bytes that are stored. */

import type { QuorateError } from '../kernel/errors.ts';
import type { Bytes } from './request-options.ts';
import type { StandardSchemaV1 } from './standard-schema.ts';

/**
 * `Value` is what is read, `Written` what is written: they differ where a schema transforms.
 * Both directions may be asynchronous. What they throw is the cause of the `CodecError` that the
 * caller gets; of a value that cannot be encoded nothing was sent then.
 */
export interface Codec<Value, Written = Value> {
  /** Of what is written, such as `application/json`. */
  readonly contentType: string;
  encode(value: Written): Bytes | Promise<Bytes>;
  /** @param contentType of what was found, which another program may have written */
  decode(bytes: Uint8Array, contentType: string): Value | Promise<Value>;
}

/** Where a value is, or was to be. */
export interface Place {
  readonly bucket: string;
  readonly key: Bytes;
}

/** A value that its codec or schema does not take, or bytes that it cannot read. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  /** What a schema objects to, with paths such as `items.0.price`; empty of other codecs. */
  readonly issues: readonly { readonly message: string; readonly path: string }[];
  /** Of the value; undefined in a codec itself, which does not know. */
  readonly bucket: string | undefined;
  readonly key: Bytes | undefined;

  constructor(detail: string, issues: CodecError['issues'] = [], cause?: unknown, place?: Place) {
    super(detail, cause === undefined ? undefined : { cause });
    this.issues = issues;
    this.bucket = place?.bucket;
    this.key = place?.key;
  }

  /** It is found out before anything is sent. */
  get outcome(): QuorateError['outcome'] {
    return 'not_applied';
  }
}

/**
 * JSON, which is what a bucket takes unless told otherwise. `Value` is the caller's word for what
 * is in there; `schema` checks it.
 */
export function json<Value = unknown>(): Codec<Value> {
  return {
    contentType: 'application/json',
    encode: (value) => {
      const text: string | undefined = JSON.stringify(value);
      if (text === undefined) throw new CodecError(`${String(value)} has no form in JSON`);
      return text;
    },
    decode: (bytes) => {
      try {
        return JSON.parse(textOf(bytes)) as Value;
      } catch (error) {
        throw new CodecError('what is stored is not JSON', [], error);
      }
    },
  };
}

/** The bytes as they are. */
export function bytes(): Codec<Uint8Array> {
  return {
    contentType: 'application/octet-stream',
    encode: (value) => value,
    decode: (value) => value,
  };
}

/** Text, stored as UTF-8. */
export function text(): Codec<string> {
  return {
    contentType: 'text/plain; charset=utf-8',
    encode: (value) => value,
    decode: (value) => textOf(value),
  };
}

/**
 * Values that a schema holds for right, when they are written and when they are read: of any
 * library with the Standard Schema interface, version 1 (zod, valibot, arktype and others).
 * What is stored is what was written; what the schema makes of it, such as defaults, is what a
 * read returns.
 * @param codec of what is stored
 */
export function schema<Written, Value>(
  standard: StandardSchemaV1<Written, Value>,
  codec: Codec<unknown> = json(),
): Codec<Value, Written> {
  const checked = async (value: unknown): Promise<Value> => {
    const result = await standard['~standard'].validate(value);
    if (result.issues === undefined) return result.value;
    const issues = result.issues.map(({ message, path = [] }) => ({
      message,
      path: path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.'),
    }));
    const [first] = issues;
    const where = first?.path ? ` at ${first.path}` : '';
    throw new CodecError(
      `the value is not what the schema says${where}: ${first?.message}`,
      issues,
    );
  };
  return {
    contentType: codec.contentType,
    encode: async (value) => {
      await checked(value);
      return codec.encode(value);
    },
    decode: async (stored, contentType) => checked(await codec.decode(stored, contentType)),
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws `CodecError` where the bytes are no UTF-8. */
export function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new CodecError('the bytes are not UTF-8 text', [], error);
  }
}
