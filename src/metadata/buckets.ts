/**
 * The buckets of the cluster: named sets of keys, each with its number of replicas, its
 * levels, its mode, and what becomes of concurrent and of old values.
 *
 * Invariant: a number is never given twice, so what is stored under the number of a deleted
 * bucket never shows up in a later one of the same name; n and mode never change, since the
 * keys stored under them would no longer be found where they are looked for.
 */

import { QuorateError } from '../kernel/errors.ts';
import { checkBucketName } from '../kernel/names.ts';
import { isTtl, TTL_FORM } from '../kernel/ttl.ts';
import type { ConflictPolicy, Level } from '../ring/cluster-view.ts';
import { type Codec, optional, record, text, uint, unchecked, word } from './codec.ts';

export const BUCKETS_MAX = 10_000;

export type BucketMode = 'dynamo' | 'paxos' | 'raft';

export interface BucketRecord {
  readonly name: string;
  readonly number: number;
  readonly n: number;
  readonly r: Level;
  readonly w: Level;
  readonly mode: BucketMode;
  readonly conflict: ConflictPolicy;
  /** Of values whose put does not say; undefined: they live for ever. */
  readonly ttlMs: number | undefined;
  /** The index of the entry that made it. */
  readonly createdAt: number;
}

/** What somebody may say of a bucket; nothing of it is checked yet. */
export interface BucketSettings {
  readonly n?: number | undefined;
  readonly r?: Level | undefined;
  readonly w?: Level | undefined;
  readonly mode?: BucketMode | undefined;
  readonly conflict?: ConflictPolicy | undefined;
  /** `none`: from now on values live for ever. */
  readonly ttlMs?: number | 'none' | undefined;
}

export const bucketCodec: Codec<BucketRecord> = record<BucketRecord>({
  name: text,
  number: uint,
  n: uint,
  r: unchecked as Codec<Level>,
  w: unchecked as Codec<Level>,
  mode: word('dynamo', 'raft', 'paxos'),
  conflict: word('siblings', 'lww'),
  ttlMs: optional(uint),
  createdAt: uint,
});

export interface BucketChange {
  readonly bucket: BucketRecord;
  readonly created: boolean;
  readonly changed: boolean;
}

export class Buckets {
  /** In the order of their numbers. */
  readonly #byName = new Map<string, BucketRecord>();
  readonly #byNumber = new Map<number, BucketRecord>();
  #replicationFactor: number;
  #nextNumber: number;

  constructor(replicationFactor: number, nextNumber = 1, records: Iterable<BucketRecord> = []) {
    this.#replicationFactor = replicationFactor;
    this.#nextNumber = nextNumber;
    for (const bucket of records) this.#set(bucket);
  }

  get nextNumber(): number {
    return this.#nextNumber;
  }

  all(): ReadonlyMap<string, BucketRecord> {
    return this.#byName;
  }

  numbered(number: number): BucketRecord | undefined {
    return this.#byNumber.get(number);
  }

  /**
   * Makes the bucket or changes what may change; what is not said is the default of a new bucket
   * and stays as it is in one that exists. With `createOnly` a bucket that exists stays as it
   * is. `index` is that of the entry. Throws `QuorateError`; nothing has changed then.
   */
  put(name: string, settings: BucketSettings, createOnly: boolean, index: number): BucketChange {
    const existing = this.#byName.get(name);
    if (existing === undefined) return this.#create(name, settings, index);
    if (createOnly) return { bucket: existing, created: false, changed: false };
    checkImmutable(existing, settings);
    const bucket = changedBy(existing, settings);
    checkSettings(bucket, settings, this.#replicationFactor);
    const changed = MUTABLE.some((property) => bucket[property] !== existing[property]);
    if (changed) this.#set(bucket);
    return { bucket: changed ? bucket : existing, created: false, changed };
  }

  /** The bucket that is gone. Throws `no_such_bucket`. */
  delete(name: string): BucketRecord {
    const bucket = this.#byName.get(name);
    if (bucket === undefined) {
      throw new QuorateError('no_such_bucket', `there is no bucket ${JSON.stringify(name)}`);
    }
    this.#byName.delete(name);
    this.#byNumber.delete(bucket.number);
    return bucket;
  }

  /** Throws `change_refused` where a bucket has more replicas than this replication factor. */
  checkRoom(replicationFactor: number): void {
    for (const { name, n, mode } of this.#byName.values()) {
      if (mode === 'raft' || n <= replicationFactor) continue;
      const detail = `bucket ${name} has n=${n} for good, so the replication factor cannot be ${replicationFactor}; delete the bucket first`;
      throw new QuorateError('change_refused', detail, { parameter: 'replication_factor' });
    }
  }

  /** For buckets to come; there is room for those that there are. */
  setReplicationFactor(replicationFactor: number): void {
    this.#replicationFactor = replicationFactor;
  }

  #create(name: string, settings: BucketSettings, createdAt: number): BucketChange {
    checkBucketName(name);
    const fresh: BucketRecord = {
      name,
      number: this.#nextNumber,
      n: settings.n ?? this.#replicationFactor,
      r: 'quorum',
      w: 'quorum',
      mode: settings.mode ?? 'dynamo',
      conflict: 'siblings',
      ttlMs: undefined,
      createdAt,
    };
    const bucket = changedBy(fresh, settings);
    checkSettings(bucket, settings, this.#replicationFactor);
    if (this.#byName.size >= BUCKETS_MAX) {
      const detail = `there are ${BUCKETS_MAX} buckets; delete one first`;
      throw new QuorateError('too_many_buckets', detail);
    }
    this.#nextNumber++;
    this.#set(bucket);
    return { bucket, created: true, changed: true };
  }

  #set(bucket: BucketRecord): void {
    this.#byName.set(bucket.name, bucket);
    this.#byNumber.set(bucket.number, bucket);
  }
}

