/**
 * What is copied when a partition moves: each table of the store that has a share in it, with
 * what its two sides do. A table more is an entry more here.
 *
 * A record travels as its stored key, which is the same on every node, and the state that the
 * record holds, without what is private to the record.
 */

import { DecodeError, EMPTY_BYTES } from '../../kernel/bytes.ts';
import type { StoreRange } from '../../ports/store.ts';
import type { DamagedRecords } from '../../replica/damaged-records.ts';
import { decodeHint } from '../../replica/hint-record.ts';
import type { Hints } from '../../replica/hints.ts';
import type { CarriedState } from '../../replica/messages.ts';
import { versionIn } from '../../replica/record-codec.ts';
import type { Replica } from '../../replica/replica.ts';
import { type Address, addressAt, bucketRange, hintAt, hintsIn } from '../../replica/store-keys.ts';
import type { Bucket } from '../../ring/cluster-view.ts';
import { type RegisterTablePorts, registersTable } from './register-table.ts';
import type { TableName } from './transfer-messages.ts';

export interface CopiedTablesPorts extends RegisterTablePorts {
  readonly replica: Pick<Replica, 'store'>;
  readonly hints: Pick<Hints, 'targets'>;
  readonly damaged: Pick<DamagedRecords, 'note'>;
}

export interface CopiedTable {
  /** At the source: where its records of these buckets are, in rising order. */
  rangesOf(partition: number, buckets: readonly Bucket[]): readonly StoreRange[];
  /** At the source: the record is one of these buckets, in the ranges. */
  isOf(storedKey: Uint8Array, bucketNumbers: ReadonlySet<number>): boolean;
  /** At the source: what of the record travels; undefined: it fails its checksum. */
  open(record: Uint8Array): OpenRecord | undefined;
  addressOf(storedKey: Uint8Array): Address;
  /** At the receiver: merges the state with what is there; resolves when that is on disk. */
  take(storedKey: Uint8Array, epoch: number, state: CarriedState): Promise<void>;
  /** What nobody can read at one source has to be got from all others who have it. */
  readonly whenDamaged: 'ask all others' | 'pass over';
  /** Is told of them at the source; undefined: nobody is. */
  readonly damaged: Pick<DamagedRecords, 'note'> | undefined;
  /** The receiver stores its records under the same keys, and can tell which versions it has. */
  readonly isCompared: boolean;
}

export interface OpenRecord {
  readonly encoded: Uint8Array;
  /** Of the version; undefined in a table that is not compared. */
  readonly digest?: bigint;
}

export function makeCopiedTables(
  ports: CopiedTablesPorts,
): Readonly<Record<TableName, CopiedTable>> {
  return {
    objects: objectsTable(ports),
    hints: hintsTable(ports),
    registers: registersTable(ports),
  };
}

function objectsTable({ replica, damaged }: CopiedTablesPorts): CopiedTable {
  return {
    rangesOf: (partition, buckets) =>
      buckets
        .filter(({ mode }) => mode === 'dynamo')
        .map(({ number }) => bucketRange(partition, number, EMPTY_BYTES, undefined)),
    isOf: () => true,
    open: versionIn,
    addressOf: addressAt,
    take: (storedKey, epoch, state) => replica.store({ ...addressAt(storedKey), epoch }, state),
    whenDamaged: 'ask all others',
    damaged,
    isCompared: true,
  };
}

/**
 * Hints that the source has kept for others since a time in which it did not keep the key itself.
 * Only keys go to the receiver that it is to keep, and such a node stands in for nobody: to it a
 * hint is what it says of the object. The source goes on delivering the hint.
 *
 * A hint that fails its checksum is passed over, as in their delivery: nobody can read it, and
 * what it held comes by anti-entropy from who has it.
 */
function hintsTable({ replica, hints }: CopiedTablesPorts): CopiedTable {
  return {
    rangesOf: (partition, buckets) =>
      buckets.length === 0
        ? []
        : [...hints.targets]
            .map((target) => hintsIn(target, partition))
            .sort((a, b) => Buffer.compare(a.from, b.from)),
    isOf: (storedKey, bucketNumbers) => bucketNumbers.has(hintAt(storedKey).address.bucketNumber),
    open: (record) => {
      try {
        return { encoded: decodeHint(record).encoded };
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        return undefined;
      }
    },
    addressOf: (storedKey) => hintAt(storedKey).address,
    take: (storedKey, epoch, state) =>
      replica.store({ ...hintAt(storedKey).address, epoch }, state),
    whenDamaged: 'pass over',
    damaged: undefined,
    isCompared: false,
  };
}
