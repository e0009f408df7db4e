/**
 * When nobody changes anything any more and everything works again: every key is read at every
 * node, and what a replica has then is what it has for good.
 */

import type { LocalCluster } from '../../cluster/local-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { untilDelivered } from '../workloads/calm.ts';
import type { End, Place } from '../workloads/workload.ts';
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
  // The first reads finish what others have begun, and bring replicas together that differ.
  for (const end of ['finishing', 'final'] as const) await readEach(all, places, end);
}

async function readEach(
  all: readonly RecordedRegisters[],
  places: readonly Place[],
  end: End,
): Promise<void> {
  const waiting = all.flatMap((registers) =>
    [...registers.keys].flatMap((key) => places.map((place) => ({ registers, key, place }))),
  );
  const reader = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { registers, key, place } = next;
      const what = `${place.name} to read ${registers.mode.bucket}/${key}`;
      await waitFor(what, READ_MS_MAX, () => registers.readAtEnd(key, place, end));
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
}
