/**
 * A client of one node, over HTTP: what the API can do, typed.
 *
 * Two kinds of errors: a `QuorateError` is the node's own answer, with its code and facts; a
 * `TransportError` says that no answer came, and from which address. After a `TransportError`
 * a write has certainly not happened only where `neverSent` is true.
 */

import type { ActivityDocument } from '../kernel/activity.ts';
import { utf8 } from '../kernel/bytes.ts';
import type { FaultTable } from '../kernel/fault-table.ts';
import {
  encodeSalvageBatch,
  type SalvageBatch,
  type SalvageOutcome,
} from '../kernel/salvage-batch.ts';
import {
  documentOf,
  type GetAnswer,
  getAnswerOf,
  type IncrementAnswer,
  incrementAnswerOf,
  type RawAnswer,
  succeeded,
  type WriteAnswer,
  writeAnswerOf,
} from './answers.ts';
import type { BatchResult } from './batch-result.ts';
import type {
  AcceptedLossDocument,
  BucketDocument,
  ClusterStatus,
  GroupStatus,
  HintsDocument,
  LeaseDocument,
  RepairDocument,
  RepairRunDocument,
  SalvageDocument,
  TombstonesDocument,
} from './cluster-documents.ts';
import { type Call, Connection, type ConnectionOptions } from './connection.ts';
import type { InspectionDocument } from './inspection-document.ts';
import {
  appendCall,
  deleteCall,
  getCall,
  incrementCall,
  inspectCall,
  putBucketCall,
  putCall,
} from './key-calls.ts';
import { keysOf } from './key-pages.ts';
import type { PbsDocument, PbsOptions } from './pbs-document.ts';
import type {
  AppendOptions,
  BucketSettings,
  Bytes,
  DeleteOptions,
  GetOptions,
  InspectOptions,
  KeysOptions,
  PutOptions,
  RepairRequest,
  UpdateOptions,
} from './request-options.ts';
import { BATCH_PATH, bucketPath, leasePath } from './request-text.ts';
import type { RingChange, RingPlanDocument, TransfersDocument } from './ring-documents.ts';
import { type WatchNews, type WatchOptions, watch } from './watch.ts';

export interface PutBucketAnswer {
  readonly bucket: BucketDocument;
  readonly created: boolean;
}

const CREATED = 201;

const FAULTS = '/cluster/faults';
const PLAN = '/cluster/plan';
const SALVAGE = '/cluster/salvage';
const TRANSFERS = '/cluster/transfers';

export class NodeClient {
  readonly #connection: Connection;

  /** @param address of the node: `http://host:port` */
  constructor(address: string, options: ConnectionOptions = {}) {
    this.#connection = new Connection(address, options);
  }

  /** Of the node: `http://host:port`, or `https:`. */
  get address(): string {
    return this.#connection.address;
  }

