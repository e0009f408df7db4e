/**
 * How much there is of partitions on a node: to say what a change of the ring would cost.
 *
 * Keys of objects are counted by the hash trees, and their bytes are those of the first records
 * times the keys: to measure them all would mean to read everything. Registers are in no tree and
 * are read, up to a bound: buckets of mode paxos are for what is small.
 */

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { callType, type Transport } from '../../ports/transport.ts';
import { partitionRest, registersRest } from '../../replica/store-keys.ts';
import type { Trees } from '../../replica/trees.ts';
import { pause } from '../pace.ts';
import { countRecords } from './record-count.ts';

export interface PartitionSize {
  readonly partition: number;
  readonly keys: number;
  /** About so many, with what is stored beside the values; fewer than there are of many registers. */
  readonly bytes: number;
}

/** Of partitions that the node keeps; those whose trees are not known are left out. */
export const PARTITION_SIZES = callType<readonly number[], readonly PartitionSize[]>(
  'transfer.sizes',
  'bulk',
);

/** Records whose size stands for that of all. */
const SAMPLE_RECORDS = 64;
/** Partitions looked at in one turn: a few milliseconds. */
const PARTITIONS_A_TURN = 16;

export interface PartitionSizesPorts {
  readonly store: Store;
  readonly trees: Trees;
  readonly clock: Clock;
}

export function servePartitionSizes(transport: Transport, ports: PartitionSizesPorts): void {
  transport.serve(PARTITION_SIZES, async (partitions) => {
    const sizes: PartitionSize[] = [];
    for (const [i, partition] of partitions.entries()) {
      const size = sizeOf(ports, partition);
      if (size !== undefined) sizes.push(await withRegisters(ports, size));
      if (i % PARTITIONS_A_TURN === PARTITIONS_A_TURN - 1) await pause(ports.clock, 0);
    }
    return sizes;
  });
}

async function withRegisters(
  ports: PartitionSizesPorts,
  { partition, keys, bytes }: PartitionSize,
): Promise<PartitionSize> {
  const registers = await countRecords(ports, [registersRest(partition, 0)]);
  return { partition, keys: keys + registers.records, bytes: bytes + registers.bytes };
}

function sizeOf({ store, trees }: PartitionSizesPorts, partition: number) {
  const keys = trees.keysOf(partition);
  if (keys === undefined) return undefined;
  let records = 0;
  let bytes = 0;
  for (const { key, value } of store.range(partitionRest(partition, 0))) {
    if (records === SAMPLE_RECORDS) break;
    records++;
    bytes += key.length + value.length;
  }
  const mean = records === 0 ? 0 : bytes / records;
  return { partition, keys, bytes: Math.round(mean * keys) };
}
