/** One failure under load: clients ask whoever answers, in every mode, before, during and after. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import type { FaultWindow } from '../../../src/checkers/history.ts';
import { ClusterClient } from '../../../src/client/cluster-client.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { TimedRequest } from '../availability.ts';
import { readEverything } from '../final-reads.ts';
import type { Mode } from '../modes.ts';
import { evenTimes, runOpenLoop } from '../open-loop.ts';
import { RecordedRegisters } from '../recorded-registers.ts';
import { writeLoneCopies } from './lone-copies.ts';
import { STRIKES, type StrikeName } from './strikes.ts';

export interface FailureSizes {
  readonly beforeMs: number;
  /** Of a crash, a pause and a wrong clock. */
  readonly lastsMs: number;
  /** From the moment when all is whole again. */
  readonly afterMs: number;
  /** Of each mode. */
  readonly readsPerS: number;
  readonly writesPerS: number;
  readonly keys: number;
  /** That a node may take for a request, and that a client goes on asking others. */
  readonly timeoutMs: number;
}

export interface FailurePhase {
  readonly strike: StrikeName;
  readonly victim: string;
  /** All times in milliseconds of the clock of the experiment. */
  readonly beganAtMs: number;
  readonly struckAtMs: number;
  readonly overAtMs: number;
  readonly endedAtMs: number;
  readonly requests: readonly TimedRequest[];
  readonly registers: readonly RecordedRegisters[];
  readonly faults: readonly FaultWindow[];
  /** Acknowledged by a single disk, which was lost; of a disk loss alone. */
  readonly lone: RecordedRegisters | undefined;
}

export interface FailurePhaseOptions {
  /** Each has keys of its own. */
  readonly number: number;
  readonly strike: StrikeName;
  readonly victim: string;
  readonly modes: readonly Mode[];
  readonly sizes: FailureSizes;
  readonly random: SeededRandom;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Longer than any phase takes. */
const PHASE_MS_MAX = 300_000;

export async function runFailurePhase(
  cluster: LocalCluster,
  options: FailurePhaseOptions,
): Promise<FailurePhase> {
  const { number, strike, victim, modes, sizes, now, signal } = options;
  const strict = modes.find(({ name }) => name === 'strict') as Mode;
  const requests: TimedRequest[] = [];
  const registers = modes.map((mode) => {
    return new RecordedRegisters({ mode, now, timeoutMs: sizes.timeoutMs });
  });
  const enough = new AbortController();
  const anyone = ClusterClient.inTurn(urlsOf(cluster), { timeoutMs: sizes.timeoutMs });
  const asking = { ...options, requests, anyone, signal: AbortSignal.any([signal, enough.signal]) };
  const beganAtMs = now();
  try {
    const lanes = registers.map((its) => runLane(its, asking));
    const striking = async () => {
      try {
        await sleep(sizes.beforeMs, undefined, { signal });
        const struckAtMs = now();
        const lone =
          strike === 'disk loss'
            ? await writeLoneCopies(cluster, { strict, victim, number, now })
            : undefined;
        const { lastsMs } = sizes;
        const faults = await STRIKES[strike]({ cluster, now, victim, lastsMs, signal });
        const overAtMs = now();
        await sleep(sizes.afterMs, undefined, { signal });
        return { struckAtMs, overAtMs, faults, lone };
      } finally {
        enough.abort();
      }
    };
    const [struck] = await Promise.all([striking(), ...lanes]);
    const endedAtMs = now();
    const names = runningOf(cluster).map(({ name }) => name);
    const all = struck.lone === undefined ? registers : [...registers, struck.lone];
    await readEverything(cluster, all, names);
    return { strike, victim, beganAtMs, endedAtMs, requests, registers, ...struck };
  } finally {
    await anyone.close();
  }
}

interface Asking extends FailurePhaseOptions {
  readonly requests: TimedRequest[];
  readonly anyone: ClusterClient;
}

/** The reads and writes of one mode, each key in its turn. */
async function runLane(registers: RecordedRegisters, asking: Asking): Promise<void> {
  const { number: phase, sizes, requests, anyone, now, signal } = asking;
  const random = asking.random.fork();
  const clients = registers.clients();
  const fromMs = now();
  const loop = (op: 'read' | 'write', perSecond: number) => {
    const untilMs = fromMs + PHASE_MS_MAX;
    return runOpenLoop({
      timesMs: evenTimes(perSecond, { fromMs, untilMs, phase: random.float() }),
      now,
      signal,
      send: async (atMs, number) => {
        const key = `phase-${phase}-${number % sizes.keys}`;
        const told = await clients[op](key, { where: {}, access: anyone });
        const elapsedMs = now() - atMs;
        requests.push({ mode: registers.mode.name, side: 'all', op, atMs, elapsedMs, ...told });
      },
    });
  };
  await Promise.all([loop('read', sizes.readsPerS), loop('write', sizes.writesPerS)]);
}

function runningOf(cluster: LocalCluster) {
  return cluster.nodes.filter(({ isRunning }) => isRunning);
}

function urlsOf(cluster: LocalCluster): readonly string[] {
  return runningOf(cluster).map(({ url }) => url);
}
