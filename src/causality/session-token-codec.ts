/**
 * Session tokens as clients carry them, and as values do whose writer was in a causal session.
 *
 *   what is remembered: dropped | truncated u8 | count | for each entry: bucket number,
 *     key hash u64, flags u8, reap number, clock, dots
 *   a client's: format u8 | cluster u64 | what is remembered | seal u64
 *   a value's: format u8 | what is remembered
 *
 * A client's token is sealed as contexts are, for the same reason. No context begins with its
 * format, so neither passes for the other.
 */

import {
  ByteReader,
  ByteWriter,
  DecodeError,
  fromBase64Url,
  toBase64Url,
} from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { CONTEXT_DOTS_MAX } from './context.ts';
import type { ContextScope } from './context-codec.ts';
import { readDots, readVector, writeDots } from './dot-codec.ts';
import {
  carriedOf,
  NEW_SESSION,
  type SessionEntry,
  type SessionToken,
  takeOver,
} from './session-token.ts';

const CLIENT_FORMAT = 0x81;
const VALUE_FORMAT = 1;
const SEAL_BYTES = 8;
const SEALED_BYTES_MAX = 4_096;
/** Format, cluster and seal, then the head of what is remembered with its largest numbers. */
const HEAD_BYTES_MAX = 17 + 17;
/** Shortest entry there is. */
const ENTRY_BYTES_MIN = 13;
const TOKEN_CHARACTERS_MAX = Math.ceil((SEALED_BYTES_MAX * 4) / 3);

const ABSENT = 1;
const READS_ONLY = 2;

/** What a client's token belongs to. */
export type SessionScope = Pick<ContextScope, 'cluster' | 'seal'>;

const writer = new ByteWriter(SEALED_BYTES_MAX);
const measure = new ByteWriter();

/** As much of it as a token holds; what was used least recently goes first, and is counted. */
export function boundToken(token: SessionToken): SessionToken {
  const { entries } = token;
  let left = SEALED_BYTES_MAX - HEAD_BYTES_MAX;
  let from = entries.length;
  for (; from > 0; from--) {
    measure.reset();
    writeEntry(measure, entries[from - 1] as SessionEntry);
    left -= measure.length;
    if (left < 0) break;
  }
  if (from === 0) return token;
  return { ...token, entries: entries.slice(from), dropped: token.dropped + from };
}

/** Precondition: it is bounded. */
export function encodeSession(token: SessionToken, { cluster, seal }: SessionScope): string {
  writer.reset();
  writer.u8(CLIENT_FORMAT);
  writer.u64(cluster);
  writeRemembered(token);
  writer.u64(seal(writer.view()));
  return toBase64Url(writer.view());
}

/** Throws `bad_session`, naming what is wrong and what would be right. */
export function decodeSession(text: string, scope: SessionScope): SessionToken {
  try {
    return readSealed(text, scope);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError(
      'bad_session',
      `the session token ${error.message}: send the X-Quorate-Session of the session's last answer unchanged, or none to begin a new session`,
      { parameter: 'X-Quorate-Session' },
    );
  }
}

/** Precondition: it is bounded. */
export function encodeCarried(token: SessionToken): Uint8Array {
  writer.reset();
  writer.u8(VALUE_FORMAT);
  writeRemembered(token);
  return writer.copy();
}

/** Throws `DecodeError`. */
export function decodeCarried(bytes: Uint8Array): SessionToken {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VALUE_FORMAT) throw new DecodeError('has an unknown format');
  const token = readRemembered(reader);
  reader.end();
  return token;
}

/** With what a value carried; a form that is not known here is told as a gap. */
export function takeOverCarried(token: SessionToken, carried: Uint8Array | undefined) {
  if (carried === undefined) return token;
  try {
    return takeOver(token, decodeCarried(carried));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { ...token, truncated: true };
  }
}

/** What a value carries that was made of one with `earlier`, by a session with `later`. */
export function joinCarried(
  earlier: Uint8Array | undefined,
  later: Uint8Array | undefined,
): Uint8Array | undefined {
  if (earlier === undefined || later === undefined) return earlier ?? later;
  const both = takeOverCarried(takeOverCarried(NEW_SESSION, earlier), later);
  return encodeCarried(carriedOf(boundToken(both)));
}

function readSealed(text: string, { cluster, seal }: SessionScope): SessionToken {
  if (text.length > TOKEN_CHARACTERS_MAX) throw new DecodeError('is too long');
  const bytes = fromBase64Url(text);
  if (bytes.length <= SEAL_BYTES) throw new DecodeError('is truncated');
  const body = bytes.subarray(0, bytes.length - SEAL_BYTES);
  if (new ByteReader(bytes.subarray(body.length)).u64() !== seal(body)) {
    throw new DecodeError('is damaged');
  }
  const reader = new ByteReader(body);
  if (reader.u8() !== CLIENT_FORMAT) throw new DecodeError('has an unknown format');
  if (reader.u64() !== cluster) throw new DecodeError('comes from another cluster');
  const token = readRemembered(reader);
  reader.end();
  return token;
}

function writeRemembered({ entries, dropped, truncated }: SessionToken): void {
  writer.varint(dropped);
  writer.u8(truncated ? 1 : 0);
  writer.varint(entries.length);
  for (const entry of entries) writeEntry(writer, entry);
}

function writeEntry(target: ByteWriter, entry: SessionEntry): void {
  const { bucketNumber, keyHash, context, absent, readsOnly } = entry;
  target.varint(bucketNumber);
  target.u64(keyHash);
  target.u8((absent ? ABSENT : 0) | (readsOnly ? READS_ONLY : 0));
  target.varint(context.reap);
  writeDots(target, context.clock);
  writeDots(target, context.dots);
}

function readRemembered(reader: ByteReader): SessionToken {
  const dropped = reader.varint();
  const truncated = readMarks(reader, 1) === 1;
  const count = reader.varint();
  if (count > reader.remaining / ENTRY_BYTES_MIN) throw new DecodeError('is truncated');
  const entries = Array.from({ length: count }, () => readEntry(reader));
  return { entries, dropped, truncated };
}

function readEntry(reader: ByteReader): SessionEntry {
  const bucketNumber = reader.varint();
  const keyHash = reader.u64();
  const flags = readMarks(reader, ABSENT | READS_ONLY);
  const reap = reader.varint();
  const clock = readVector(reader);
  const dots = readDots(reader);
  if (dots.length > CONTEXT_DOTS_MAX) throw new DecodeError('names too many single writes');
  return {
    bucketNumber,
    keyHash,
    context: { clock, dots, reap },
    absent: (flags & ABSENT) !== 0,
    readsOnly: (flags & READS_ONLY) !== 0,
  };
}

/** Some of these bits and no others. */
function readMarks(reader: ByteReader, known: number): number {
  const marks = reader.u8();
  if ((marks & ~known) !== 0) throw new DecodeError('has a malformed flag');
  return marks;
}
