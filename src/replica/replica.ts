/**
 * What one node keeps of the objects, and how it changes: by coordinating a write or by
 * merging what another node knows. Nothing else writes objects.
 *
 * Read, merge and write of a key happen in one turn, so they need no lock. A promise handed
 * out resolves when the state it speaks of would survive a power cut.
 */

import type { ConflictPolicy } from '../causality/answer.ts';
import type { Context } from '../causality/context.ts';
import type { Lineage } from '../causality/mint.ts';
import { decodeObject } from '../causality/object-codec.ts';
import {
  ABSENT,
  type Content,
  isAbsent,
  merge,
  type SiblingObject,
  sameVersion,
  versionDigest,
} from '../causality/sibling-object.ts';
import { coversAll, type Dot } from '../causality/version-vector.ts';
import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Store } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { Admission } from './admission.ts';
import type { DamagedRecords } from './damaged-records.ts';
import type { Addressed, CarriedState, StoreOutcome, StoreRequest } from './messages.ts';
import { type MintedWrite, Minting } from './minting.ts';
import { ObjectRecords } from './object-records.ts';
import { ReapMarks } from './reap-marks.ts';
import type { ReapNumbers } from './reap-numbers.ts';
import { ReapableKeys } from './reapable-keys.ts';
import {
  type EncodedVersion,
  encodeRecord,
  encodeVersion,
  type ReplicaRecord,
  type StoredVersion,
} from './record-codec.ts';
import { ReplicaServer } from './replica-server.ts';
import { type Address, objectKey } from './store-keys.ts';
import { sweep } from './sweep.ts';
import type { Trees } from './trees.ts';

/** A write that this node coordinated. */
export interface CoordinatedWrite extends MintedWrite {
  readonly durable: Promise<void>;
}

