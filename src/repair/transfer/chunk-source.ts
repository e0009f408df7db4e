/**
 * The side that is copied from: it reads its store, a stretch a turn, and remembers nothing from
 * one chunk to the next. The receiver asks for each, which keeps it from being overrun.
 *
 * Only what is on disk is told of. A source is fenced by being asked: its view is at the epoch of
 * the copying (see fence-server.ts), so nothing of an earlier one is written here afterwards.
 */

import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Transport } from '../../ports/transport.ts';
import type { ReapNumbers } from '../../replica/reap-numbers.ts';
import { rangesBehind } from '../../replica/store-keys.ts';
import type { Trees } from '../../replica/trees.ts';
import type { Bucket, ClusterView } from '../../ring/cluster-view.ts';
import { Slots } from '../slots.ts';
import { ChunkWriter } from './chunk-codec.ts';
import type { CopiedTable } from './copied-tables.ts';
import { ReceiversVersions } from './known-versions.ts';
import type { MoveGate } from './move-gate.ts';
import { copiedBuckets } from './moved-buckets.ts';
import { countRecords } from './record-count.ts';
import {
  CHUNK_BYTES_MAX,
  type ChunkReply,
  type ChunkRequest,
  COPY_CHUNK,
  type TableName,
} from './transfer-messages.ts';
import type { TransferMetrics } from './transfer-metrics.ts';
import type { TransferPace } from './transfer-pace.ts';

export interface ChunkSourcePorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly store: Store;
  readonly trees: Trees;
  readonly reaps: ReapNumbers;
  readonly gate: MoveGate;
  readonly tables: Readonly<Record<TableName, CopiedTable>>;
  readonly pace: TransferPace;
  readonly counts: TransferMetrics;
}

/** Chunks that are read at the same time; more wait their turn. */
const READERS_MAX = 4;

/** Read in one turn: about a millisecond. */
const RECORDS_A_TURN = 250;
const BYTES_A_TURN = 256 * 1024;

/** A chunk ends after so long, well before whoever asked for it gives up. */
const READ_MS_MAX = 3_000;

/** A chunk while it is read. */
interface Reading {
  readonly table: CopiedTable;
  readonly partition: number;
  readonly buckets: readonly Bucket[];
  readonly bucketNumbers: ReadonlySet<number>;
  readonly known: ReceiversVersions;
  readonly chunk: ChunkWriter;
  readonly damaged: Uint8Array[];
  /** Records that the receiver has. */
  same: number;
  /** The last key that was looked at. */
  reached: Uint8Array | undefined;
  /** Bytes of keys and records looked at. */
  bytes: number;
  /** Of those, what the receiver has. */
  bytesSame: number;
}

export class ChunkSource {
  readonly #ports: ChunkSourcePorts;
  readonly #readers = new Slots(READERS_MAX);

  constructor(ports: ChunkSourcePorts) {
    this.#ports = ports;
  }

  serve(transport: Transport): void {
    transport.serve(COPY_CHUNK, async (request, { from, deadline }) => {
      await this.#ports.gate.catchUp([request], deadline);
      return this.#readers.run(() => this.#answer(request, from, deadline));
    });
  }

