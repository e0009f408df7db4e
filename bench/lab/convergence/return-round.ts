/**
 * A replica comes back that missed writes, and its copies are looked at until they are all as
 * they should be, or time is over. Meanwhile clients read keys by chance, from all replicas.
 *
 * The replica was cut off from the others when the keys were written, and each key was written
 * once, so a key is divergent as long as that replica alone, asked for what it has, has nothing.
 */

import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import type { FaultWindow, History } from '../../../src/checkers/history.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { ringMapOf } from '../../ring-map.ts';
import type { Place } from '../../workloads/workload.ts';
import { MODES, type Mode } from '../modes.ts';
import { splitInto, untilMissed, untilTogether } from '../network-groups.ts';
import { evenTimes, runOpenLoop } from '../open-loop.ts';
import { RecordedRegisters } from '../recorded-registers.ts';
import { type DivergenceSample, watchCopies } from './copy-watch.ts';
import { peerBytes } from './peer-bytes.ts';

export interface ReturnSizes {
  readonly keys: number;
  /** Of keys by chance, after the return. */
  readonly readsPerS: number;
  /** From one look to the next. */
  readonly lookMs: number;
}

export interface ReturnRoundOptions {
  /** Of its keys: no two rounds have any in common. */
  readonly name: string;
  readonly readRepair: boolean;
  /** For how long copies are looked at, if there are such that differ. */
  readonly watchMs: number;
  readonly sizes: ReturnSizes;
  readonly random: SeededRandom;
  readonly signal: AbortSignal;
}

export interface ReturnRound {
  /** Written while the replica was away, with success. */
  readonly keys: readonly string[];
  readonly samples: readonly DivergenceSample[];
  /** Keys that a client had read well before the last look. */
  readonly readEarly: ReadonlySet<string>;
  /** Keys that a client had asked for at all. */
  readonly read: ReadonlySet<string>;
  /** Keys that were divergent at the last look. */
  readonly left: ReadonlySet<string>;
  /** Sent between nodes, from the return to the last look. */
  readonly bytes: number;
  readonly watchedMs: number;
  /** Links were given back from here on; milliseconds since the first write was to be sent. */
  readonly returnedAtMs: number;
  readonly faults: readonly FaultWindow[];
  readonly history: (facts: History['facts']) => History;
}

const REPLICAS = 3;
const WRITES_PER_S = 100;
const TIMEOUT_MS = 2_000;
/** For a repair that a read began. */
const REPAIR_MS = 2_000;

export async function runReturnRound(
  cluster: LocalCluster,
  { name, readRepair, watchMs, sizes, random, signal }: ReturnRoundOptions,
): Promise<ReturnRound> {
  const names = cluster.nodes.map((node) => node.name);
  const away = names.at(-1) as string;
  const stayed = names.slice(0, -1);
  const mode: Mode = {
    ...MODES.sloppy,
    read: { sloppy: false, r: REPLICAS, readRepair: readRepair ? 'async' : 'off' },
  };
  const ring = await ringMapOf(cluster.urls[0] as string);
  const chosen = { bucket: mode.bucket, prefix: name, count: sizes.keys };
  const wanted = ring.keysWhere(chosen, (replicas) => replicas.includes(away));

  await splitInto(cluster, [stayed, [away]]);
  await untilMissed(cluster, [away], stayed);
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const registers = new RecordedRegisters({ mode, now, timeoutMs: TIMEOUT_MS });
  const lane = { registers, places: placesOf(cluster, stayed), now, signal };
  const keys = await writeAll(wanted, lane);
  signal.throwIfAborted();

  const returned = await watchReturn(cluster, keys, { ...lane, away, watchMs, sizes, random });
  await untilTogether(cluster, names);
  for (const key of keys) {
    for (const place of placesOf(cluster, ring.replicasOf(mode.bucket, key))) {
      await registers.readAtEnd(key, place);
    }
  }
  const { returnedAtMs: until } = returned;
  const faults = [{ fault: `${away} away`, from: 0, until, nodes: [away] }];
  return { ...returned, keys, faults, history: (facts) => registers.history(facts, faults) };
}

