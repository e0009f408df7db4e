/**
 * What `quorate salvage` sends a node: some of what the directory of a dead node holds, with who
 * that node was. The form in which it crosses, and what is answered.
 *
 *   format u8 | cluster id | node number | name | directory id | dry run u8 | count |
 *   (partition | bucket number | reap number | key | object)*
 *
 * Binary, since an object is: as text it would be a third longer, and nobody reads it. An object
 * has a checksum of its own, which the node looks at before the object goes anywhere.
 */

import { ByteReader, ByteWriter, DecodeError } from './bytes.ts';
import type { NodeId } from './names.ts';
import { type RefusedOffer, readOffered } from './offer.ts';

/** Whose directory it is: all of it must be what the metadata group has on record. */
export interface SalvagedNode {
  readonly clusterId: string;
  readonly nodeNo: number;
  readonly name: NodeId;
  readonly directoryId: string;
}

export interface SalvagedObject {
  readonly partition: number;
  readonly bucketNumber: number;
  /** That the directory had adopted for the partition: under it the object was read. */
  readonly reap: number;
  readonly key: Uint8Array;
  /** As objects travel; what is private to a record is not in it. */
  readonly object: Uint8Array;
}

export interface SalvageBatch {
  readonly node: SalvagedNode;
  /** Nothing is written: what the cluster lacks is only found out. */
  readonly dryRun: boolean;
  readonly objects: readonly SalvagedObject[];
}

/**
 * What became of one object. `merged`: some replica lacked it, and all have it on disk now (in a
 * dry run: some replica lacks it). `present`: all had it. `reaped`: deleted keys of its partition
 * were reaped since the node last knew of it, so it must not come back. `no_bucket`: its bucket
 * was deleted. Anything else is not on all replicas, and may be offered again.
 */
export type SalvageOutcome =
  | { readonly outcome: 'merged' | 'present' | 'reaped' | 'no_bucket' }
  | RefusedOffer;

const FORMAT = 1;

export function encodeSalvageBatch({ node, dryRun, objects }: SalvageBatch): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(FORMAT);
  writer.text(node.clusterId);
  writer.varint(node.nodeNo);
  writer.text(node.name);
  writer.text(node.directoryId);
  writer.u8(dryRun ? 1 : 0);
  writer.varint(objects.length);
  for (const { partition, bucketNumber, reap, key, object } of objects) {
    writer.varint(partition);
    writer.varint(bucketNumber);
    writer.varint(reap);
    writer.bytes(key);
    writer.bytes(object);
  }
  return writer.copy();
}

/** Keys and objects are views into the input. Throws `DecodeError`. */
export function decodeSalvageBatch(bytes: Uint8Array): SalvageBatch {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== FORMAT) throw new DecodeError('is of an unknown format');
  const clusterId = reader.text();
  const nodeNo = reader.varint();
  const name = reader.text();
  const directoryId = reader.text();
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError('has a malformed flag');
  const objects = readOffered(reader, 'objects', (): SalvagedObject => {
    const partition = reader.varint();
    const bucketNumber = reader.varint();
    const reap = reader.varint();
    const key = reader.bytes();
    return { partition, bucketNumber, reap, key, object: reader.bytes() };
  });
  return { node: { clusterId, nodeNo, name, directoryId }, dryRun: flag === 1, objects };
}
