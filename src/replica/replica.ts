/**
 * What one node keeps of the objects, and how it changes: by coordinating a write or by
 * merging what another node knows. Nothing else writes objects.
 *
 * Read, merge and write of a key happen in one turn, so they need no lock. A promise handed
 * out resolves when the state it speaks of would survive a power cut.
 */

import type { ConflictPolicy } from '../causality/answer.ts';
import { type Context, contextOfRead, joinContexts } from '../causality/context.ts';
import { type Lineage, mintDot } from '../causality/mint.ts';
import { decodeObject } from '../causality/object-codec.ts';
import {
  ABSENT,
  type Content,
  isAbsent,
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
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Store } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { Admission } from './admission.ts';
import type { DamagedRecords } from './damaged-records.ts';
import { HybridClock } from './hybrid-clock.ts';
import { checkLimits } from './limits.ts';
import { listKeys } from './list-keys.ts';
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
import { ReapMarks } from './reap-marks.ts';
import type { ReapNumbers } from './reap-numbers.ts';
import { ReapableKeys } from './reapable-keys.ts';
import {
  checkRecord,
  decodeRecord,
  type EncodedVersion,
  encodeRecord,
  encodeVersion,
  type ReplicaRecord,
  type StoredVersion,
} from './record-codec.ts';
import { SiblingWatch } from './sibling-watch.ts';
import { type Address, addressAt, objectKey } from './store-keys.ts';
import { sweep } from './sweep.ts';
import type { Trees } from './trees.ts';

/** A write with its dot, and what it makes of the object. */
export interface MintedWrite extends EncodedVersion, CarriedState {
  readonly dot: Dot;
  /** What it replaced. */
  readonly seen: Context;
  readonly object: SiblingObject;
}

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
  readonly #damaged: DamagedRecords;
  readonly #reaps: ReapNumbers;
  readonly #lineage: Lineage;
  readonly #hybridClock: HybridClock;
  readonly #siblingWatch: SiblingWatch;
  #closed = false;

  constructor(ports: ReplicaPorts) {
    const { self, view, store, trees, damaged, reaps, lineage } = ports;
    this.#self = self;
    this.#view = view;
    this.#admission = new Admission(self, view);
    this.#store = store;
    this.#trees = trees;
    this.#damaged = damaged;
    this.#reaps = reaps;
    this.#lineage = lineage;
    this.marks = new ReapMarks(store, trees, ports.clock);
    this.reapable = new ReapableKeys(ports);
    this.#hybridClock = new HybridClock(ports);
    this.#siblingWatch = new SiblingWatch(ports);
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
    const bytes = this.#store.get(objectKey(address));
    return bytes && this.#open(bytes, address, decodeRecord);
  }

  /** The same as `read`, not taken apart. Throws `corrupt_record`. */
  version(address: Address): (StoredVersion & CarriedState) | undefined {
    const bytes = this.#store.get(objectKey(address));
    if (bytes === undefined) return undefined;
    const reap = this.#reaps.of(address.partition);
    return { ...this.#open(bytes, address, checkRecord), reap };
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

  /**
   * A write on what is known of the key, minted and stamped, and not applied yet; what is known
   * was read under the present reap number. Where the
   * last write wins, a put replaces all that is known, as if its writer had just read it.
   * @param local what is known, which covers the dots of the context; and the last dot that the
   *   record which is to keep the result minted
   */
  mint(
    address: Address,
    local: Pick<ReplicaRecord, 'object' | 'self'>,
    context: Context,
    content: Content | undefined,
    conflict: ConflictPolicy,
  ): MintedWrite {
    this.#refuseWhenClosed();
    const { clock } = local.object;
    invariant(coversAll(clock, context.dots), 'coordinating without what the context names');
    const reap = this.#reaps.of(address.partition);
    const replacesAll = conflict === 'lww' && content !== undefined;
    const seen = replacesAll ? joinContexts(context, contextOfRead(clock, reap)) : context;
    const dot = mintDot(local.self, this.#lineage, clock, seen.clock);
    const greatest = greatestHlc(local.object);
    const stamped = content && { ...content, hlc: this.#hybridClock.stamp(greatest) };
    const object = supersede(local.object, seen, dot, stamped);
    if (content !== undefined) {
      checkLimits(object);
      this.#siblingWatch.note(address, object.siblings.length);
    }
    return { dot, seen, object, reap, ...encodeVersion(object) };
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
    this.#hybridClock.observe(greatestHlc(known));
    const version = encodeVersion(known);
    this.#trees.mended(key, address, version.digest);
    await this.#store.write([{ type: 'put', key, value: encodeRecord(version, undefined) }]);
    return true;
  }

  isDamaged(address: Address): boolean {
    const record = this.#store.get(objectKey(address));
    if (record === undefined) return false;
    try {
      decodeRecord(record);
      return false;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return true;
    }
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

  /** The object in a message of another node, in its binary form. Throws `bad_request`. */
  receive(encoded: Uint8Array): SiblingObject {
    const object = decodeMessage(encoded);
    this.#hybridClock.observe(greatestHlc(object));
    return object;
  }

  async #storeSent(request: StoreRequest, deadline: number): Promise<true> {
    const address = addressOf(request);
    const admission = this.#admission;
    if (!admission.isAbreastOf(address)) await admission.catchUp(address, deadline);
    await this.store(address, stateIn(request));
    admission.refuseToCount();
    return true;
  }

  async #list(request: ListRequest, deadline: number): Promise<ListReply> {
    const admission = this.#admission;
    admission.refuseToCount();
    const { bucketNumber } = request;
    const asked = request.partitions.map((one) => ({ ...one, bucketNumber }));
    for (const placed of asked) {
      if (!admission.isAbreastOf(placed)) await admission.catchUp(placed, deadline);
    }
    for (const placed of asked) admission.admitToRead(placed);
    const reply = listKeys(
      this.#store,
      request,
      (record, key) => this.#open(record, addressAt(key), decodeRecord).object,
    );
    await this.#store.durable();
    return reply;
  }

  async #fetch(request: FetchRequest, deadline: number): Promise<FetchReply> {
    const [, , , , digest] = request;
    const address = addressOf(request);
    const admission = this.#admission;
    admission.refuseToCount();
    if (!admission.isAbreastOf(address)) await admission.catchUp(address, deadline);
    admission.admitToRead(address);
    const { partition } = address;
    const numbers = [this.#reaps.of(partition), this.#reaps.completed(partition)] as const;
    const record = this.version(address);
    await this.durable(address);
    if (record === undefined) return [...numbers, 'absent'];
    return [...numbers, digest === record.digest ? 'same' : record.encoded];
  }

  #objectAt(address: Address): SiblingObject {
    return this.read(address)?.object ?? ABSENT;
  }

  #open<Form>(record: Uint8Array, address: Address, form: (record: Uint8Array) => Form): Form {
    try {
      return form(record);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#damaged.note(address);
      throw new QuorateError(
        'corrupt_record',
        `a record of partition ${address.partition} on ${this.#self} ${error.message}`,
      );
    }
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

/** 0 where there is no value. */
function greatestHlc({ siblings }: SiblingObject): number {
  return siblings.reduce((greatest, { hlc }) => Math.max(greatest, hlc), 0);
}

function decodeMessage(encoded: Uint8Array): SiblingObject {
  try {
    return decodeObject(encoded);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('bad_request', `the object in the message ${error.message}`);
  }
}
