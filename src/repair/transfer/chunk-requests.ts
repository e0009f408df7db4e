/** The side that copies, asking: for chunks, and with each it says what is here already. */

import type { NodeId } from '../../kernel/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Transport } from '../../ports/transport.ts';
import type { DamagedRecords } from '../../replica/damaged-records.ts';
import type { Address } from '../../replica/store-keys.ts';
import type { Trees } from '../../replica/trees.ts';
import type { ClusterView } from '../../ring/cluster-view.ts';
import type { Move } from '../../ring/move.ts';
import type { CopiedTable } from './copied-tables.ts';
import type { Copying } from './copy-cursors.ts';
import { listKnown } from './known-versions.ts';
import { copiedBuckets } from './moved-buckets.ts';
import {
  CHUNK_MS_MAX,
  type ChunkReply,
  COPY_CHUNK,
  type KnownVersions,
  type TableName,
} from './transfer-messages.ts';
import type { TransferMetrics } from './transfer-metrics.ts';
import type { TransferPace } from './transfer-pace.ts';

export interface ChunkRequestsPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly store: Store;
  readonly transport: Transport;
  readonly trees: Pick<Trees, 'isLeftOut'>;
  readonly damaged: DamagedRecords;
  readonly tables: Readonly<Record<TableName, CopiedTable>>;
  readonly pace: TransferPace;
  readonly counts: TransferMetrics;
}

/** Looking for what is here already ends after so long, and the chunk ends with it. */
const LIST_MS_MAX = 3_000;

export class ChunkRequests {
  readonly #ports: ChunkRequestsPorts;
  readonly #admit: () => Move;

  /** `admit` throws where the move has gone on. */
  constructor(ports: ChunkRequestsPorts, admit: () => Move) {
    this.#ports = ports;
    this.#admit = admit;
  }

  /**
   * What comes behind the key; where it is compared, but for what is here in the same version.
   * `count`: see `ChunkRequest`.
   */
  async ask(
    copying: Copying,
    after: Uint8Array | null,
    isCompared: boolean,
    count: boolean,
  ): Promise<ChunkReply> {
    const { transport, clock, counts } = this.#ports;
    const { moving, table, source } = copying;
    const known = isCompared ? await this.#known(copying, after) : null;
    counts.digestBytes.add(known?.items.length ?? 0);
    const deadline = clock.now() + CHUNK_MS_MAX;
    const request = { ...moving, table, after, known, count };
    return transport.call(source, COPY_CHUNK, request, { deadline });
  }

  /** What is here behind the key, of what the source is to give. */
  #known({ moving, table, source }: Copying, after: Uint8Array | null): Promise<KnownVersions> {
    const { self, view, store, trees, damaged, tables, pace, clock } = this.#ports;
    const buckets = copiedBuckets(view, this.#admit(), source, self);
    const ranges = tables[table].rangesOf(moving.partition, buckets);
    const endsAt = clock.now() + LIST_MS_MAX;
    const pause = async () => {
      await pace.spend(0);
      this.#admit();
      return clock.now() < endsAt;
    };
    const ports = { store, onDamaged: (address: Address) => damaged.note(address), pause };
    // One that waits to be reaped is not told: it has to count again when it comes.
    return listKnown(ports, ranges, after, (storedKey) => trees.isLeftOut(storedKey));
  }
}
