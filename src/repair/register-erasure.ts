/**
 * The side of an acceptor where registers without a value are erased (protocols.md, section 9).
 *
 * To erase is to forget a promise and what was accepted. That does no harm where no acceptor of
 * the key has anything lower left that could come to light, and where nothing that was sent
 * before can be accepted any more: all have agreed at an epoch, and the erasing comes at a later
 * one, whose ballots are above all that is forgotten.
 *
 * No record, or one of a promise alone, agrees as well where the ballot is of an earlier epoch:
 * what could still be accepted here is above it.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { type AcceptorRecord, BLANK, decodeAcceptorRecord } from '../paxos/acceptor-record.ts';
import { type Ballot, ballotOfList, isZero, sameBallot } from '../paxos/ballot.ts';
import type { Store, StoreWrite } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import type { Admission } from '../replica/admission.ts';
import type { DamagedRecords } from '../replica/damaged-records.ts';
import { type Address, registerKey } from '../replica/store-keys.ts';
import {
  REGISTERS_AGREE,
  REGISTERS_ERASE,
  REGISTERS_LEFT,
  type RegisterBatch,
} from './register-messages.ts';

export interface RegisterErasurePorts {
  readonly store: Store;
  readonly admission: Admission;
  readonly damagedRegisters: Pick<DamagedRecords, 'note'>;
}

export class RegisterErasure {
  readonly #ports: RegisterErasurePorts;
  #closed = false;

  constructor(ports: RegisterErasurePorts) {
    this.#ports = ports;
  }

  serve(transport: Transport): void {
    transport.serve(REGISTERS_AGREE, (batch, { deadline }) => this.#agree(batch, deadline));
    transport.serve(REGISTERS_LEFT, (batch, { deadline }) => this.#left(batch, deadline));
    transport.serve(REGISTERS_ERASE, (batch, { deadline }) => this.#erase(batch, deadline));
  }

  /** From here on the store is neither read nor written. */
  close(): void {
    this.#closed = true;
  }

  async #agree(batch: RegisterBatch, deadline: number): Promise<readonly boolean[]> {
    await this.#catchUp(batch, deadline);
    const { epoch } = batch;
    const agreed = this.#admitted(batch).map(({ ballot, record }) => {
      if (record === undefined) return false;
      return isZero(record.accepted) ? ballot.epoch < epoch : sameBallot(record.accepted, ballot);
    });
    await this.#ports.store.durable();
    return agreed;
  }

  async #left(batch: RegisterBatch, deadline: number): Promise<readonly boolean[]> {
    await this.#catchUp(batch, deadline);
    const { admission, store } = this.#ports;
    this.#refuseToCount();
    const { partition, epoch } = batch;
    const left = batch.items.map(([bucketNumber, key]) => {
      admission.admitToRing({ partition, bucketNumber, epoch });
      return this.#recordOf({ partition, bucketNumber, key }) !== BLANK;
    });
    // What was dropped here must not come back with a power cut.
    await store.durable();
    return left;
  }

  async #erase(batch: RegisterBatch, deadline: number): Promise<number> {
    await this.#catchUp(batch, deadline);
    const { epoch } = batch;
    const writes: StoreWrite[] = [];
    for (const { address, ballot, record } of this.#admitted(batch)) {
      if (record === undefined || record === BLANK) continue;
      const isAgreed = isZero(record.accepted) || sameBallot(record.accepted, ballot);
      // What was promised at this epoch must not be forgotten.
      if (isAgreed && ballot.epoch < epoch && record.promised.epoch < epoch) {
        writes.push({ type: 'delete', key: registerKey(address) });
      }
    }
    if (writes.length > 0) await this.#ports.store.write(writes);
    await this.#ports.store.durable();
    return writes.length;
  }

  async #catchUp({ partition, epoch, items }: RegisterBatch, deadline: number): Promise<void> {
    const { admission } = this.#ports;
    for (const [bucketNumber] of items) {
      const placed = { partition, epoch, bucketNumber };
      if (!admission.isAbreastOf(placed)) await admission.catchUp(placed, deadline);
    }
  }

  /** All of them as they are in this turn; a record is undefined where it is damaged. */
  #admitted({ partition, epoch, items }: RegisterBatch): readonly Asked[] {
    const { admission } = this.#ports;
    this.#refuseToCount();
    return items.map(([bucketNumber, key, accepted]) => {
      const address = { partition, bucketNumber, key };
      admission.admitToReplica({ ...address, epoch });
      return { address, ballot: ballotOfList(accepted), record: this.#recordOf(address) };
    });
  }

  #refuseToCount(): void {
    if (this.#closed) throw new QuorateError('not_ready', 'the node is stopping');
    this.#ports.admission.refuseToCount();
  }

  #recordOf(address: Address): AcceptorRecord | undefined {
    const { store, damagedRegisters } = this.#ports;
    const bytes = store.get(registerKey(address));
    if (bytes === undefined) return BLANK;
    try {
      return decodeAcceptorRecord(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      damagedRegisters.note(address);
      return undefined;
    }
  }
}

interface Asked {
  readonly address: Address;
  readonly ballot: Ballot;
  readonly record: AcceptorRecord | undefined;
}