export interface ReplicaPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly store: Store;
  readonly trees: Trees;
  readonly damaged: DamagedRecords;
  readonly reaps: ReapNumbers;
  readonly lineage: Lineage;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export class Replica {
  /** For those who carry rounds of reaping out. */
  readonly marks: ReapMarks;
  readonly reapable: ReapableKeys;
  readonly #self: NodeId;
  readonly #view: ClusterView;
  readonly #admission: Admission;
  readonly #store: Store;
  readonly #trees: Trees;
  readonly #reaps: ReapNumbers;
  readonly #records: ObjectRecords;
  readonly #minting: Minting;
  readonly #server: ReplicaServer;
  #closed = false;

  constructor(ports: ReplicaPorts) {
    const { self, view, store, trees, reaps } = ports;
    this.#self = self;
    this.#view = view;
    this.#admission = new Admission(self, view);
    this.#store = store;
    this.#trees = trees;
    this.#reaps = reaps;
    this.#records = new ObjectRecords(ports);
    this.marks = new ReapMarks(store, trees, ports.clock);
    this.reapable = new ReapableKeys(ports);
    this.#minting = new Minting(ports);
    this.#server = new ReplicaServer({
      store,
      reaps,
      admission: this.#admission,
      records: this.#records,
      keep: (address, state) => this.store(address, state),
    });
  }

  /** Answers the other nodes. */
  serve(transport: Transport): void {
    this.#server.serve(transport);
  }

  /** From here on nothing is written, so that the clean-stop mark can be the last write. */
  close(): void {
    this.#closed = true;
  }

  /** Removes what deleted buckets left here; resolves with how many keys that were. */
  sweep(nextTurn: () => Promise<void>): Promise<number> {
    return sweep(this.#store, this.#trees, this.#view, () => this.#closed, nextTurn);
  }

  /** What is known here of the key, pending writes included. Throws `corrupt_record`. */
  read(address: Address): ReplicaRecord | undefined {
    return this.#records.read(address);
  }

  /** The same as `read`, not taken apart. Throws `corrupt_record`. */
  version(address: Address): (StoredVersion & CarriedState) | undefined {
    return this.#records.version(address);
  }

  /** What to await before `read`'s result may be told to anybody; undefined: nothing. */
  durable(address: Address): Promise<void> | undefined {
    return this.#records.durable(address);
  }

  isDamaged(address: Address): boolean {
    return this.#records.isDamaged(address);
  }

  /** True when this replica knows every single write that the context names. */
  knows(address: Address, context: Context): boolean {
    return context.dots.length === 0 || coversAll(this.#objectAt(address).clock, context.dots);
  }

  /**
   * Mints the dot of a write and applies it here. Throws `stale_epoch` where the plan of the
   * write is older than this node's view.
   * Precondition: `knows(address, context)`, in the same turn.
   */
  coordinate(
    address: Addressed,
    context: Context,
    content: Content | undefined,
    conflict: ConflictPolicy = 'siblings',
  ): CoordinatedWrite {
    this.#admission.admitToReplica(address);
    const { object = ABSENT, self, digest } = this.read(address) ?? {};
    const write = this.mint(address, { object, self }, context, content, conflict);
    return { ...write, durable: this.#write(address, digest, write, write.object, write.dot) };
  }

  /** See `Minting.mint`. */
  mint(
    address: Address,
    local: Pick<ReplicaRecord, 'object' | 'self'>,
    context: Context,
    content: Content | undefined,
    conflict: ConflictPolicy,
  ): MintedWrite {
    this.#refuseWhenClosed();
    return this.#minting.mint(address, local, context, content, conflict);
  }

  /**
   * Merges what somebody knew into what is here; resolves when that is on disk. Throws
   * `stale_epoch` where whoever brings it looked at another ring than this node does now.
   */
  async store(address: Addressed, { encoded, reap }: CarriedState): Promise<void> {
    this.#admission.admitToReplica(address);
    this.#refuseWhenClosed();
    this.#reaps.refuseOlder(address.partition, reap);
    const incoming = this.receive(encoded);
    const record = this.read(address);
    if (record === undefined) {
      return this.#write(address, undefined, versionAs(encoded, incoming), incoming, undefined);
    }
    const merged = merge(record.object, incoming);
    if (sameVersion(merged, record.object)) {
      const key = objectKey(address);
      return this.#trees.isLeftOut(key) ? this.marks.release(key) : this.durable(address);
    }
    const version = sameVersion(merged, incoming)
      ? versionAs(encoded, incoming)
      : encodeVersion(merged);
    return this.#write(address, record.digest, version, merged, record.self);
  }

  /**
   * Puts in the place of a damaged record what all other replicas of the key know together,
   * nothing of its own; where that is nothing, the record goes. Resolves when that is on disk,
   * with false where the record is not damaged (any more).
   * @param reap under which they knew it: see `CarriedState`
   */
  async mend(address: Addressed, known: SiblingObject, reap: number): Promise<boolean> {
    this.#admission.admitToKeeper(address);
    this.#refuseWhenClosed();
    this.#reaps.refuseOlder(address.partition, reap);
    if (!this.isDamaged(address)) return false;
    const key = objectKey(address);
    if (isAbsent(known)) {
      this.#trees.mended(key, address);
      await this.#store.write([{ type: 'delete', key }]);
      return true;
    }
    this.#minting.observe(known);
    this.reapable.note(address, key, known);
    const version = encodeVersion(known);
    this.#trees.mended(key, address, version.digest);
    await this.#store.write([{ type: 'put', key, value: encodeRecord(version, undefined) }]);
    return true;
  }

  /** What became of an object that another node sent; resolves when that is on disk. */
  take(request: StoreRequest, deadline: number): Promise<StoreOutcome> {
    return this.#server.take(request, deadline);
  }

  /** The object in a message of another node, in its binary form. Throws `bad_request`. */
  receive(encoded: Uint8Array): SiblingObject {
    const object = decodeMessage(encoded);
    this.#minting.observe(object);
    return object;
  }

  #objectAt(address: Address): SiblingObject {
    return this.read(address)?.object ?? ABSENT;
  }

  /** `before` is the digest of the version that is there, undefined where there is none. */
  #write(
    address: Address,
    before: bigint | undefined,
    version: EncodedVersion,
    object: SiblingObject,
    self: Dot | undefined,
  ): Promise<void> {
    const key = objectKey(address);
    this.reapable.note(address, key, object);
    this.#trees.wrote(key, address, before, version.digest);
    return this.#store.write([{ type: 'put', key, value: encodeRecord(version, self) }]);
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new QuorateError('not_ready', `${this.#self} is stopping`);
  }
}

/** An object that came in its binary form, to be stored as it came. */
function versionAs(encoded: Uint8Array, object: SiblingObject): EncodedVersion {
  return { encoded, digest: versionDigest(object) };
}

function decodeMessage(encoded: Uint8Array): SiblingObject {
  try {
    return decodeObject(encoded);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('bad_request', `the object in the message ${error.message}`);
  }
}
