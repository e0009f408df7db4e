/** Registers of paxos buckets, as one of the tables that are copied when a partition moves. */

import { DecodeError, EMPTY_BYTES } from '../../kernel/bytes.ts';
import { QuorateError } from '../../kernel/errors.ts';
import {
  type AcceptorRecord,
  BLANK,
  decodeAcceptorRecord,
  encodeAcceptorRecord,
} from '../../paxos/acceptor-record.ts';
import { withCopied } from '../../paxos/copied-register.ts';
import type { Store } from '../../ports/store.ts';
import type { DamagedRecords } from '../../replica/damaged-records.ts';
import { addressAt, registerRange } from '../../replica/store-keys.ts';
import type { CopiedTable } from './copied-tables.ts';

export interface RegisterTablePorts {
  readonly store: Store;
  readonly damagedRegisters: Pick<DamagedRecords, 'note'>;
}

/** A record travels whole: its promise matters too. */
export function registersTable({ store, damagedRegisters }: RegisterTablePorts): CopiedTable {
  const recordAt = (storedKey: Uint8Array): AcceptorRecord => {
    const record = store.get(storedKey);
    if (record === undefined) return BLANK;
    try {
      return decodeAcceptorRecord(record);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      damagedRegisters.note(addressAt(storedKey));
      // Votes of this node are in it, and chosen values may rest on them.
      const detail = `damaged record: this node cannot read what it accepted of a key that is copied to it (partition ${addressAt(storedKey).partition}); to go on, abort the change`;
      throw new QuorateError('corrupt_record', detail);
    }
  };
  return {
    rangesOf: (partition, buckets) =>
      buckets
        .filter(({ mode }) => mode === 'paxos')
        .map(({ number }) => registerRange(partition, number, EMPTY_BYTES, undefined)),
    isOf: () => true,
    open: (record) => (readable(record) === undefined ? undefined : { encoded: record }),
    addressOf: addressAt,
    take: async (storedKey, _, { encoded }) => {
      const incoming = readable(encoded);
      if (incoming === undefined) {
        throw new QuorateError('bad_request', 'a register that came is damaged');
      }
      const merged = withCopied(recordAt(storedKey), incoming);
      if (merged === undefined) return store.durable(storedKey);
      return store.write([{ type: 'put', key: storedKey, value: encodeAcceptorRecord(merged) }]);
    },
    whenDamaged: 'ask all others',
    damaged: damagedRegisters,
    isCompared: false,
  };
}

function readable(record: Uint8Array): AcceptorRecord | undefined {
  try {
    return decodeAcceptorRecord(record);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}