  async put(
    bucket: string,
    key: Bytes,
    value: Bytes,
    options: PutOptions = {},
  ): Promise<WriteAnswer> {
    return writeAnswerOf(await this.#call(putCall(bucket, key, value, options)));
  }

  /** What is stored: no value, one, or siblings. */
  async get(bucket: string, key: Bytes, options: GetOptions = {}): Promise<GetAnswer> {
    return getAnswerOf(await this.#connection.call(getCall(bucket, key, options)));
  }

  async delete(bucket: string, key: Bytes, options: DeleteOptions = {}): Promise<WriteAnswer> {
    return writeAnswerOf(await this.#call(deleteCall(bucket, key, options)));
  }

  /** Adds to the number in decimal digits that is there; nothing counts as 0. */
  async increment(
    bucket: string,
    key: Bytes,
    by = 1,
    options: UpdateOptions = {},
  ): Promise<IncrementAnswer> {
    return incrementAnswerOf(await this.#call(incrementCall(bucket, key, by, options)));
  }

  /** Puts bytes behind those that are there. */
  async append(
    bucket: string,
    key: Bytes,
    bytes: Bytes,
    options: AppendOptions = {},
  ): Promise<WriteAnswer> {
    return writeAnswerOf(await this.#call(appendCall(bucket, key, bytes, options)));
  }

  /** The bucket's keys, rising bytewise. */
  keys(bucket: string, options: KeysOptions = {}): AsyncGenerator<Uint8Array> {
    return keysOf((call) => this.#call(call), bucket, options);
  }

  /** Where a key lives, and what each node alone holds of it. */
  async inspect(
    bucket: string,
    key: Bytes,
    options: InspectOptions = {},
  ): Promise<InspectionDocument> {
    return documentOf(await this.#call(inspectCall(bucket, key, options)));
  }

  /** The cluster as this node sees it. */
  async status(): Promise<ClusterStatus> {
    return documentOf(await this.#call({ method: 'GET', path: '/cluster' }));
  }

  /** What this node keeps for others until they have it. */
  async hints(): Promise<HintsDocument> {
    return documentOf(await this.#call({ method: 'GET', path: '/cluster/hints' }));
  }

  /** How fresh reads are, by the latencies that the node measures now. */
  async pbs({ n, at, probabilities }: PbsOptions = {}): Promise<PbsDocument> {
    const query = { n, at: at?.join(','), probability: probabilities?.join(',') };
    return documentOf(await this.#call({ method: 'GET', path: '/pbs', query }));
  }

  /** What was deleted and waits to be reaped by this node, and why. */
  async tombstones(): Promise<TombstonesDocument> {
    return documentOf(await this.#call({ method: 'GET', path: '/cluster/tombstones' }));
  }

  /** The faults that this node gives to its links, disk and clock. Throws `faults_disabled`. */
  async faults(): Promise<FaultTable> {
    return documentOf(await this.#call({ method: 'GET', path: FAULTS }));
  }

  /** Replaces them all. */
  async setFaults(table: FaultTable): Promise<void> {
    await this.#call({ method: 'PUT', path: FAULTS, body: utf8(JSON.stringify(table)) });
  }

  async clearFaults(): Promise<void> {
    await this.#call({ method: 'DELETE', path: FAULTS });
  }

  /** Has it stand still for so long from now on; resolves before. Throws `faults_disabled`. */
  async pause(ms: number): Promise<void> {
    await this.#call({ method: 'POST', path: `${FAULTS}/pause`, query: { ms } });
  }

  /** How its replicas stand to those of the other nodes. */
  async repairStatus(): Promise<RepairDocument> {
    return documentOf(await this.#call({ method: 'GET', path: '/cluster/repair' }));
  }

  /** Has the node compare what it drives, or read all its records; does not wait for the end. */
  async runRepair(request: RepairRequest = {}): Promise<RepairRunDocument> {
    const body = utf8(JSON.stringify(request));
    return documentOf(await this.#call({ method: 'POST', path: '/cluster/repair', body }));
  }

  /** Gives up the damaged record of the node, which nobody can read. */
  async acceptLoss(bucket: string, encodedKey: string): Promise<AcceptedLossDocument> {
    const body = utf8(JSON.stringify({ bucket, key: encodedKey }));
    const path = '/cluster/repair/accept-loss';
    return documentOf(await this.#call({ method: 'POST', path, body }));
  }

  /** The staged changes of the ring, and what they would do. */
  async ringPlan(): Promise<RingPlanDocument> {
    return documentOf(await this.#call({ method: 'GET', path: PLAN }));
  }

  /** Adds a change to those that are staged. */
  async stageRingChange(change: RingChange): Promise<RingPlanDocument> {
    const body = utf8(JSON.stringify(change));
    return documentOf(await this.#call({ method: 'POST', path: PLAN, body }));
  }

  async clearRingChanges(): Promise<RingPlanDocument> {
    return documentOf(await this.#call({ method: 'DELETE', path: PLAN }));
  }

  /** Begins the staged changes; does not wait for their end. */
  async commitRing(): Promise<RingPlanDocument> {
    return documentOf(await this.#call({ method: 'POST', path: '/cluster/commit' }));
  }

  /** Gives up what was committed, as far as it can be taken back. */
  async abortRing(): Promise<RingPlanDocument> {
    return documentOf(await this.#call({ method: 'POST', path: '/cluster/abort' }));
  }

  /** Offers what the directory of a dead node holds. Throws `salvage_refused`, `not_a_member`. */
  async salvage(batch: SalvageBatch, timeout: number): Promise<readonly SalvageOutcome[]> {
    const body = encodeSalvageBatch(batch);
    const call: Call = { method: 'POST', path: SALVAGE, query: { timeout }, body };
    return documentOf<SalvageDocument>(await this.#call(call)).results;
  }

  /** Nothing of the dead node is taken any more, and reaping goes on. */
  async closeSalvage(name: string): Promise<void> {
    const body = utf8(JSON.stringify({ node: name }));
    await this.#call({ method: 'POST', path: `${SALVAGE}/close`, body });
  }

  /** Many operations in one request, as POST /batch takes them; their results in their order. */
  async batch(operations: readonly unknown[], timeout: number): Promise<readonly BatchResult[]> {
    const body = utf8(JSON.stringify({ operations }));
    const call: Call = { method: 'POST', path: BATCH_PATH, query: { timeout }, body };
    return documentOf<{ results: readonly BatchResult[] }>(await this.#call(call)).results;
  }

  /** Partitions on their way from node to node. */
  async transfers(): Promise<TransfersDocument> {
    return documentOf(await this.#call({ method: 'GET', path: TRANSFERS }));
  }

  /** How many bytes a second each node takes in at most; null: as fast as it goes. */
  async setTransferRate(bytesPerSecond: number | null): Promise<void> {
    const body = utf8(JSON.stringify({ bytesPerSecond }));
    await this.#call({ method: 'PUT', path: TRANSFERS, body });
  }

  /** All buckets, by name. */
  async buckets(): Promise<readonly BucketDocument[]> {
    const answer = await this.#call({ method: 'GET', path: '/buckets' });
    return documentOf<{ buckets: BucketDocument[] }>(answer).buckets;
  }

  /** Makes the bucket, or changes what of it may change. */
  async putBucket(name: string, settings: BucketSettings = {}): Promise<PutBucketAnswer> {
    const answer = await this.#call(putBucketCall(name, settings));
    return { bucket: documentOf(answer), created: answer.status === CREATED };
  }

  /** What the bucket is. Throws `no_such_bucket`. */
  async bucket(name: string): Promise<BucketDocument> {
    return documentOf(await this.#call({ method: 'GET', path: bucketPath(name) }));
  }

  async deleteBucket(name: string): Promise<void> {
    await this.#call({ method: 'DELETE', path: bucketPath(name) });
  }

  /**
   * Changes of a raft bucket as they happen, for as long as the signal is not given and the
   * bucket is there; a connection that is lost is made again. Throws `watch_compacted` where
   * some changes are no longer kept.
   */
  watch(bucket: string, options: WatchOptions): AsyncGenerator<WatchNews> {
    return watch(() => this.#connection, bucket, options);
  }

  /** A lease that ends after so long, unless it is renewed. */
  async grantLease(ttlMs: number): Promise<LeaseDocument> {
    const answer = await this.#call({ method: 'POST', path: '/leases', query: { ttl: ttlMs } });
    return documentOf(answer);
  }

  /** Throws `no_such_lease`, as `renewLease` and `revokeLease` do. */
  async lease(id: number): Promise<LeaseDocument> {
    return documentOf(await this.#call({ method: 'GET', path: leasePath(id) }));
  }

  /** Begins its time anew. */
  async renewLease(id: number): Promise<LeaseDocument> {
    return documentOf(await this.#call({ method: 'PUT', path: leasePath(id) }));
  }

  /** Ends it now; its keys go. */
  async revokeLease(id: number): Promise<void> {
    await this.#call({ method: 'DELETE', path: leasePath(id) });
  }

  /** The metadata group as this node sees it. */
  async groupStatus(): Promise<GroupStatus> {
    return documentOf(await this.#call({ method: 'GET', path: '/cluster/raft' }));
  }

  /** What all members have done since they started, as far as they answer. */
  async activity(): Promise<ActivityDocument> {
    return documentOf(await this.#call({ method: 'GET', path: '/cluster/activity' }));
  }

  /** Hands the lead of the metadata group to this voter. */
  async transferLeadership(to: string): Promise<void> {
    const body = utf8(JSON.stringify({ to }));
    await this.#call({ method: 'POST', path: '/cluster/raft/transfer', body });
  }

  /** Requests still running end with an error. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Throws the error that the node answered with. */
  async #call(call: Call): Promise<RawAnswer> {
    return succeeded(await this.#connection.call(call));
  }
}
