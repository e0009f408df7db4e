/**
 * What one node keeps of the objects, and how it changes: by coordinating a write or by
 * merging what another node knows. Nothing else writes objects.
 *
 * Read, merge and write of a key happen in one turn, so they need no lock. A promise handed
 * out resolves when the state it speaks of would survive a power cut.
 */

import type { Context } from '../causality/context.ts';
import { type Lineage, mintDot } from '../causality/mint.ts';
import { decodeObject, encodeObject } from '../causality/object-codec.ts';
import {
  ABSENT,
  type Content,
  merge,
  type SiblingObject,
  sameVersion,
  supersede,
  versionDigest,
} from '../causality/sibling-object.ts';
import { coversAll, type Dot } from '../causality/version-vector.ts';
import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Store } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { partitionEpoch, replicasOf } from '../ring/ring.ts';
import { OBJECT_BYTES_MAX, SIBLINGS_MAX } from './limits.ts';
import { listKeys } from './list-keys.ts';
import {
  type Addressed,
  addressOf,
  FETCH_OBJECT,
  type FetchReply,
  type FetchRequest,
  LIST_KEYS,
  type ListReply,
  type ListRequest,
  STORE_OBJECT,
} from './messages.ts';
import { decodeRecord, encodeRecord, type ReplicaRecord } from './record-codec.ts';
import { type Address, objectKey } from './store-keys.ts';
import { sweep } from './sweep.ts';

/** A write that this replica coordinated. */
export interface CoordinatedWrite {
  readonly dot: Dot;
  readonly object: SiblingObject;
  readonly encoded: Uint8Array;
  readonly durable: Promise<void>;
}

export interface ReplicaPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly store: Store;
  readonly lineage: Lineage;
}

type Placed = Pick<Addressed, 'partition' | 'epoch' | 'bucketNumber'>;

export class Replica {
  readonly #self: NodeId;
  readonly #view: ClusterView;
  readonly #store: Store;
  readonly #lineage: Lineage;
  #closed = false;

  constructor({ self, view, store, lineage }: ReplicaPorts) {
    this.#self = self;
    this.#view = view;
    this.#store = store;
    this.#lineage = lineage;
  }

