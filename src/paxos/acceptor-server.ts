/**
 * An acceptor of the keys that this node keeps: what it promised and accepted is on disk before
 * anybody is told.
 *
 * A message is admitted in the turn in which the store takes what it changes: of the present
 * epoch of the partition, about a bucket there is, for a key of this node's, at a start that
 * counts. So a ballot of an earlier epoch is neither promised nor accepted once this node knows
 * of a later one.
 *
 * A damaged record makes this acceptor refuse the key. To take it for missing would forget a
 * promise and break every quorum.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Store } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import { Admission } from '../replica/admission.ts';
import type { DamagedRecords } from '../replica/damaged-records.ts';
import { type Addressed, addressOf } from '../replica/messages.ts';
import { type Address, registerKey } from '../replica/store-keys.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { accept, prepare } from './acceptor.ts';
import {
  type AcceptorRecord,
  BLANK,
  decodeAcceptorRecord,
  encodeAcceptorRecord,
} from './acceptor-record.ts';
import { type Ballot, listOfBallot, sameBallot } from './ballot.ts';
import {
  ACCEPT,
  type AcceptedList,
  type AcceptReply,
  type AcceptRequest,
  ballotIn,
  knownIn,
  nextIn,
  PREPARE,
  type PrepareReply,
  type PrepareRequest,
  READ_REGISTER,
  type ReadRegisterRequest,
} from './messages.ts';

export interface AcceptorPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly store: Store;
  readonly damagedRegisters: Pick<DamagedRecords, 'note'>;
}

/** How an acceptor is asked, near or far: each resolves when what it tells is on disk. */
export class Acceptor {
  readonly #self: NodeId;
  readonly #store: Store;
  readonly #admission: Admission;
  readonly #damaged: Pick<DamagedRecords, 'note'>;
  #closed = false;

  constructor({ self, view, store, damagedRegisters }: AcceptorPorts) {
    this.#self = self;
    this.#damaged = damagedRegisters;
    this.#store = store;
    this.#admission = new Admission(self, view);
  }

  /** Answers the other nodes. */
  serve(transport: Transport): void {
    transport.serve(PREPARE, (request, { deadline }) => this.prepare(request, deadline));
    transport.serve(ACCEPT, (request, { deadline }) => this.accept(request, deadline));
    transport.serve(READ_REGISTER, (request, { deadline }) => this.read(request, deadline));
  }

  /** From here on the store is neither read nor written. */
  close(): void {
    this.#closed = true;
  }

  async prepare(request: PrepareRequest, deadline: number): Promise<PrepareReply> {
    const address = await this.#abreast(request, deadline);
    this.#admission.admitToReadList(address);
    const record = this.#recordOf(address);
    const { reply, write } = prepare(record, ballotIn(request));
    await this.#write(address, write);
    if (reply.isRefused) return [listOfBallot(reply.promised)];
    return acceptedIn(record, knownIn(request[7]));
  }

  async accept(request: AcceptRequest, deadline: number): Promise<AcceptReply> {
    const address = await this.#abreast(request, deadline);
    this.#admission.admitToReplica(address);
    const record = this.#recordOf(address);
    const { reply, write } = accept(record, ballotIn(request), request[7], nextIn(request));
    await this.#write(address, write);
    return reply.isRefused ? listOfBallot(reply.promised) : reply.isNextPromised;
  }

  async read(request: ReadRegisterRequest, deadline: number): Promise<AcceptedList> {
    const address = await this.#abreast(request, deadline);
    this.#admission.admitToReplica(address);
    const record = this.#recordOf(address);
    await this.#write(address, undefined);
    return acceptedIn(record, knownIn(request[4]));
  }

  /**
   * What is accepted here, to name it to others; undefined also where that cannot be read. It may
   * not be on disk yet: nobody is told of it on the strength of this alone.
   */
  known(address: Address): AcceptorRecord | undefined {
    if (this.#closed) return undefined;
    const bytes = this.#store.get(registerKey(address));
    try {
      return bytes && decodeAcceptorRecord(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return undefined;
    }
  }

  /** What the turn that follows this must still admit. */
  async #abreast(
    request: PrepareRequest | AcceptRequest | ReadRegisterRequest,
    deadline: number,
  ): Promise<Addressed> {
    const address = addressOf(request);
    if (!this.#admission.isAbreastOf(address)) await this.#admission.catchUp(address, deadline);
    return address;
  }

  /** Throws `corrupt_record`. */
  #recordOf(address: Address): AcceptorRecord {
    if (this.#closed) throw new QuorateError('not_ready', `${this.#self} is stopping`);
    this.#admission.refuseToCount();
    const bytes = this.#store.get(registerKey(address));
    if (bytes === undefined) return BLANK;
    try {
      return decodeAcceptorRecord(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#damaged.note(address);
      const detail = `what ${this.#self} accepted of a key ${error.message}`;
      throw new QuorateError('corrupt_record', detail);
    }
  }

  /** Resolves when the record, as it was read or as it is to be, would survive a power cut. */
  #write(address: Address, record: AcceptorRecord | undefined): Promise<void> | undefined {
    const key = registerKey(address);
    if (record === undefined) return this.#store.durable(key);
    return this.#store.write([{ type: 'put', key, value: encodeAcceptorRecord(record) }]);
  }
}

/** Of a ballot that the asker has the register of, the register is left out. */
function acceptedIn(
  { accepted, copied, register }: AcceptorRecord,
  known: Ballot | undefined,
): AcceptedList {
  const isKnown = known !== undefined && sameBallot(known, accepted);
  return [listOfBallot(accepted), copied, isKnown ? 'same' : register];
}
