/** A cluster at random: its size, its buckets of every mode, and how it goes about its work. */

import { GUARANTEES } from '../../../src/node/index.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { TRUE_TIME } from '../../../src/sim/sim-clock.ts';
import { QUICK_DISK } from '../../../src/sim/sim-store.ts';
import { DISK_TIMINGS, skewOf } from './nemeses.ts';
import type { BucketPlan, Configuration, KeyPlan, KeyRole } from './scenario.ts';

/** How often each size is drawn. */
const SIZES = [1, 2, 3, 3, 3, 3, 4, 4, 5, 5, 5, 6, 7, 8, 9];
const FACTORS = [1, 2, 3, 3, 3, 3, 4, 5];
/** Small enough that one node alone does not keep what another misses in a run. */
const FEW_HINT_BYTES = 300;
const HINT_BYTES = 64 * 1024 * 1024;

export function drawConfiguration(random: SeededRandom): Configuration {
  const ring = drawRing(random);
  const factor = ring === 'fixed' ? random.pick(FACTORS) : 2 + random.below(2);
  const nodes = ring === 'fixed' ? random.pick(SIZES) : Math.max(3, factor) + random.below(3);
  const nMin = ring === 'deaths' ? 2 : 1;
  const buckets = drawBuckets(random, factor, nMin);
  const reaps = random.chance(0.6);
  return {
    nodes,
    replicationFactor: factor,
    partitions: random.pick([1, 2, 4]),
    buckets: ring === 'fixed' ? buckets : buckets.map(withoutBlindDeletes),
    clocks: drawEach(random, nodes, 0.3, () => skewOf({ random }), TRUE_TIME),
    disks: drawEach(random, nodes, 0.3, () => random.pick(DISK_TIMINGS), QUICK_DISK),
    compareEveryMs: random.chance(0.8) ? random.pick([100, 300]) : 'never',
    reapEveryMs: reaps ? random.pick([100, 300]) : 'never',
    hintBytesMax: random.chance(0.15) ? FEW_HINT_BYTES : HINT_BYTES,
    snapshotEntries: random.chance(0.4) ? 10 : null,
    ring,
  };
}

function drawRing(random: SeededRandom): Configuration['ring'] {
  const roll = random.float();
  if (roll < 0.82) return 'fixed';
  return roll < 0.92 ? 'moves' : 'deaths';
}

/** Of each mode at most two, of all of them together at least one. */
function drawBuckets(random: SeededRandom, factor: number, nMin: number): readonly BucketPlan[] {
  const n = () => nMin + random.below(factor - nMin + 1);
  const dynamo = random.chance(0.75)
    ? [plainBucket('test', factor), plainBucket('other', n())]
    : [];
  const visited = random.chance(0.3) ? [visitedBucket(random, n())] : [];
  const paxos = random.chance(0.4) ? [registers('paxos', random.chance(0.6) ? factor : n())] : [];
  const raft = random.chance(0.3) ? [registers('raft', 1)] : [];
  const drawn = [...dynamo.slice(0, 1 + random.below(2)), ...visited, ...paxos, ...raft];
  return drawn.length > 0 ? drawn : [plainBucket('test', factor)];
}

/** Few keys, so that operations meet; no two buckets have one of the same name. */
function plainBucket(name: string, n: number): BucketPlan {
  const keys = [keyOf(`${name} a`, 'register'), keyOf(`${name} b`, 'register')];
  const others = [keyOf(`${name} blind`, 'blind'), keyOf(`${name} set`, 'set')];
  return { name, mode: 'dynamo', n, keys: [...keys, ...others], guarantee: undefined };
}

function visitedBucket(random: SeededRandom, n: number): BucketPlan {
  const keys = ['u', 'v', 'w'].map((key) => keyOf(key, 'register'));
  return { name: 'visits', mode: 'dynamo', n, keys, guarantee: random.pick(GUARANTEES) };
}

function registers(mode: 'paxos' | 'raft', n: number): BucketPlan {
  const keys = [keyOf('a', 'register'), keyOf('b', 'register')];
  const others = [keyOf('count', 'counter'), keyOf('log', 'log')];
  return { name: mode, mode, n, keys: [...keys, ...others], guarantee: undefined };
}

function keyOf(key: string, role: KeyRole): KeyPlan {
  return { key, role };
}

/** What one read of a majority found says little while there are two lists of replicas. */
function withoutBlindDeletes(bucket: BucketPlan): BucketPlan {
  return { ...bucket, keys: bucket.keys.filter(({ role }) => role !== 'blind') };
}

function drawEach<Item>(
  random: SeededRandom,
  nodes: number,
  chance: number,
  draw: () => Item,
  usual: Item,
): readonly Item[] {
  const isUnusual = random.chance(chance);
  return Array.from({ length: nodes }, () => (isUnusual && random.chance(0.6) ? draw() : usual));
}
