/** What the clients of a scenario ask, one after the other, at random. */

import type { ReadRepairMode } from '../../../src/node/index.ts';
import { majority } from '../../../src/ring/levels.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type {
  BucketPlan,
  ConditionPlan,
  Configuration,
  Deed,
  KeyPlan,
  KeyRole,
  PlannedOperation,
  ReadLevels,
  WriteLevels,
} from './scenario.ts';

const CLIENTS_MIN = 2;
const CLIENTS_MAX = 4;
const OPERATIONS_MIN = 10;
const OPERATIONS_MAX = 24;
const TIMEOUTS_MS = [100, 500, 1_500];
const CONDITIONS: readonly ConditionPlan[] = [
  'none',
  'none',
  'latest',
  'latest',
  'older',
  'absent',
];
const ATTEMPTS_MAX = 4;

/** How a whole run is, so that some do much of what others do nothing of. */
interface Habits {
  readonly configuration: Configuration;
  readonly pauseMs: number;
  readonly sloppyChance: number;
  readonly onlyQuorums: boolean;
  readonly repairs: readonly ReadRepairMode[];
  readonly deleteChance: number;
}

/** @param pauseMs the longest that clients pause between two operations */
export function drawOperations(
  random: SeededRandom,
  configuration: Configuration,
  pauseMs: number,
): readonly PlannedOperation[] {
  const habits: Habits = {
    configuration,
    pauseMs,
    sloppyChance: configuration.ring === 'deaths' ? 0 : random.pick([0, 0.7, 1]),
    onlyQuorums: configuration.ring === 'deaths',
    repairs: random.chance(0.4) ? ['off'] : ['async', 'blocking', 'off'],
    deleteChance: random.pick([0.1, 0.3]),
  };
  const clients = CLIENTS_MIN + random.below(CLIENTS_MAX - CLIENTS_MIN + 1);
  const each = OPERATIONS_MIN + random.below(OPERATIONS_MAX - OPERATIONS_MIN + 1);
  return Array.from({ length: clients * each }, (_, id) => ({
    id,
    client: id % clients,
    ...drawOperation(random, habits),
  }));
}

function drawOperation(
  random: SeededRandom,
  habits: Habits,
): Omit<PlannedOperation, 'id' | 'client'> {
  const { configuration, pauseMs } = habits;
  const bucket = random.pick(configuration.buckets);
  const key = random.pick(bucket.keys);
  return {
    afterMs: random.float() * pauseMs,
    backOffMs: random.float() * pauseMs * 5,
    node: random.float(),
    among: random.chance(0.1) ? 'all' : 'up',
    bucket: bucket.name,
    key: key.key,
    timeoutMs: random.pick(TIMEOUTS_MS),
    deed:
      bucket.mode === 'dynamo' ? drawPlain(random, habits, bucket, key) : drawChange(random, key),
  };
}

function drawPlain(random: SeededRandom, habits: Habits, bucket: BucketPlan, key: KeyPlan): Deed {
  const read = () => drawRead(random, habits, bucket);
  const write = () => drawWrite(random, habits, bucket);
  const joins = random.chance(0.3);
  if (random.chance(0.4)) return { type: 'read', joins, ...read() };
  if (key.role === 'set') return { type: 'add', read: read(), write: write() };
  const mayDelete = bucket.guarantee === undefined || habits.configuration.reapEveryMs === 'never';
  if (mayDelete && random.chance(habits.deleteChance)) {
    const aware = key.role !== 'blind';
    return { type: 'delete', aware, r: drawLevel(random, habits, bucket), ...write() };
  }
  return { type: 'write', aware: random.chance(0.8), joins, ...write() };
}

const CHANGES: Readonly<Record<KeyRole, readonly ('put' | 'remove' | 'increment' | 'append')[]>> = {
  register: ['put', 'put', 'put', 'remove'],
  blind: ['put'],
  set: ['put'],
  counter: ['increment'],
  log: ['append'],
};

function drawChange(random: SeededRandom, { role }: KeyPlan): Deed {
  if (random.chance(0.35)) return { type: 'get' };
  const type = random.pick(CHANGES[role]);
  const attempts = random.chance(0.6) ? 1 + random.below(ATTEMPTS_MAX) : 1;
  if (type === 'increment' || type === 'append') return { type, attempts };
  const condition = random.pick(CONDITIONS);
  // What is not there cannot be deleted, so nobody asks for it on condition that it is not.
  return {
    type,
    attempts,
    condition: type === 'remove' && condition === 'absent' ? 'none' : condition,
  };
}

function drawRead(random: SeededRandom, habits: Habits, bucket: BucketPlan): ReadLevels {
  return {
    r: drawLevel(random, habits, bucket),
    pr: drawOfPrimaries(random, habits, bucket),
    sloppy: random.chance(habits.sloppyChance),
    readRepair: random.pick(habits.repairs),
  };
}

function drawWrite(random: SeededRandom, habits: Habits, bucket: BucketPlan): WriteLevels {
  return {
    w: drawLevel(random, habits, bucket),
    pw: drawOfPrimaries(random, habits, bucket),
    sloppy: random.chance(habits.sloppyChance),
  };
}

/** Replicas that keys of the bucket have. */
export function replicasOf(bucket: BucketPlan, { nodes }: Configuration): number {
  return Math.min(bucket.n, nodes);
}

function drawLevel(random: SeededRandom, habits: Habits, bucket: BucketPlan): number {
  const n = replicasOf(bucket, habits.configuration);
  return habits.onlyQuorums || random.chance(0.5) ? majority(n) : 1 + random.below(n);
}

function drawOfPrimaries(random: SeededRandom, habits: Habits, bucket: BucketPlan): number {
  if (habits.configuration.ring !== 'fixed' || random.chance(0.8)) return 0;
  return drawLevel(random, habits, bucket);
}
