/**
 * One partition: clients on both sides ask in every mode, before, during and after. Two nodes,
 * one of which leads the metadata group, are cut off from all others. Clients reach the nodes
 * of their side throughout.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import type { FaultWindow } from '../../../src/checkers/history.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { agreedLeader, clientsOf } from '../../group-watch.ts';
import { ringMapOf } from '../../ring-map.ts';
import type { Place } from '../../workloads/workload.ts';
import { firstSuccessMs, type TimedRequest } from '../availability.ts';
import type { Lab } from '../experiment.ts';
import { readEverything } from '../final-reads.ts';
import type { Mode } from '../modes.ts';
import { evenTimes, runOpenLoop } from '../open-loop.ts';
import { RecordedRegisters, type RegisterClients } from '../recorded-registers.ts';

export type SideName = 'smaller side' | 'larger side';
export const SIDES: readonly SideName[] = ['smaller side', 'larger side'];

export interface CutSizes {
  readonly beforeMs: number;
  readonly cutMs: number;
  /** At least: until every mode has answered on both sides. */
  readonly afterMs: number;
  /** Of each mode on each side; four times a whole number, so that all periods of the chart have as many. */
  readonly readsPerS: number;
  readonly writesPerS: number;
  /** Of each mode. */
  readonly keys: number;
  /** That a node may take for a request. */
  readonly timeoutMs: number;
}

export interface CutRound {
  readonly nodesOf: Readonly<Record<SideName, readonly string[]>>;
  /** Milliseconds since the first request was to be sent: from here on nothing passed any more. */
  readonly cutAtMs: number;
  /** The first link was given back after this. */
  readonly healedAtMs: number;
  readonly endedAtMs: number;
  readonly requests: readonly TimedRequest[];
  readonly registers: readonly RecordedRegisters[];
  readonly faults: readonly FaultWindow[];
}

/** Of the side that is cut off from the others. */
export const SMALLER = 2;
/** Of the cut. */
const LATE_KEYS_FROM = 0.25;
/** Beyond `afterMs`, for a mode that has not answered on both sides yet. */
const BACK_MS_MAX = 20_000;
const BACK_POLL_MS = 50;
/** Of a round: what is left are the last reads. */
const READING_SHARE = 0.95;

export async function runCutRound(
  cluster: LocalCluster,
  { modes, sizes, random, round, signal, onPhase }: CutRoundOptions,
): Promise<CutRound> {
  const nodesOf = await sidesOf(cluster, random);
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const { timeoutMs } = sizes;
  const ring = await ringMapOf(cluster.urls[0] as string);
  const isLarger = (node: string) => nodesOf['larger side'].includes(node);
  const requests: TimedRequest[] = [];
  const registers = modes.map((mode) => new RecordedRegisters({ mode, now, timeoutMs }));
  const enough = new AbortController();
  const asking = { sizes, now, signal: AbortSignal.any([signal, enough.signal]) };
  const lanes = registers.flatMap((its) => {
    const { bucket, levels } = its.mode;
    const keys = ring.keysWhere(
      { bucket, prefix: `round-${round}`, count: sizes.keys, n: levels?.n },
      (replicas) => 2 * replicas.filter(isLarger).length > replicas.length,
    );
    return SIDES.map((side) => {
      const places = nodesOf[side].map((name) => ({ name, client: cluster.client(name) }));
      const lane = { registers: its, clients: its.clients(), side, places, keys, requests };
      return runLane(lane, { ...asking, random: random.fork() });
    });
  });
  const isBack = (sinceMs: number) =>
    modes.every(({ name }) =>
      SIDES.every((side) => {
        const its = requests.filter((one) => one.mode === name && one.side === side);
        return firstSuccessMs(its, sinceMs) !== undefined;
      }),
    );
  const cutting = cutAndHeal(cluster, nodesOf, { sizes, now, signal, onPhase, isBack });
  const [cut] = await Promise.all([cutting.finally(() => enough.abort()), ...lanes]);
  onPhase('reading everything at every node', READING_SHARE);
  await cluster.waitUntilConnected();
  await readEverything(cluster, registers, Object.values(nodesOf).flat());
  return { nodesOf, ...cut, requests, registers };
}

