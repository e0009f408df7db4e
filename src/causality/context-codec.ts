/**
 * The context as the opaque token that clients carry.
 *
 * The token names its cluster and its key and is sealed, so that a token of another key, of
 * another cluster or a damaged one is refused instead of silently dropping siblings. With a
 * secret the seal also keeps clients from making tokens up: one that claimed writes yet to
 * come would make them disappear.
 */

import {
  ByteReader,
  ByteWriter,
  DecodeError,
  fromBase64Url,
  toBase64Url,
} from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { CONTEXT_DOTS_MAX, type Context } from './context.ts';
import { readDots, readVector, writeDots } from './dot-codec.ts';

const FORMAT = 1;
const SEAL_BYTES = 8;
/** Longest token that is looked at: a key with a thousand actors stays well below it. */
const TOKEN_CHARACTERS_MAX = 65_536;

/** What a token belongs to. */
export interface ContextScope {
  /** The cluster's id as a number. */
  readonly cluster: bigint;
  /** Hash of bucket and key, as used for placement. */
  readonly keyHash: bigint;
  /** 64 bits over the token's bytes that only this cluster can make, where it keeps a secret. */
  readonly seal: (bytes: Uint8Array) => bigint;
}

const writer = new ByteWriter();

export function encodeContext(context: Context, scope: ContextScope): string {
  writer.reset();
  writer.u8(FORMAT);
  writer.u64(scope.cluster);
  writer.u64(scope.keyHash);
  writer.varint(context.reap);
  writeDots(writer, context.clock);
  writeDots(writer, context.dots);
  writer.u64(scope.seal(writer.view()));
  return toBase64Url(writer.view());
}

/** Throws `bad_context`, naming what is wrong and what would be right. */
export function decodeContext(token: string, scope: ContextScope): Context {
  try {
    return readToken(token, scope);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError(
      'bad_context',
      `the causal context ${error.message}: send the X-Quorate-Context of an earlier answer for this key unchanged, or none`,
      { parameter: 'X-Quorate-Context' },
    );
  }
}

function readToken(token: string, scope: ContextScope): Context {
  if (token.length > TOKEN_CHARACTERS_MAX) throw new DecodeError('is too long');
  const bytes = fromBase64Url(token);
  if (bytes.length <= SEAL_BYTES) throw new DecodeError('is truncated');
  const body = bytes.subarray(0, bytes.length - SEAL_BYTES);
  const seal = new ByteReader(bytes.subarray(body.length)).u64();
  if (seal !== scope.seal(body)) throw new DecodeError('is damaged');
  const reader = new ByteReader(body);
  if (reader.u8() !== FORMAT) throw new DecodeError('has an unknown format');
  if (reader.u64() !== scope.cluster) throw new DecodeError('comes from another cluster');
  if (reader.u64() !== scope.keyHash) throw new DecodeError('belongs to another key');
  const reap = reader.varint();
  const clock = readVector(reader);
  const dots = readDots(reader);
  if (dots.length > CONTEXT_DOTS_MAX) throw new DecodeError('names too many single writes');
  reader.end();
  return { clock, dots, reap };
}
