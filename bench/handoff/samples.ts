/** Whether keys that were handed off are where they ought to be. */

import type { NodeClient } from '../../src/client/http-client.ts';
import type { GetOptions } from '../../src/client/request-options.ts';
import { BUCKET } from '../filling.ts';
import type { Absence } from './absence.ts';

/** How many keys of how many. */
export interface Found {
  readonly found: number;
  readonly of: number;
}

export interface FoundAtPrimaries {
  /** By node, in its own store: R=1, answered by this node. */
  readonly inEach: Readonly<Record<string, Found>>;
  /** R=3 and PR=3, through a fallback. */
  readonly together: Found;
}

const READS_AT_ONCE = 16;
const LEVEL = 2;
const ALL = 3;
/** Only the key's own replicas answer, and a read changes nothing. */
const AS_IT_IS: GetOptions = { sloppy: false, readRepair: 'off' };

/** While the primaries are away. */
export function readAtFallbacks({ clientsLeft }: Absence, keys: readonly string[]): Promise<Found> {
  return readAll(keys, async (key, i) => {
    const client = clientsLeft[i % clientsLeft.length] as NodeClient;
    return (await client.get(BUCKET, key, { r: LEVEL, readRepair: 'off' })).values.length === 1;
  });
}

export async function readAtPrimaries(
  { cluster, away, clientsLeft }: Absence,
  keys: readonly string[],
): Promise<FoundAtPrimaries> {
  const inEach: Record<string, Found> = {};
  for (const name of away) {
    inEach[name] = await readAll(keys, async (key) => {
      const answer = await cluster.client(name).get(BUCKET, key, { ...AS_IT_IS, r: 1 });
      return answer.values.length === 1 && answer.quorum.includes(name);
    });
  }
  const [client] = clientsLeft as [NodeClient];
  const together = await readAll(keys, async (key) => {
    const { values } = await client.get(BUCKET, key, { ...AS_IT_IS, r: ALL, pr: ALL });
    return values.length === 1;
  });
  return { inEach, together };
}

/** A read that fails has not found the key. */
async function readAll(
  keys: readonly string[],
  isThere: (key: string, i: number) => Promise<boolean>,
): Promise<Found> {
  let next = 0;
  let found = 0;
  const read = async () => {
    while (next < keys.length) {
      const i = next++;
      if (await isThere(keys[i] as string, i).catch(() => false)) found++;
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, read));
  return { found, of: keys.length };
}
