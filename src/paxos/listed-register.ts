/**
 * What an acceptor says of a key when the keys of a bucket are listed, in its binary form:
 *
 *   accepted | 0 or 1 u8: it has a value | expiry (0: never)
 */

import { ByteReader, ByteWriter, DecodeError } from '../kernel/bytes.ts';
import { decodeAcceptorRecord } from './acceptor-record.ts';
import { type Ballot, compareBallots, readBallot, writeBallot } from './ballot.ts';
import { decodeRegister } from './register-codec.ts';

export interface ListedRegister {
  readonly accepted: Ballot;
  /** Undefined: there is no value. */
  readonly content: { readonly expiresAt: number | undefined } | undefined;
}

const NEVER = 0;

const writer = new ByteWriter(64);

/** Of an acceptor's record. Throws `DecodeError` where it is damaged. */
export function listedRegister(record: Uint8Array): Uint8Array {
  const { accepted, register } = decodeAcceptorRecord(record);
  const { content } = decodeRegister(register);
  writer.reset();
  writeBallot(writer, accepted);
  writer.u8(content === undefined ? 0 : 1);
  writer.varint(content?.expiresAt ?? NEVER);
  return Buffer.from(writer.view());
}

/** Throws `DecodeError`. */
export function decodeListedRegister(bytes: Uint8Array): ListedRegister {
  const reader = new ByteReader(bytes);
  const accepted = readBallot(reader);
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError('has a malformed flag');
  const expiry = reader.varint();
  reader.end();
  const expiresAt = expiry === NEVER ? undefined : expiry;
  return { accepted, content: flag === 1 ? { expiresAt } : undefined };
}

/** What was accepted later counts. */
export function laterOf(a: ListedRegister, b: ListedRegister): ListedRegister {
  return compareBallots(a.accepted, b.accepted) >= 0 ? a : b;
}
