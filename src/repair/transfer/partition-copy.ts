/**
 * Takes over one partition: table after table from each source, chunk after chunk. While one is
 * merged, the next is on its way and the one before on its way to the disk; no more than these
 * three are held.
 *
 * What this node has in the same version already does not travel (known-versions.ts): the first
 * source is told what that is as long as it is most of the stretch, as where copying begins anew
 * because somebody died, and all others in any case.
 *
 * Everything is merged, so a chunk that comes twice does no harm. The cursor goes on only when a
 * chunk is on disk to its last record: what cannot be taken now (state that was read before a
 * round of reaping, a damaged record) keeps it where it is, and is asked for again.
 */

import { isExpected, QuorateError } from '../../kernel/errors.ts';
import { invariant } from '../../kernel/invariant.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { ClusterView } from '../../ring/cluster-view.ts';
import type { Move } from '../../ring/move.ts';
import { type ChunkRecord, readChunk } from './chunk-codec.ts';
import { ChunkRequests, type ChunkRequestsPorts } from './chunk-requests.ts';
import type { CopiedTable } from './copied-tables.ts';
import type { CopyCursor, CopyCursors, Copying } from './copy-cursors.ts';
import type { MergeTurns } from './merge-turns.ts';
import type { RecordRescue } from './record-rescue.ts';
import type { RegisterRescue } from './register-rescue.ts';
import { TransferJob, type TransferJobPorts } from './transfer-job.ts';
import type { ChunkReply, CopyRequest, TableName } from './transfer-messages.ts';

/** Who gets what a source cannot read; hints are not got. */
export interface Rescues {
  readonly objects: RecordRescue;
  readonly registers: RegisterRescue;
}

export interface PartitionCopyPorts extends TransferJobPorts, ChunkRequestsPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly tables: Readonly<Record<TableName, CopiedTable>>;
  readonly cursors: CopyCursors;
  readonly rescues: Rescues;
  readonly merges: MergeTurns;
}

/** Merged in one turn: about two milliseconds. */
const RECORDS_A_TURN = 256;
const BYTES_A_TURN = 128 * 1024;

export class PartitionCopy extends TransferJob {
  readonly sources: readonly NodeId[];
  readonly #ports: PartitionCopyPorts;
  readonly #copyings: readonly Copying[];
  readonly #requests: ChunkRequests;
  /** Keys at each source that has said how many. */
  readonly #expected = new Map<NodeId, number>();
  readonly #reached = new Map<Copying, CopyCursor>();

  constructor(ports: PartitionCopyPorts, { sources, ...moving }: CopyRequest) {
    super(ports, moving, 'write_both');
    this.#ports = ports;
    this.#requests = new ChunkRequests(ports, () => this.#admit());
    this.sources = sources;
    const tables = Object.keys(ports.tables) as readonly TableName[];
    // What is here already need not be copied.
    const others = sources.filter((source) => source !== ports.self);
    this.#copyings = others.flatMap((source) => tables.map((table) => ({ moving, table, source })));
  }

  protected override async pass(): Promise<boolean> {
    let complete = true;
    let failure: unknown;
    for (const copying of this.#copyings) {
      try {
        await this.#copy(copying);
      } catch (error) {
        if (!isExpected(error)) throw error;
        // The other sources need not wait for this one.
        complete = false;
        failure ??= error;
      }
      if (!this.isWanted) return false;
    }
    if (failure !== undefined) throw failure;
    return complete;
  }

  protected override counted() {
    const cursors = [...this.#reached.values()];
    return {
      keys: cursors.reduce((sum, { keys }) => sum + keys, 0),
      bytes: cursors.reduce((sum, { bytes }) => sum + bytes, 0),
      of: this.#countExpected(),
    };
  }

  /** Sources that have not said yet are taken to have as much as any other. */
  #countExpected(): number | null {
    const counts = [...this.#expected.values()];
    if (counts.length === 0) return null;
    const sources = new Set(this.#copyings.map(({ source }) => source));
    const sum = counts.reduce((all, count) => all + count, 0);
    return sum + (sources.size - counts.length) * Math.max(...counts);
  }

  async #copy(copying: Copying): Promise<void> {
    const cursor = this.#ports.cursors.read(copying);
    this.#reached.set(copying, cursor);
    if (cursor.complete) return;
    const isFirst = copying.source === this.#copyings[0]?.source;
    let isCompared = this.#ports.tables[copying.table].isCompared;
    let coming: Promise<ChunkReply> | undefined = this.#ask(copying, cursor.after, isCompared);
    let landing: Promise<void> = Promise.resolve();
    try {
      while (coming !== undefined) {
        const chunk: ChunkReply = await coming;
        if (chunk.of !== null) this.#expected.set(copying.source, chunk.of);
        const records = readChunk(chunk.records);
        if (isFirst && chunk.same < records.length) isCompared = false;
        coming = chunk.next === null ? undefined : this.#ask(copying, chunk.next, isCompared);
        const merged = await this.#merge(copying, records, chunk.reap);
        await landing;
        landing = this.#land(copying, chunk, merged);
        landing.catch(() => {});
      }
    } finally {
      // Also where the next chunk failed: what is begun anew goes on behind this one.
      await landing;
    }
  }

  /** Its failure is found by who awaits it, who may have failed before. */
  #ask(copying: Copying, after: Uint8Array | null, isCompared: boolean): Promise<ChunkReply> {
    const count = !this.#expected.has(copying.source);
    const reply = this.#requests.ask(copying, after, isCompared, count);
    reply.catch(() => {});
    return reply;
  }

