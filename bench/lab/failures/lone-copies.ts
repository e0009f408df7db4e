/**
 * Writes outside of the stated model: with W=1 at a node that reaches nobody, which then loses
 * its disk. They were acknowledged, and they are gone.
 */

import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import { ringMapOf } from '../../ring-map.ts';
import type { Mode } from '../modes.ts';
import { splitInto } from '../network-groups.ts';
import { RecordedRegisters } from '../recorded-registers.ts';

const KEYS = 5;
const TIMEOUT_MS = 1_000;

export interface LoneCopiesOptions {
  /** Whose bucket has the keys. */
  readonly strict: Mode;
  readonly victim: string;
  /** Of the phase, which has keys of its own. */
  readonly number: number;
  readonly now: () => number;
}

/** Afterwards the victim is still cut off from everybody. */
export async function writeLoneCopies(
  cluster: LocalCluster,
  { strict, victim, number, now }: LoneCopiesOptions,
): Promise<RecordedRegisters> {
  const mode: Mode = { ...strict, title: 'dynamo, W=1', write: { ...strict.write, w: 1 } };
  const registers = new RecordedRegisters({ mode, now, timeoutMs: TIMEOUT_MS });
  const running = cluster.nodes.filter(({ isRunning }) => isRunning).map(({ name }) => name);
  const client = cluster.client(victim);
  const ring = await ringMapOf(client.address);
  const keys = ring.keysWhere(
    { bucket: mode.bucket, prefix: `lone-${number}`, count: KEYS, n: mode.levels?.n },
    (replicas) => replicas.includes(victim),
  );
  await splitInto(cluster, [[victim], running.filter((name) => name !== victim)]);
  const clients = registers.clients();
  for (const key of keys) await clients.write(key, { where: { at: victim }, access: client });
  return registers;
}
