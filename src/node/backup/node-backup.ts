/**
 * What this node gives to a backup: a copy of what it keeps at one moment.
 *
 * A single node's copy is a point in time, since it is read from one snapshot of the store. Those
 * of several nodes are not of the same moment, and state goes from node to node: a hint that was
 * handed over, or a partition that moved, could be in neither of two copies. So each copy tells
 * how many records its node had removed (`RemovalMark`). Where no node removed anything between
 * the asking for the marks and its copy, whatever was on some disk when the backup began is in
 * the copy of that node: the command asks for the marks of all before it asks for the first copy,
 * and begins anew where one of them differs (cli/backup-streams.ts).
 */

import {
  COPY_FORMAT,
  type CopiedBucket,
  type CopyHead,
  encodeBlock,
  type RemovalMark,
} from '../../kernel/backup-copy.ts';
import { QuorateError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { MetadataState } from '../../metadata/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Bucket } from '../../ring/cluster-view.ts';
import type { MetadataGroup } from '../metadata-group/metadata-group.ts';
import type { RequestLedger } from '../request-ledger.ts';
import { copyBlocks } from './copy-stream.ts';

/** Each keeps the disk from reusing the room of what is deleted. */
const COPIES_MAX = 2;

export interface NodeBackupPorts {
  readonly self: NodeId;
  readonly nodeNo: number;
  readonly life: number;
  readonly store: Store;
  readonly clock: Clock;
  readonly group: MetadataGroup;
  readonly requests: RequestLedger;
}

export interface NodeCopy {
  /** Encoded; each is made in the turn in which it is asked for. */
  readonly blocks: Iterator<Uint8Array>;
  /** Gives the snapshot back; to be called whenever no more blocks are asked for. */
  close(): void;
}

export class NodeBackup {
  readonly #ports: NodeBackupPorts;
  #copies = 0;

  constructor(ports: NodeBackupPorts) {
    this.#ports = ports;
  }

  mark(): RemovalMark {
    const { life, store } = this.#ports;
    return { life, deletes: store.deletes };
  }

  /** A copy as of now. Throws `overloaded` where others are being made, `not_ready`. */
  copy(timeoutMs: number): Promise<NodeCopy> {
    const { requests, group, store } = this.#ports;
    return requests.run('admin', timeoutMs, async (deadline) => {
      const metadataCurrent = await this.#caughtUp(deadline);
      const { state } = group;
      // A directory that was put back to an older copy may lack what this node acknowledged.
      if (state === undefined || !group.registered) {
        throw new QuorateError('not_ready', 'the start of this node is not registered yet');
      }
      if (this.#copies >= COPIES_MAX) {
        throw new QuorateError('overloaded', `${COPIES_MAX} copies of this node are being made`);
      }
      this.#copies++;
      // All in one turn: one moment.
      const snapshot = store.snapshot();
      const head = { ...this.#headOf(state), metadataCurrent };
      const values = state.values.capture();
      let open = true;
      return {
        blocks: encoded(copyBlocks({ head, snapshot, values })),
        close: () => {
          if (!open) return;
          open = false;
          this.#copies--;
          snapshot.close();
        },
      };
    });
  }

  /** Without a majority of the group a backup is worth as much, and says so. */
  async #caughtUp(deadline: number): Promise<boolean> {
    try {
      await this.#ports.group.client.readBarrier(deadline);
      return true;
    } catch (error) {
      if (error instanceof QuorateError) return false;
      throw error;
    }
  }

  #headOf(state: MetadataState): Omit<CopyHead, 'metadataCurrent'> {
    const { self, nodeNo, clock } = this.#ports;
    const { clusterId, partitionCount, replicationFactor } = state.cluster;
    const unsalvaged = state.nodes().filter(({ salvage }) => salvage === 'open');
    return {
      format: COPY_FORMAT,
      clusterId,
      node: self,
      nodeNo,
      takenAt: clock.wallTime(),
      mark: this.mark(),
      metadataIndex: state.index,
      partitionCount,
      replicationFactor,
      replicas: state.ring()?.replicas ?? [],
      members: state.members().map(({ name }) => name),
      unsalvaged: unsalvaged.map(({ name }) => name),
      buckets: [...state.buckets().values()].map(copiedBucket),
    };
  }
}

function* encoded(blocks: ReturnType<typeof copyBlocks>): Generator<Uint8Array> {
  for (const block of blocks) yield encodeBlock(block);
}

function copiedBucket(bucket: Bucket): CopiedBucket {
  const { name, number, mode, n, r, w, conflict, ttlMs } = bucket;
  return { name, number, mode, n, r, w, conflict, ttlMs: ttlMs ?? null };
}