  async #answer(request: ChunkRequest, from: NodeId, deadline: number): Promise<ChunkReply> {
    const { store, clock, reaps, gate, counts } = this.#ports;
    if (clock.now() >= deadline) throw new QuorateError('out_of_time', 'nobody waits any more');
    const { partition } = request;
    const buckets = this.#bucketsFor(request, from);
    const reap = reaps.of(partition);
    const reading = this.#begin(request, buckets);
    const complete = await this.#read(reading);
    // What has begun since may have another idea of who is to have this.
    gate.admitToMove(request, 'write_both');
    await store.durable();
    const { chunk, same, damaged, reached } = reading;
    const records = chunk.finish();
    counts.keysOut.add(chunk.count);
    counts.bytesOut.add(records.length);
    const next = complete ? null : (reached ?? null);
    const of = request.count ? await this.#countOf(partition, buckets) : null;
    return { records, same, damaged, next, reap, of };
  }

  #bucketsFor(request: ChunkRequest, receiver: NodeId): readonly Bucket[] {
    const { self, view, gate } = this.#ports;
    const move = gate.admitToMove(request, 'write_both');
    if (move.from.includes(self) && move.to.includes(receiver)) {
      return copiedBuckets(view, move, self, receiver);
    }
    const { partition, session } = request;
    const detail = `${self} has nothing of partition ${partition} for ${receiver} in move ${session}`;
    throw new QuorateError('not_a_replica', detail);
  }

  #begin(
    { table: name, partition, after, known }: ChunkRequest,
    buckets: readonly Bucket[],
  ): Reading {
    const table = this.#ports.tables[name];
    if (table === undefined) throw new QuorateError('bad_request', `no table ${name} is copied`);
    return {
      table,
      partition,
      buckets,
      bucketNumbers: new Set(buckets.map(({ number }) => number)),
      known: new ReceiversVersions(known),
      chunk: new ChunkWriter(),
      damaged: [],
      same: 0,
      reached: after ?? undefined,
      bytes: 0,
      bytesSame: 0,
    };
  }

  /** True where nothing is left behind it. */
  async #read(reading: Reading): Promise<boolean> {
    const { clock, pace, gate } = this.#ports;
    const endsAt = clock.now() + READ_MS_MAX;
    for (;;) {
      const travelled = () => reading.bytes - reading.bytesSame;
      const before = travelled();
      const how = pace.step(() => this.#readStretch(reading));
      if (how === 'complete') return true;
      await pace.spend(travelled() - before);
      if (gate.isClosed) throw new QuorateError('not_ready', 'the node is stopping');
      if (how === 'full' || clock.now() >= endsAt) return false;
    }
  }

  /** What there is to be read in one turn. */
  #readStretch(reading: Reading): 'complete' | 'full' | 'more' {
    const { table, partition, buckets, chunk, known, reached } = reading;
    const bytesMax = reading.bytes + BYTES_A_TURN;
    let records = 0;
    for (const range of rangesBehind(table.rangesOf(partition, buckets), reached)) {
      for (const { key, value } of this.#ports.store.range(range)) {
        if (chunk.bytes >= CHUNK_BYTES_MAX) return 'full';
        if (records++ === RECORDS_A_TURN || reading.bytes >= bytesMax) return 'more';
        if (known.last !== null && Buffer.compare(key, known.last) > 0) {
          reading.reached = known.last;
          return 'full';
        }
        this.#look(reading, key, value);
      }
    }
    return 'complete';
  }

  #look(reading: Reading, key: Uint8Array, record: Uint8Array): void {
    const { table, bucketNumbers, known, chunk, damaged } = reading;
    reading.reached = key;
    reading.bytes += key.length + record.length;
    if (!table.isOf(key, bucketNumbers)) return;
    const open = table.open(record);
    if (open !== undefined && known.has(key, open.digest)) {
      reading.same++;
      reading.bytesSame += key.length + record.length;
    } else if (open !== undefined) chunk.add(key, open.encoded);
    else {
      damaged.push(Uint8Array.from(key));
      table.damaged?.note(table.addressOf(key));
    }
  }

  async #countOf(partition: number, buckets: readonly Bucket[]): Promise<number | null> {
    const { trees, tables } = this.#ports;
    const ofObjects = buckets.filter(({ mode }) => mode === 'dynamo');
    let objects = 0;
    for (const n of new Set(ofObjects.map(({ n }) => n))) {
      const tree = trees.tree(partition, n);
      if (tree === undefined) return null;
      objects += tree.count;
    }
    const registers = tables.registers.rangesOf(partition, buckets);
    const { records } = await countRecords(this.#ports, registers);
    return objects + records;
  }
}
