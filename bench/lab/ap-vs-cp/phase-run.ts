/**
 * One subject in one phase: clients of each side ask one thing after the other, before
 * something goes wrong, while it does, and after it was mended.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../../cluster/wait-for.ts';
import type { FaultWindow } from '../../../src/checkers/history.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { ALONE, type KeyAccess, type Place } from '../../workloads/workload.ts';
import type { TimedRequest } from '../availability.ts';
import { RecordedRegisters } from '../recorded-registers.ts';
import type { Phase, Side } from './phases.ts';
import type { Subject } from './subject.ts';

export interface PhaseSizes {
  readonly beforeMs: number;
  readonly faultMs: number;
  readonly afterMs: number;
  /** On each side, one request at a time. */
  readonly clients: number;
  /** From an answer to the next request: what can be done is shared by all who are measured. */
  readonly pauseMs: number;
  readonly keys: number;
}

export interface PhaseRun {
  readonly phase: Phase;
  readonly subject: Subject;
  readonly registers: RecordedRegisters;
  readonly requests: readonly TimedRequest[];
  /** Milliseconds since the first request: it held from here to there. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly endedAtMs: number;
  readonly faults: readonly FaultWindow[];
  /** From when everything was mended until every node shows every key alike. */
  readonly convergedMs: number;
}

export interface PhaseRunOptions {
  readonly sizes: PhaseSizes;
  readonly random: SeededRandom;
  readonly signal: AbortSignal;
  /** Begins the names of its keys. */
  readonly prefix: string;
}

const WRITES_SHARE = 0.35;
const TIMEOUT_MS = 1_000;
/** After a request that failed. */
const BACK_OFF_MS = 50;
const CONVERGED_MS_MAX = 60_000;
const POLL_MS = 50;

export async function runPhase(
  subject: Subject,
  phase: Phase,
  { sizes, random, signal, prefix }: PhaseRunOptions,
): Promise<PhaseRun> {
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const [larger] = phase.sides as readonly [Side];
  const keys = await subject.keys(prefix, sizes.keys, larger.nodes);
  const registers = new RecordedRegisters({ mode: subject.mode, now, timeoutMs: TIMEOUT_MS });
  const requests: TimedRequest[] = [];
  const over = new AbortController();
  const asking = phase.sides.flatMap((side) => {
    const clients = registers.clients();
    return Array.from({ length: sizes.clients }, () => {
      const client = { subject, side, clients, keys, requests, now };
      return runClient(client, sizes.pauseMs, random.fork(), over.signal);
    });
  });
  try {
    await sleep(sizes.beforeMs, undefined, { signal });
    const begunMs = now();
    await phase.begin();
    const fromMs = now();
    await sleep(sizes.faultMs, undefined, { signal });
    const untilMs = now();
    await subject.mend();
    const mendedMs = now();
    await sleep(sizes.afterMs, undefined, { signal });
    const endedAtMs = now();
    over.abort();
    await Promise.all(asking);
    const convergedMs = await untilConverged(subject, registers, now, mendedMs);
    const fault = { fault: phase.fault, from: begunMs, until: mendedMs };
    const faults = phase.name === 'healthy' ? [] : [fault];
    return { phase, subject, registers, requests, fromMs, untilMs, endedAtMs, faults, convergedMs };
  } finally {
    over.abort();
    await Promise.allSettled(asking);
  }
}

interface Asking {
  readonly subject: Subject;
  readonly side: Side;
  readonly clients: ReturnType<RecordedRegisters['clients']>;
  readonly keys: readonly string[];
  readonly requests: TimedRequest[];
  readonly now: () => number;
}

async function runClient(
  { subject, side, clients, keys, requests, now }: Asking,
  pauseMs: number,
  random: SeededRandom,
  over: AbortSignal,
): Promise<void> {
  const places = subject.places.filter(({ name }) => side.nodes.includes(name));
  while (!over.aborted) {
    const { name, client } = random.pick(places);
    const op = random.chance(WRITES_SHARE) ? 'write' : 'read';
    const atMs = now();
    const told = await clients[op](random.pick(keys), { where: { at: name }, access: client });
    const elapsedMs = now() - atMs;
    requests.push({ mode: subject.title, side: side.name, op, atMs, elapsedMs, ...told });
    const waitMs = told.outcome === 'ok' ? 2 * pauseMs * random.float() : BACK_OFF_MS;
    await sleep(waitMs, undefined, { signal: over }).catch(() => {});
  }
}

/** Since `mendedMs`; then every key is read finally at every node. */
async function untilConverged(
  subject: Subject,
  registers: RecordedRegisters,
  now: () => number,
  mendedMs: number,
): Promise<number> {
  const keys = [...registers.keys];
  await waitFor(
    `${subject.title} to show every key alike at every node`,
    CONVERGED_MS_MAX,
    async () => {
      const alike = await Promise.all(keys.map((key) => isAlike(subject, registers, key)));
      return alike.every(Boolean);
    },
    POLL_MS,
  );
  const convergedMs = now() - mendedMs;
  const [first] = subject.places as readonly [Place<KeyAccess>];
  await untilAnswered(keys, (key) => registers.settle(key, first));
  for (const place of subject.places) {
    await untilAnswered(keys, (key) => registers.readAtEnd(key, place));
  }
  return convergedMs;
}

async function untilAnswered(
  keys: readonly string[],
  ask: (key: string) => Promise<boolean>,
): Promise<void> {
  await Promise.all(keys.map((key) => waitFor(key, CONVERGED_MS_MAX, () => ask(key))));
}

async function isAlike(
  { places, mode }: Subject,
  registers: RecordedRegisters,
  key: string,
): Promise<boolean> {
  const options = registers.keepsSiblings ? ALONE : registers.readOptions;
  const shown = await Promise.all(
    places.map(async ({ client }: Place<KeyAccess>) => {
      const { values } = await client.get(mode.bucket, key, options);
      return values
        .map(({ value }) => Buffer.from(value).toString())
        .sort()
        .join(' ');
    }),
  );
  return new Set(shown).size === 1;
}
