/**
 * What an acceptor keeps of a key, in its own table of the store.
 *
 *   checksum u64 | format u8 | copied u8 | promised | accepted | register
 *
 * The checksum (xxh64) covers all that follows it: a flipped bit is an error, never an answer.
 * An acceptor stores a register as it came, without taking it apart.
 *
 * Invariant: `promised` is never below `accepted`.
 */

import { ByteReader, ByteWriter, DecodeError } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';
import { invariant } from '../kernel/invariant.ts';
import { type Ballot, compareBallots, readBallot, writeBallot, ZERO } from './ballot.ts';
import { NEVER_WRITTEN } from './register.ts';
import { encodeRegister } from './register-codec.ts';

export interface AcceptorRecord {
  /** Nothing below it is accepted; ZERO: nothing was promised. */
  readonly promised: Ballot;
  /** Of the register; ZERO: none was accepted. */
  readonly accepted: Ballot;
  /** The register came by copying a partition: it is no vote of this acceptor. */
  readonly copied: boolean;
  /** In its binary form: see register-codec.ts. */
  readonly register: Uint8Array;
}

/** What an acceptor without a record knows. */
export const BLANK: AcceptorRecord = {
  promised: ZERO,
  accepted: ZERO,
  copied: false,
  register: encodeRegister(NEVER_WRITTEN),
};

const FORMAT = 1;
const CHECKSUM_BYTES = 8;

const writer = new ByteWriter(64);

export function encodeAcceptorRecord(record: AcceptorRecord): Uint8Array {
  const { promised, accepted, copied, register } = record;
  invariant(compareBallots(promised, accepted) >= 0, 'what was accepted is promised');
  writer.reset();
  writer.u64(0n);
  writer.u8(FORMAT);
  writer.u8(copied ? 1 : 0);
  writeBallot(writer, promised);
  writeBallot(writer, accepted);
  const bytes = Buffer.concat([writer.view(), register]);
  bytes.writeBigUInt64BE(hash64(bytes.subarray(CHECKSUM_BYTES)), 0);
  return bytes;
}

/** The register is a view into `bytes`. Throws `DecodeError` unless they are what was encoded. */
export function decodeAcceptorRecord(bytes: Uint8Array): AcceptorRecord {
  const reader = new ByteReader(bytes);
  if (reader.u64() !== hash64(bytes.subarray(CHECKSUM_BYTES))) {
    throw new DecodeError('fails its checksum');
  }
  if (reader.u8() !== FORMAT) throw new DecodeError('has an unknown format');
  const copied = reader.u8();
  if (copied > 1) throw new DecodeError('has a malformed flag');
  const promised = readBallot(reader);
  const accepted = readBallot(reader);
  if (compareBallots(promised, accepted) < 0) throw new DecodeError('has accepted too much');
  const register = reader.raw(reader.remaining);
  return { promised, accepted, copied: copied === 1, register };
}
