/** Looks at the copies of one replica until none is missing any more. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeClient } from '../../../src/client/http-client.ts';
import { ALONE } from '../../workloads/workload.ts';

export interface DivergenceSample {
  /** Milliseconds. */
  readonly atMs: number;
  readonly divergent: number;
}

export interface Watching {
  readonly keys: readonly string[];
  readonly bucket: string;
  readonly away: string;
  /** From one look to the next. */
  readonly lookMs: number;
  readonly endAtMs: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** At a time. */
const LOOKING = 4;
/** To hear a replica alone. */
const ATTEMPTS = 20;

/** What was right once stays so, since nobody writes: it is not looked at again. */
export async function watchCopies(client: NodeClient, watching: Watching) {
  const { keys, bucket, away, lookMs, endAtMs, now, signal } = watching;
  const samples: DivergenceSample[] = [{ atMs: now(), divergent: keys.length }];
  let left: readonly string[] = keys;
  let lastLookMs = now();
  do {
    lastLookMs = now();
    left = await lacking(left, (key) => hasNothing(client, { bucket, key, away }));
    samples.push({ atMs: now(), divergent: left.length });
    await sleep(Math.max(0, lastLookMs + lookMs - now()), undefined, { signal });
  } while (left.length > 0 && now() < endAtMs);
  return { samples, left: new Set(left), lastLookMs };
}

/** A node that is slow to answer itself has another replica asked: then it is asked again. */
async function hasNothing(
  client: NodeClient,
  { bucket, key, away }: { bucket: string; key: string; away: string },
): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { values, quorum } = await client.get(bucket, key, ALONE);
    if (quorum.includes(`reached=${away};`)) return values.length === 0;
  }
  throw new Error(`${away} did not tell what it has in ${ATTEMPTS} attempts`);
}

async function lacking(
  keys: readonly string[],
  isLacking: (key: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const found: string[] = [];
  const waiting = [...keys];
  const look = async () => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      if (await isLacking(key)) found.push(key);
    }
  };
  await Promise.all(Array.from({ length: LOOKING }, look));
  return found;
}
