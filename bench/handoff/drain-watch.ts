/** Watches how many hints wait on some nodes, until none does. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeClient } from '../../src/client/http-client.ts';

const LOOK_EVERY_MS = 50;
const DRAIN_MS_MAX = 600_000;

export interface WaitingHints {
  /** In `performance.now()`. */
  readonly at: number;
  readonly waiting: number;
}

export async function hintsWaiting(clients: readonly NodeClient[]): Promise<number> {
  const documents = await Promise.all(clients.map((client) => client.hints()));
  const counts = documents.flatMap(({ targets }) => targets.map(({ count }) => count));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Resolves with all that was seen; the last sample is the first without a hint. */
export async function watchDrain(clients: readonly NodeClient[]): Promise<readonly WaitingHints[]> {
  const samples: WaitingHints[] = [];
  const deadline = performance.now() + DRAIN_MS_MAX;
  for (;;) {
    const waiting = await hintsWaiting(clients);
    const at = performance.now();
    samples.push({ at, waiting });
    if (waiting === 0) return samples;
    if (at > deadline) throw new Error(`${waiting} hints still wait after ${DRAIN_MS_MAX} ms`);
    await sleep(LOOK_EVERY_MS);
  }
}

export interface DrainFigures {
  /** From the readiness of the last target until no hint waited; 0 where none did by then. */
  readonly seconds: number;
  /** Of hints, from the first that went to the last. */
  readonly perS: number;
  /** Seconds from that readiness on, and hints that waited then. */
  readonly curve: readonly (readonly [number, number])[];
}

export function drainFigures(samples: readonly WaitingHints[], readyAt: number): DrainFigures {
  const first = samples[0]?.waiting ?? 0;
  // The last look before any had gone: some have gone already at the next one.
  const begin = samples.findLast(({ waiting }) => waiting >= first) as WaitingHints;
  const end = samples.at(-1) as WaitingHints;
  return {
    seconds: Math.max(0, end.at - readyAt) / 1_000,
    perS: (begin.waiting * 1_000) / (end.at - begin.at),
    curve: samples.map(({ at, waiting }) => [(at - readyAt) / 1_000, waiting]),
  };
}
