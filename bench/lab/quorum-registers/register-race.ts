/**
 * One register, one writer and several readers that hop from node to node, recorded.
 *
 * The writer always asks the node whose messages are late, and replaces its own last value with
 * its context, so that a bucket of siblings holds one value at a time. Each reader asks the
 * writer's node and then another one: where the first answer is new and the second old, no
 * order of the operations explains both.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import type { Facts, FaultWindow, History } from '../../../src/checkers/history.ts';
import { Recorder } from '../../../src/checkers/recorder.ts';
import type { GetAnswer } from '../../../src/client/answers.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { textsOf } from '../../workloads/values-found.ts';
import type { Mode } from '../modes.ts';
import { recorded } from '../recorded-request.ts';

export interface Race {
  readonly cluster: LocalCluster;
  readonly mode: Pick<Mode, 'bucket' | 'read' | 'write'>;
  readonly key: string;
  readonly random: SeededRandom;
  readonly durationMs: number;
  readonly facts: Facts;
  /** The whole time. */
  readonly fault: string;
  readonly signal: AbortSignal;
}

/** The node that the writer asks. */
export const WRITERS_NODE = 'n1';
export const READERS = 4;
const OTHERS = ['n2', 'n3'] as const;

const WRITER = 0;
const TIMEOUT_MS = 10_000;
/** From the end of one write to the beginning of the next, at most. */
const WRITE_PAUSE_MS = 20;
/** From one pair of reads to the next, at most. */
const READ_PAUSE_MS = 8;

/** Resolves when every client has its last answer. */
export async function raceFor(race: Race): Promise<History> {
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const running: RunningRace = {
    ...race,
    recorder: new Recorder(now),
    isOver: () => now() >= race.durationMs || race.signal.aborted,
  };
  const readers = Array.from({ length: READERS }, (_, i) => {
    return readOn(running, WRITER + 1 + i, race.random.fork());
  });
  await Promise.all([writeOn(running, race.random.fork()), ...readers]);
  race.signal.throwIfAborted();
  const fault: FaultWindow = { fault: race.fault, from: 0, until: now(), nodes: [WRITERS_NODE] };
  return { facts: race.facts, operations: running.recorder.operations, faults: [fault] };
}

interface RunningRace extends Race {
  readonly recorder: Recorder;
  readonly isOver: () => boolean;
}

/** A write in doubt is the last one: whatever replaced it would have to have seen it. */
async function writeOn(race: RunningRace, random: SeededRandom): Promise<void> {
  const { cluster, mode, key, recorder, isOver } = race;
  const client = cluster.client(WRITERS_NODE);
  let context: string | undefined;
  for (let number = 1; !isOver(); number++) {
    const value = String(number);
    const options = { ...mode.write, context, timeout: TIMEOUT_MS };
    const made = await recorded(
      recorder,
      { process: WRITER, key, op: 'write', value, at: WRITERS_NODE },
      () => client.put(mode.bucket, key, value, options),
      () => ({}),
    );
    if (made === undefined) return;
    context = made.context === '' ? undefined : made.context;
    await sleep(random.float() * WRITE_PAUSE_MS);
  }
}

async function readOn(race: RunningRace, process: number, random: SeededRandom): Promise<void> {
  while (!race.isOver()) {
    await readAt(WRITERS_NODE, race, process);
    await readAt(random.pick(OTHERS), race, process);
    await sleep(random.float() * READ_PAUSE_MS);
  }
}

async function readAt(
  at: string,
  { cluster, mode, key, recorder }: RunningRace,
  process: number,
): Promise<void> {
  const options = { ...mode.read, timeout: TIMEOUT_MS };
  await recorded(
    recorder,
    { process, key, op: 'read', at },
    () => cluster.client(at).get(mode.bucket, key, options),
    (answer) => ({ output: outputOf(answer) }),
  );
}

/** A register has one value or none; what shows several is none, and the checker says so. */
function outputOf(answer: GetAnswer) {
  const values = textsOf(answer);
  return values.length > 1 ? { values } : { value: values[0] ?? null };
}
