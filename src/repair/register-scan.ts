/** Reads the registers of a partition, a stretch a turn, and tells of those that fail their checksum. */

import { DecodeError } from '../kernel/bytes.ts';
import { decodeAcceptorRecord } from '../paxos/acceptor-record.ts';
import type { Store } from '../ports/store.ts';
import type { DamagedRecords } from '../replica/damaged-records.ts';
import { addressAt, rangeBehind, registersRest } from '../replica/store-keys.ts';
import { readStretch, type Stretch } from '../replica/store-stretch.ts';

export interface RegisterScanPorts {
  readonly store: Store;
  readonly damagedRegisters: Pick<DamagedRecords, 'note'>;
}

export class RegisterScan {
  readonly #ports: RegisterScanPorts;
  readonly #partition: number;
  #last: Uint8Array | undefined;

  constructor(ports: RegisterScanPorts, partition: number) {
    this.#ports = ports;
    this.#partition = partition;
  }

  /** Reads the next stretch. */
  step(): Stretch {
    const rest = rangeBehind(registersRest(this.#partition, 0), this.#last);
    const stretch = readStretch(this.#ports.store, rest, (key, record) => this.#look(key, record));
    this.#last = stretch.last ?? this.#last;
    return stretch;
  }

  #look(storedKey: Uint8Array, record: Uint8Array): void {
    try {
      decodeAcceptorRecord(record);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#ports.damagedRegisters.note(addressAt(storedKey));
    }
  }
}
