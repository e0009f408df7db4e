/**
 * What other nodes ask of this one as a replica. A message that knows more of the cluster than
 * this node waits until it has caught up; nothing that is told could be lost in a power cut.
 */

import { encodeObject } from '../causality/object-codec.ts';
import type { SiblingObject } from '../causality/sibling-object.ts';
import { EMPTY_BYTES } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { Store } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import type { Admission } from './admission.ts';
import { type ListedTable, listKeys } from './list-keys.ts';
import {
  type Addressed,
  addressOf,
  type CarriedState,
  FETCH_OBJECT,
  type FetchReply,
  type FetchRequest,
  LIST_KEYS,
  type ListReply,
  type ListRequest,
  STORE_OBJECT,
  STORE_OBJECTS,
  type StoreOutcome,
  type StoreRequest,
  stateIn,
} from './messages.ts';
import type { ObjectRecords } from './object-records.ts';
import type { ReapNumbers } from './reap-numbers.ts';
import { bucketRange } from './store-keys.ts';

export interface ReplicaServerPorts {
  readonly admission: Admission;
  readonly store: Store;
  readonly records: ObjectRecords;
  readonly reaps: ReapNumbers;
  /** `Replica.store`. */
  readonly keep: (address: Addressed, state: CarriedState) => Promise<void>;
}

export class ReplicaServer {
  readonly #ports: ReplicaServerPorts;

  constructor(ports: ReplicaServerPorts) {
    this.#ports = ports;
  }

  /** Answers the other nodes. */
  serve(transport: Transport): void {
    transport.serve(STORE_OBJECT, (request, { deadline }) => this.#storeSent(request, deadline));
    transport.serve(STORE_OBJECTS, (requests, { deadline }) =>
      Promise.all(requests.map((request) => this.take(request, deadline))),
    );
    transport.serve(FETCH_OBJECT, (request, { deadline }) => this.#fetch(request, deadline));
    transport.serve(LIST_KEYS, (request, { deadline }) => this.#list(request, deadline));
  }

  /** What became of an object that another node sent; resolves when that is on disk. */
  async take(request: StoreRequest, deadline: number): Promise<StoreOutcome> {
    try {
      await this.#storeSent(request, deadline);
      return 'durable';
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      return error.code;
    }
  }

  async #storeSent(request: StoreRequest, deadline: number): Promise<true> {
    const address = addressOf(request);
    const { admission } = this.#ports;
    if (!admission.isAbreastOf(address)) await admission.catchUp(address, deadline);
    // The view of a start may be older than what an earlier one gave up: nothing is left behind.
    if (admission.isMoving(address)) admission.refuseToCount();
    await this.#ports.keep(address, stateIn(request));
    admission.refuseToCount();
    return true;
  }

  async #list(request: ListRequest, deadline: number): Promise<ListReply> {
    const { admission, store, records } = this.#ports;
    admission.refuseToCount();
    const { bucketNumber } = request;
    const asked = request.partitions.map((one) => ({ ...one, bucketNumber }));
    for (const placed of asked) {
      if (!admission.isAbreastOf(placed)) await admission.catchUp(placed, deadline);
    }
    for (const placed of asked) admission.admitToRead(placed);
    const reply = listKeys(store, tableOf(records), request);
    await store.durable();
    return reply;
  }

  async #fetch(request: FetchRequest, deadline: number): Promise<FetchReply> {
    const [, , , , digest] = request;
    const address = addressOf(request);
    const { admission, records, reaps } = this.#ports;
    admission.refuseToCount();
    if (!admission.isAbreastOf(address)) await admission.catchUp(address, deadline);
    admission.admitToRead(address);
    const { partition } = address;
    const numbers = [reaps.of(partition), reaps.completed(partition)] as const;
    const record = records.version(address);
    await records.durable(address);
    if (record === undefined) return [...numbers, 'absent'];
    return [...numbers, digest === record.digest ? 'same' : record.encoded];
  }
}

/** Of a key it is told what is enough to merge, and to see whether it has a value. */
function tableOf(records: ObjectRecords): ListedTable {
  return {
    range: bucketRange,
    versionOf: (record, key) => encodeObject(withoutContents(records.objectIn(record, key))),
  };
}

function withoutContents(object: SiblingObject): SiblingObject {
  return {
    clock: object.clock,
    siblings: object.siblings.map(({ dot, hlc, expiresAt }) => ({
      dot,
      hlc,
      expiresAt,
      value: EMPTY_BYTES,
      contentType: '',
      meta: [],
    })),
  };
}