interface Lane {
  readonly registers: RecordedRegisters;
  readonly places: readonly Place[];
  readonly now: () => number;
  readonly signal: AbortSignal;
}

interface Returning extends Lane, Pick<ReturnRoundOptions, 'watchMs' | 'sizes' | 'random'> {
  readonly away: string;
}

/** From the moment in which the links are given back. */
async function watchReturn(
  cluster: LocalCluster,
  keys: readonly string[],
  returning: Returning,
): Promise<Omit<ReturnRound, 'keys' | 'faults' | 'history'>> {
  const { registers, away, watchMs, sizes, now, signal } = returning;
  const bytesBefore = await peerBytes(cluster.urls);
  const returnedAtMs = now();
  await cluster.faults.heal();
  const endAtMs = returnedAtMs + watchMs;
  const enough = new AbortController();
  const reads = { asked: new Set<string>(), answeredAt: new Map<string, number>() };
  const { bucket } = registers.mode;
  const { lookMs } = sizes;
  const watching = { keys, bucket, away, lookMs, endAtMs, now, signal };
  const [watched] = await Promise.all([
    watchCopies(cluster.client(away), watching).finally(() => enough.abort()),
    readByChance(keys, {
      ...{ ...returning, endAtMs, reads },
      signal: AbortSignal.any([signal, enough.signal]),
    }),
  ]);
  const watchedMs = now() - returnedAtMs;
  const bytes = (await peerBytes(cluster.urls)) - bytesBefore;
  const earlyMs = watched.lastLookMs - REPAIR_MS;
  const early = [...reads.answeredAt].filter(([, atMs]) => atMs < earlyMs);
  return {
    returnedAtMs,
    samples: watched.samples.map(({ atMs, divergent }) => {
      return { atMs: atMs - returnedAtMs, divergent };
    }),
    left: watched.left,
    readEarly: new Set(early.map(([key]) => key)),
    read: reads.asked,
    bytes,
    watchedMs,
  };
}

/** Those that were acknowledged. */
async function writeAll(
  keys: readonly string[],
  { registers, places, now, signal }: Lane,
): Promise<readonly string[]> {
  const fromMs = now();
  const untilMs = fromMs + (1_000 * keys.length) / WRITES_PER_S;
  const clients = registers.clients();
  const written: string[] = [];
  await runOpenLoop({
    timesMs: evenTimes(WRITES_PER_S, { fromMs, untilMs, phase: 0 }),
    now,
    signal,
    send: async (_, number) => {
      const key = keys[number] as string;
      const { name, client } = places[number % places.length] as Place;
      const { outcome } = await clients.write(key, { where: { at: name }, access: client });
      if (outcome === 'ok') written.push(key);
    },
  });
  return written;
}

interface Reading extends Returning {
  readonly endAtMs: number;
  /** Keys for which a client asked, and when it first had an answer. */
  readonly reads: { readonly asked: Set<string>; readonly answeredAt: Map<string, number> };
}

async function readByChance(keys: readonly string[], reading: Reading): Promise<void> {
  const { registers, places, now, signal, sizes, random, endAtMs, reads } = reading;
  const clients = registers.clients();
  await runOpenLoop({
    timesMs: evenTimes(sizes.readsPerS, { fromMs: now(), untilMs: endAtMs, phase: random.float() }),
    now,
    signal,
    send: async () => {
      const key = random.pick(keys);
      const { name, client } = random.pick(places);
      reads.asked.add(key);
      const { outcome } = await clients.read(key, { where: { at: name }, access: client });
      if (outcome === 'ok' && !reads.answeredAt.has(key)) reads.answeredAt.set(key, now());
    },
  });
}

function placesOf(cluster: LocalCluster, names: readonly string[]): readonly Place[] {
  return names.map((name) => ({ name, client: cluster.client(name) }));
}