  /** The cursor goes on when all of the chunk is on disk. */
  async #land(
    copying: Copying,
    chunk: ChunkReply,
    merged: readonly Promise<void>[],
  ): Promise<void> {
    const { cursors, counts, tables } = this.#ports;
    await Promise.all(merged);
    if (tables[copying.table].whenDamaged === 'ask all others') {
      for (const storedKey of chunk.damaged) await this.#rescue(copying, storedKey);
    }
    const bytes = chunk.records.length;
    counts.keysIn.add(merged.length);
    counts.keysSame.add(chunk.same);
    counts.bytesIn.add(bytes);
    const before = this.#reached.get(copying) as CopyCursor;
    const moved: CopyCursor = {
      complete: chunk.next === null,
      keys: before.keys + merged.length + chunk.same,
      bytes: before.bytes + bytes,
      after: chunk.next ?? before.after,
    };
    this.#admit();
    await cursors.write(copying, moved);
    this.#reached.set(copying, moved);
  }

  /** What it resolves with resolves when the record is on disk, and rejects where it is not taken. */
  async #merge(
    copying: Copying,
    records: readonly ChunkRecord[],
    reap: number,
  ): Promise<readonly Promise<void>[]> {
    const { merges } = this.#ports;
    const table = this.#ports.tables[copying.table];
    const taken: Promise<void>[] = [];
    let next = 0;
    while (next < records.length) {
      const merged = await merges.run(() => {
        this.#admit();
        const turn = this.#mergeTurn(table, records, next, reap);
        next += turn.records;
        return turn;
      });
      taken.push(...merged.taken);
    }
    return taken;
  }

  #mergeTurn(table: CopiedTable, records: readonly ChunkRecord[], first: number, reap: number) {
    const taken: Promise<void>[] = [];
    let bytes = 0;
    let next = first;
    const end = Math.min(records.length, first + RECORDS_A_TURN);
    while (next < end && bytes < BYTES_A_TURN) {
      const { storedKey, encoded } = records[next++] as ChunkRecord;
      bytes += storedKey.length + encoded.length;
      if (this.#isOfDeletedBucket(table, storedKey)) continue;
      const one = table.take(storedKey, this.moving.epoch, { encoded, reap });
      // Whoever awaits them all finds it; one that fails before must not pass for unheard.
      one.catch(() => {});
      taken.push(one);
    }
    return { records: next - first, bytes, taken };
  }

  /** Throws `not_ready` where this node has yet to hear of the bucket. */
  #isOfDeletedBucket(table: CopiedTable, storedKey: Uint8Array): boolean {
    const { view } = this.#ports;
    const { partition, bucketNumber } = table.addressOf(storedKey);
    if (partition !== this.moving.partition) {
      throw new QuorateError('bad_request', `a chunk has a key of partition ${partition}`);
    }
    if (view.bucketNumbered(bucketNumber) !== undefined) return false;
    if (bucketNumber < view.nextBucketNumber) return true;
    throw new QuorateError('not_ready', `bucket ${bucketNumber} has not been heard of here yet`);
  }

  async #rescue({ table: name, source }: Copying, storedKey: Uint8Array): Promise<void> {
    const { tables, rescues, counts, view } = this.#ports;
    const table = tables[name];
    if (this.#isOfDeletedBucket(table, storedKey)) return;
    const move = this.#admit();
    const address = { ...table.addressOf(storedKey), epoch: this.moving.epoch };
    const bucket = view.bucketNumbered(address.bucketNumber);
    invariant(bucket !== undefined, `bucket ${address.bucketNumber} is there in this turn`);
    const rescue = name === 'registers' ? rescues.registers : rescues.objects;
    const state = await rescue.fetch(move, bucket, source, address);
    this.#admit();
    if (state !== undefined) await table.take(storedKey, this.moving.epoch, state);
    counts.rescued.add();
  }

  /** In the turn of whatever is written. */
  #admit(): Move {
    if (!this.isWanted) throw new QuorateError('stale_epoch', 'the move has gone on');
    return this.#ports.gate.admitToMove(this.moving, 'write_both');
  }
}
