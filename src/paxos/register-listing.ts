/**
 * The keys of a paxos bucket: a majority of the replicas of every partition list them, and what
 * was accepted last of a key says whether it has a value.
 *
 * A change that was acknowledged before is seen, as it is on a majority. One that is under way
 * may be or not, and keys are looked at one after the other: a listing is not one snapshot.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { isExpected, QuorateError } from '../kernel/errors.ts';
import { checkBucketName, type NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { callType, type Transport } from '../ports/transport.ts';
import { Admission } from '../replica/admission.ts';
import type { DamagedRecords } from '../replica/damaged-records.ts';
import { type ListedTable, listKeys } from '../replica/list-keys.ts';
import type { ListReply, ListRequest } from '../replica/messages.ts';
import { addressAt, registerRange } from '../replica/store-keys.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { majority } from '../ring/levels.ts';
import {
  type KeyPage,
  type KeyRange,
  type ListingPorts,
  listPage,
} from '../routing/key-listing.ts';
import { bucketOfMode } from '../routing/key-plan.ts';
import { LatencyRanking } from '../routing/latency-ranking.ts';
import {
  decodeListedRegister,
  type ListedRegister,
  laterOf,
  listedRegister,
} from './listed-register.ts';

/** Which keys of the bucket have you accepted something of? */
export const LIST_REGISTERS = callType<ListRequest, ListReply>('paxos.list', 'data');

export interface RegisterListingPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly store: Store;
  readonly transport: Transport;
  readonly liveness: Liveness;
  readonly logger: Logger;
  readonly damagedRegisters: Pick<DamagedRecords, 'note'>;
  /** The program is wrong, and the node must not go on. */
  readonly onFatal: (error: unknown) => void;
}

export class RegisterListing {
  readonly #ports: RegisterListingPorts;
  readonly #listing: ListingPorts;
  readonly #admission: Admission;

  constructor(ports: RegisterListingPorts) {
    const { self, view, clock, logger, onFatal } = ports;
    this.#ports = ports;
    this.#admission = new Admission(self, view);
    this.#listing = {
      ...ports,
      ranking: new LatencyRanking(clock),
      onFailure: (node, error) => {
        if (!isExpected(error)) onFatal(error);
        else logger.debug('no answer', { peer: node, error });
      },
    };
  }

  /** Answers the other nodes. */
  serve(): void {
    this.#ports.transport.serve(LIST_REGISTERS, (request, { deadline }) =>
      this.#answer(request, deadline),
    );
  }

  /** One page of the keys of the bucket. Throws `read_quorum_not_met`, `no_such_bucket`. */
  async list(name: string, range: KeyRange, deadline: number): Promise<KeyPage> {
    checkBucketName(name);
    const { view, clock } = this.#ports;
    const wallTime = clock.wallTime();
    const listing = {
      type: LIST_REGISTERS,
      bucket: bucketOfMode(view, name, 'paxos'),
      needed: majority,
      decode: decodeListedRegister,
      merge: laterOf,
      isShown: ({ content }: ListedRegister) =>
        content !== undefined &&
        !(content.expiresAt !== undefined && content.expiresAt <= wallTime),
    };
    return listPage(this.#listing, listing, range, deadline);
  }

  async #answer(request: ListRequest, deadline: number): Promise<ListReply> {
    const { store } = this.#ports;
    const { bucketNumber, partitions } = request;
    this.#admission.refuseToCount();
    const asked = partitions.map((one) => ({ ...one, bucketNumber }));
    for (const placed of asked) {
      if (!this.#admission.isAbreastOf(placed)) await this.#admission.catchUp(placed, deadline);
    }
    for (const placed of asked) this.#admission.admitToReadList(placed);
    const reply = listKeys(store, this.#table, request);
    await store.durable();
    return reply;
  }

  readonly #table: ListedTable = {
    range: registerRange,
    versionOf: (record, storedKey) => {
      try {
        return listedRegister(record);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        this.#ports.damagedRegisters.note(addressAt(storedKey));
        const detail = `what ${this.#ports.self} accepted of a key ${error.message}`;
        throw new QuorateError('corrupt_record', detail);
      }
    },
  };
}
