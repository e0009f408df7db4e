/**
 * Binary form of a register, on disk and between nodes.
 *
 *   version | evicted | evicted at | count of changes, for each: id, marks u8, at, version, with
 *   MARK.result its result as text, with MARK.given its digest u48 | 0 or 1 u8, with 1: content
 *   type, meta, expiry (0: never), 0 or 1 u8, with 1: carried | value, to the end
 *
 * Whoever keeps these bytes guards them with a checksum: see acceptor-record.ts.
 */

import type { Content, MetaEntry } from '../causality/sibling-object.ts';
import { ByteReader, ByteWriter, DecodeError, EMPTY_BYTES } from '../kernel/bytes.ts';
import { REQUEST_ID_BYTES } from '../kernel/request-id.ts';
import { readBallot, writeBallot } from './ballot.ts';
import { CHANGES_MAX, type Outcome, type RecordedChange, type Register } from './register.ts';

/** By their places: only ever append. */
const OUTCOMES: readonly Outcome[] = [
  'applied',
  'condition_failed',
  'not_found',
  'not_a_number',
  'out_of_range',
  'value_too_large',
];

/** In one byte with the place of the outcome, which takes the bits below. */
const MARK = { given: 0x80, result: 0x40 } as const;

const NEVER = 0;

const writer = new ByteWriter(1_024);

export function encodeRegister(register: Register): Uint8Array {
  writer.reset();
  writeBallot(writer, register.version);
  writeBallot(writer, register.evicted);
  writer.varint(register.evictedAt);
  writer.varint(register.changes.length);
  for (const change of register.changes) writeChange(change);
  const { content } = register;
  writer.u8(content === undefined ? 0 : 1);
  if (content !== undefined) writeHeader(content);
  return Buffer.concat([writer.view(), content?.value ?? EMPTY_BYTES]);
}

function writeChange({ id, given, at, outcome, version, result, digest }: RecordedChange): void {
  writer.raw(id);
  const marks = (given ? MARK.given : 0) | (result === undefined ? 0 : MARK.result);
  writer.u8(marks | OUTCOMES.indexOf(outcome));
  writeBallot(writer, at);
  writeBallot(writer, version);
  if (result !== undefined) writer.text(String(result));
  if (given) writer.u48(digest ?? 0);
}

function writeHeader({ contentType, meta, expiresAt, carried }: Content): void {
  writer.text(contentType);
  writer.varint(meta.length);
  for (const [name, text] of meta) {
    writer.text(name);
    writer.text(text);
  }
  writer.varint(expiresAt ?? NEVER);
  writer.u8(carried === undefined ? 0 : 1);
  if (carried !== undefined) writer.bytes(carried);
}

/** Values and ids are views into `bytes`. Throws `DecodeError`. */
export function decodeRegister(bytes: Uint8Array): Register {
  const reader = new ByteReader(bytes);
  const version = readBallot(reader);
  const evicted = readBallot(reader);
  const evictedAt = reader.varint();
  const count = reader.varint();
  if (count > CHANGES_MAX) throw new DecodeError('has too many changes');
  const changes = Array.from({ length: count }, () => readChange(reader));
  const content = readFlag(reader) ? readContent(reader) : undefined;
  reader.end();
  return { version, content, changes, evicted, evictedAt };
}

function readChange(reader: ByteReader): RecordedChange {
  const id = reader.raw(REQUEST_ID_BYTES);
  const marks = reader.u8();
  const outcome = OUTCOMES[marks & ~(MARK.given | MARK.result)];
  if (outcome === undefined) throw new DecodeError('has an unknown outcome');
  const given = (marks & MARK.given) !== 0;
  const at = readBallot(reader);
  const version = readBallot(reader);
  const result = (marks & MARK.result) === 0 ? undefined : readResult(reader);
  const digest = given ? reader.u48() : undefined;
  return { id, given, at, outcome, version, result, digest };
}

function readResult(reader: ByteReader): number {
  const text = reader.text();
  const result = Number(text);
  if (!Number.isSafeInteger(result) || String(result) !== text) {
    throw new DecodeError('has a malformed number');
  }
  return result;
}

function readContent(reader: ByteReader): Content {
  const contentType = reader.text();
  const entries = reader.varint();
  const meta: MetaEntry[] = [];
  for (let i = 0; i < entries; i++) meta.push([reader.text(), reader.text()]);
  const expiry = reader.varint();
  const expiresAt = expiry === NEVER ? undefined : expiry;
  const carried = readFlag(reader) ? reader.bytes() : undefined;
  const value = reader.raw(reader.remaining);
  return { value, contentType, meta, expiresAt, carried };
}

function readFlag(reader: ByteReader): boolean {
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError('has a malformed flag');
  return flag === 1;
}