const MUTABLE = ['r', 'w', 'conflict', 'ttlMs'] as const;

function changedBy(bucket: BucketRecord, settings: BucketSettings): BucketRecord {
  const { r = bucket.r, w = bucket.w, conflict = bucket.conflict } = settings;
  const { ttlMs = bucket.ttlMs } = settings;
  return { ...bucket, r, w, conflict, ttlMs: ttlMs === 'none' ? undefined : ttlMs };
}

function checkImmutable(existing: BucketRecord, settings: BucketSettings): void {
  for (const property of ['mode', 'n'] as const) {
    const wanted = settings[property];
    if (wanted === undefined || wanted === existing[property]) continue;
    throw new QuorateError(
      'bucket_immutable',
      `bucket ${existing.name} has ${property}=${existing[property]} for good and cannot get ${property}=${wanted}; use another bucket`,
      { parameter: property },
    );
  }
}

/** `settings` made `bucket`; throws `bad_bucket_settings` where it cannot be like that. */
function checkSettings(bucket: BucketRecord, settings: BucketSettings, nMax: number): void {
  const { name, n, mode } = bucket;
  if (!Object.hasOwn(MEANINGLESS, mode)) {
    throw badSettings('mode', `bucket ${name}: mode=${mode} must be dynamo, paxos or raft`);
  }
  for (const [property, why] of Object.entries(MEANINGLESS[mode])) {
    if (settings[property as keyof BucketSettings] === undefined) continue;
    const parameter = property === 'ttlMs' ? 'ttl' : property;
    const detail = `bucket ${name}: ${parameter} means nothing in a ${mode} bucket, ${why}; leave it out`;
    throw badSettings(parameter, detail);
  }
  // Of a raft bucket it is only the replication factor that there was.
  if (mode !== 'raft' && !isCount(n, nMax)) {
    const detail = `bucket ${name}: n=${n} must be from 1 to the replication factor ${nMax}`;
    throw badSettings('n', detail);
  }
  for (const property of ['r', 'w'] as const) {
    const level = bucket[property];
    if (isLevelName(level) || isCount(level, n)) continue;
    const detail = `bucket ${name}: ${property}=${level} must be from 1 to n=${n}, or one, quorum or all`;
    throw badSettings(property, detail);
  }
  checkPolicies(bucket);
}

type WhyMeaningless = Readonly<Partial<Record<keyof BucketSettings, string>>>;

const KEPT_BY_GROUP = 'which the metadata group keeps';
const ASKS_MAJORITIES = 'which always asks a majority of the replicas of a key';
const NO_CONFLICTS = 'which has no concurrent values';

/** By mode, the settings that are for buckets of others. */
const MEANINGLESS: Readonly<Record<BucketMode, WhyMeaningless>> = {
  dynamo: {},
  paxos: { r: ASKS_MAJORITIES, w: ASKS_MAJORITIES, conflict: NO_CONFLICTS },
  raft: {
    n: KEPT_BY_GROUP,
    r: KEPT_BY_GROUP,
    w: KEPT_BY_GROUP,
    conflict: NO_CONFLICTS,
    ttlMs: 'where a key goes with its lease (POST /leases)',
  },
};

function checkPolicies({ name, conflict, ttlMs }: BucketRecord): void {
  if (conflict !== 'siblings' && conflict !== 'lww') {
    const detail = `bucket ${name}: conflict=${conflict} must be siblings or lww`;
    throw badSettings('conflict', detail);
  }
  if (ttlMs === undefined || isTtl(ttlMs)) return;
  const detail = `bucket ${name}: a ttl of ${ttlMs} ms cannot be had: use ${TTL_FORM}`;
  throw badSettings('ttl', detail);
}

function isLevelName(level: Level): boolean {
  return level === 'one' || level === 'quorum' || level === 'all';
}

function isCount(value: unknown, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;
}

function badSettings(parameter: string, detail: string): QuorateError {
  return new QuorateError('bad_bucket_settings', detail, { parameter });
}