export interface CutRoundOptions {
  readonly modes: readonly Mode[];
  readonly sizes: CutSizes;
  readonly random: SeededRandom;
  /** Each has keys of its own. */
  readonly round: number;
  readonly signal: Lab['signal'];
  /** Told what happens now, and how much of the round is over. */
  readonly onPhase: (what: string, share: number) => void;
}

interface Timing extends Pick<CutRoundOptions, 'sizes' | 'signal'> {
  readonly now: () => number;
}

interface Lane {
  readonly registers: RecordedRegisters;
  readonly clients: RegisterClients;
  readonly side: SideName;
  readonly places: readonly Place[];
  readonly keys: readonly string[];
  readonly requests: TimedRequest[];
}

async function sidesOf(
  cluster: LocalCluster,
  random: SeededRandom,
): Promise<Record<SideName, readonly string[]>> {
  const leader = await agreedLeader(clientsOf(cluster));
  const others = cluster.nodes.map(({ name }) => name).filter((name) => name !== leader);
  while (others.length > cluster.nodes.length - SMALLER)
    others.splice(random.below(others.length), 1);
  const smaller = cluster.nodes.map(({ name }) => name).filter((name) => !others.includes(name));
  return { 'smaller side': smaller, 'larger side': others };
}

interface Cutting extends Timing, Pick<CutRoundOptions, 'onPhase'> {
  /** Whether every mode has answered on both sides since then. */
  readonly isBack: (sinceMs: number) => boolean;
}

async function cutAndHeal(
  cluster: LocalCluster,
  { 'smaller side': smaller, 'larger side': larger }: CutRound['nodesOf'],
  { sizes, now, signal, onPhase, isBack }: Cutting,
): Promise<Pick<CutRound, 'cutAtMs' | 'healedAtMs' | 'endedAtMs' | 'faults'>> {
  const { beforeMs, cutMs, afterMs } = sizes;
  const wholeMs = beforeMs + cutMs + afterMs;
  onPhase('whole', 0);
  await sleep(beforeMs - now(), undefined, { signal });
  onPhase('cut in two', beforeMs / wholeMs);
  const from = now();
  await cluster.faults.partition(smaller, larger);
  const cutAtMs = now();
  await sleep(beforeMs + cutMs - now(), undefined, { signal });
  const healedAtMs = now();
  await cluster.faults.heal();
  onPhase('healed', (beforeMs + cutMs) / wholeMs);
  const fault = `partition ${smaller.join(' ')} | ${larger.join(' ')}`;
  const nodes = [...smaller, ...larger].sort();
  const faults = [{ fault, from, until: now(), nodes }];
  await sleep(wholeMs - now(), undefined, { signal });
  while (!isBack(healedAtMs) && now() < wholeMs + BACK_MS_MAX) await sleep(BACK_POLL_MS);
  return { cutAtMs, healedAtMs, endedAtMs: now(), faults };
}

/**
 * The reads and writes of one mode on one side, each key and each node in its turn. Half of the
 * keys are first used when the sides have been apart for a while.
 */
async function runLane(
  { registers, clients, side, places, keys, requests }: Lane,
  { sizes, random, now, signal }: Timing & Pick<CutRoundOptions, 'random'>,
): Promise<void> {
  const untilMs = sizes.beforeMs + sizes.cutMs + sizes.afterMs + BACK_MS_MAX;
  const lateFromMs = sizes.beforeMs + sizes.cutMs * LATE_KEYS_FROM;
  const loop = (op: 'read' | 'write', perSecond: number) => {
    const first = random.below(keys.length * places.length);
    return runOpenLoop({
      timesMs: evenTimes(perSecond, { fromMs: 0, untilMs, phase: random.float() }),
      now,
      signal,
      send: async (atMs, number) => {
        const turn = first + number;
        const { name, client } = places[turn % places.length] as Place;
        const known = atMs < lateFromMs ? Math.ceil(keys.length / 2) : keys.length;
        const key = keys[Math.floor(turn / places.length) % known] as string;
        const told = await clients[op](key, { where: { at: name }, access: client });
        const elapsedMs = now() - atMs;
        requests.push({ mode: registers.mode.name, side, op, atMs, elapsedMs, ...told });
      },
    });
  };
  await Promise.all([loop('read', sizes.readsPerS), loop('write', sizes.writesPerS)]);
}
