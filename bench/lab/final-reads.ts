/**
 * When nobody changes anything any more and everything works again: every key is read at every
 * node, and what a replica has then is what it has for good.
 */

import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { untilDelivered } from '../workloads/calm.ts';
import type { Place } from '../workloads/workload.ts';
import type { RecordedRegisters } from './recorded-registers.ts';

const READERS = 8;
const READ_MS_MAX = 30_000;

/**
 * Waits until all hints were delivered, and reads.
 * Rejects where a node has no answer in the end.
 * @param names of the nodes that are there
 */
export async function readEverything(
  cluster: LocalCluster,
  all: readonly RecordedRegisters[],
  names: readonly string[],
): Promise<void> {
  await untilDelivered(cluster, names);
  const places = names.map((name) => ({ name, client: cluster.client(name) }));
  await askEach(all, places.slice(0, 1), 'settle');
  await askEach(all, places, 'readAtEnd');
}

async function askEach(
  all: readonly RecordedRegisters[],
  places: readonly Place[],
  what: 'settle' | 'readAtEnd',
): Promise<void> {
  const waiting = all.flatMap((registers) =>
    [...registers.keys].flatMap((key) => places.map((place) => ({ registers, key, place }))),
  );
  const reader = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { registers, key, place } = next;
      const wanted = `${place.name} to answer ${what} of ${registers.mode.bucket}/${key}`;
      await waitFor(wanted, READ_MS_MAX, () => registers[what](key, place));
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
}