  /** Answers the other nodes. */
  serve(transport: Transport): void {
    transport.serve(STORE_OBJECT, async (request, { deadline }) => {
      const [, , , , object] = request;
      const address = addressOf(request);
      if (!this.#isAbreastOf(address)) await this.#catchUp(address, deadline);
      this.#admit(address);
      await this.store(address, object);
      this.#refuseToCount();
      return true;
    });
    transport.serve(FETCH_OBJECT, (request, { deadline }) => this.#fetch(request, deadline));
    transport.serve(LIST_KEYS, (request) => this.#list(request));
  }

  /** From here on nothing is written, so that the clean-stop mark can be the last write. */
  close(): void {
    this.#closed = true;
  }

  /** Removes what deleted buckets left here; resolves with how many keys that were. */
  sweep(): Promise<number> {
    return sweep(this.#store, this.#view, () => this.#closed);
  }

  /** What is known here of the key, pending writes included. Throws `corrupt_record`. */
  read(address: Address): ReplicaRecord | undefined {
    const bytes = this.#store.get(objectKey(address));
    return bytes && this.#decode(bytes, address.partition);
  }

  /** What to await before `read`'s result may be told to anybody; undefined: nothing. */
  durable(address: Address): Promise<void> | undefined {
    return this.#store.durable(objectKey(address));
  }

  /** True when this replica knows every single write that the context names. */
  knows(address: Address, context: Context): boolean {
    return context.dots.length === 0 || coversAll(this.#objectAt(address).clock, context.dots);
  }

  /**
   * Mints the dot of a write and applies it here.
   * Precondition: `knows(address, context)`, in the same turn.
   */
  coordinate(address: Address, context: Context, content: Content | undefined): CoordinatedWrite {
    this.#refuseWhenClosed();
    const record = this.read(address);
    const local = record?.object ?? ABSENT;
    invariant(coversAll(local.clock, context.dots), 'coordinating without what the context names');
    const dot = mintDot(record?.self, this.#lineage, local.clock, context.clock);
    const object = supersede(local, context, dot, content);
    if (content !== undefined) checkLimits(object);
    const encoded = encodeObject(object);
    return { dot, object, encoded, durable: this.#write(address, encoded, dot) };
  }

  /** Merges an object, in its binary form, into what is here; resolves when that is on disk. */
  async store(address: Address, encoded: Uint8Array): Promise<void> {
    this.#refuseWhenClosed();
    const incoming = decodeMessage(encoded);
    const record = this.read(address);
    if (record === undefined) return this.#write(address, encoded, undefined);
    const merged = merge(record.object, incoming);
    if (sameVersion(merged, record.object)) return this.durable(address);
    return this.#write(address, encodeObject(merged), record.self);
  }

  async #list(request: ListRequest): Promise<ListReply> {
    this.#refuseToCount();
    const { bucketNumber } = request;
    for (const { partition, epoch } of request.partitions) {
      this.#admit({ partition, epoch, bucketNumber });
    }
    const reply = listKeys(
      this.#store,
      request,
      (record, partition) => this.#decode(record, partition).object,
    );
    await this.#store.durable();
    return reply;
  }

  async #fetch(request: FetchRequest, deadline: number): Promise<FetchReply> {
    this.#refuseToCount();
    const [, , , , digest] = request;
    const address = addressOf(request);
    if (!this.#isAbreastOf(address)) await this.#catchUp(address, deadline);
    this.#admit(address);
    const record = this.read(address);
    await this.durable(address);
    if (record === undefined) return 'absent';
    return digest === versionDigest(record.object) ? 'same' : record.encoded;
  }

  #objectAt(address: Address): SiblingObject {
    return this.read(address)?.object ?? ABSENT;
  }

  #decode(record: Uint8Array, partition: number): ReplicaRecord {
    try {
      return decodeRecord(record);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      throw new QuorateError(
        'corrupt_record',
        `a record of partition ${partition} on ${this.#self} ${error.message}`,
      );
    }
  }

  #write(address: Address, encoded: Uint8Array, self: Dot | undefined): Promise<void> {
    const value = encodeRecord(encoded, self);
    return this.#store.write([{ type: 'put', key: objectKey(address), value }]);
  }

  /** What the sender knew of the cluster is known here too. */
  #isAbreastOf({ partition, epoch, bucketNumber }: Placed): boolean {
    const view = this.#view;
    if (!view.formed || bucketNumber >= view.nextBucketNumber) return false;
    const ring = view.ring();
    // A partition that there is not is refused by whoever looks at it next.
    const known = ring.partitionEpochs[partition];
    return known === undefined || known >= epoch;
  }

  /** Somebody who knows more sent this, so the news is on its way here too. */
  async #catchUp(placed: Placed, deadline: number): Promise<void> {
    if (await this.#view.until(() => this.#isAbreastOf(placed), deadline)) return;
    throw new QuorateError('stale_epoch', `${this.#self} has not heard of epoch ${placed.epoch}`);
  }

  /**
   * A start that the group has not registered may be that of a directory put back to an older
   * copy, so what this node has, and even what it just stored, counts for nobody yet.
   */
  #refuseToCount(): void {
    if (this.#view.counted) return;
    throw new QuorateError('not_ready', `the start of ${this.#self} is not registered`);
  }

  /** A message made for another ring, or for a partition this node does not keep, is refused. */
  #admit({ partition, epoch, bucketNumber }: Placed): void {
    const ring = this.#view.ring();
    if (this.#view.bucketNumbered(bucketNumber) === undefined) {
      throw new QuorateError('no_such_bucket', `there is no bucket of number ${bucketNumber}`);
    }
    if (partition < 0 || partition >= ring.partitionCount) {
      throw new QuorateError('not_a_replica', `there is no partition ${partition}`);
    }
    if (partitionEpoch(ring, partition) !== epoch) {
      throw new QuorateError(
        'stale_epoch',
        `partition ${partition} is at epoch ${partitionEpoch(ring, partition)} on ${this.#self}, not ${epoch}`,
      );
    }
    if (!replicasOf(ring, partition, ring.replicationFactor).includes(this.#self)) {
      throw new QuorateError('not_a_replica', `${this.#self} does not keep partition ${partition}`);
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new QuorateError('not_ready', `${this.#self} is stopping`);
  }
}

/** A put that would leave a key too large to travel is refused; a delete never is. */
function checkLimits({ siblings }: SiblingObject): void {
  const bytes = siblings.reduce((sum, { value }) => sum + value.length, 0);
  if (siblings.length <= SIBLINGS_MAX && bytes <= OBJECT_BYTES_MAX) return;
  throw new QuorateError(
    'too_many_siblings',
    `the key would hold ${siblings.length} siblings of ${bytes} bytes together, and at most ${SIBLINGS_MAX} of ${OBJECT_BYTES_MAX} bytes are kept: read the key, and write what replaces them with the context of that read`,
  );
}

function decodeMessage(encoded: Uint8Array): SiblingObject {
  try {
    return decodeObject(encoded);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('bad_request', `the object in the message ${error.message}`);
  }
}
