/** The scenario of a seed. */

import type { NodeId } from '../../../src/kernel/names.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';
import { drawConfiguration } from './draw-configuration.ts';
import { drawOperations, replicasOf } from './draw-operations.ts';
import {
  DEATHS,
  type Nemesis,
  PARTITIONS,
  PROCESS_FAULTS,
  RING_CHANGES,
  SURROUNDINGS,
} from './nemeses.ts';
import type { Configuration, Fault, PlannedFault, Scenario } from './scenario.ts';

/** How fast a run goes; in a slow one nodes are held dead, and moves have time to be carried out. */
interface Tempo {
  readonly pauseMs: number;
  readonly horizonMs: number;
  readonly faultMs: number;
}

const QUICK: Tempo = { pauseMs: 40, horizonMs: 900, faultMs: 500 };
const SLOW: Tempo = { pauseMs: 300, horizonMs: 5_000, faultMs: 3_000 };
const SLOW_CHANCE = 0.08;
const STRIKES_MAX = 7;
/** Each run meets only some of the kinds, but meets those often (Groce and others, 2012). */
const KIND_CHANCE = 0.35;
const LOSS_CHANCE = 0.25;

export function drawScenario(seed: number): Scenario {
  const random = new SeededRandom(seed);
  const configuration = drawConfiguration(random.fork());
  const isSlow = configuration.ring !== 'fixed' ? random.chance(0.5) : random.chance(SLOW_CHANCE);
  const tempo = isSlow ? SLOW : QUICK;
  return {
    seed,
    configuration,
    operations: drawOperations(random.fork(), configuration, tempo.pauseMs),
    faults: drawFaults(random.fork(), configuration, tempo),
  };
}

export function nodeNames({ nodes }: Pick<Configuration, 'nodes'>): readonly NodeId[] {
  return Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
}

function drawFaults(
  random: SeededRandom,
  configuration: Configuration,
  tempo: Tempo,
): readonly PlannedFault[] {
  const kinds = kindsFor(random, configuration);
  const moves = configuration.ring !== 'fixed';
  const world = { random, nodes: nodeNames(configuration), moves };
  const strikes = 1 + random.below(moves ? STRIKES_MAX + 3 : STRIKES_MAX);
  const drawn = Array.from({ length: strikes }, () => {
    const [nemesis, strike] = random.pick(kinds);
    const beginsMs = random.float() * tempo.horizonMs;
    const lastsMs = random.float() ** 2 * tempo.faultMs;
    return strike(world, lastsMs).map(({ afterMs, forMs, fault }) => {
      const atMs = beginsMs + afterMs;
      return { nemesis, atMs, untilMs: forMs === null ? null : atMs + forMs, fault };
    });
  });
  const all = [...drawn.flat(), ...drawLoss(random, configuration, tempo)];
  return all.sort((a, b) => a.atMs - b.atMs).map((fault, id) => ({ id, ...fault }));
}

function kindsFor(
  random: SeededRandom,
  { ring, nodes }: Configuration,
): readonly (readonly [string, Nemesis])[] {
  const usual = Object.entries({ ...PARTITIONS, ...PROCESS_FAULTS, ...SURROUNDINGS });
  const possible = usual.filter(([name]) => nodes > 1 || Object.hasOwn(PROCESS_FAULTS, name));
  const chosen = possible.filter(() => random.chance(KIND_CHANCE));
  const changes = Object.entries({ ...RING_CHANGES, ...(ring === 'deaths' ? DEATHS : {}) });
  const ofRing = ring === 'fixed' ? [] : [...changes, ...changes];
  const kinds = [...chosen, ...ofRing];
  return kinds.length > 0 ? kinds : possible;
}

/**
 * At most one disk loses something, and never one of a register's acceptors: a register is lost
 * with what one of them forgets.
 */
function drawLoss(
  random: SeededRandom,
  configuration: Configuration,
  { horizonMs }: Tempo,
): readonly Omit<PlannedFault, 'id'>[] {
  const { ring, buckets, compareEveryMs } = configuration;
  const safe = ring === 'fixed' && compareEveryMs !== 'never';
  if (!safe || buckets.some(({ mode }) => mode === 'paxos')) return [];
  if (!random.chance(LOSS_CHANCE)) return [];
  const victim = random.pick(nodeNames(configuration));
  const damaged = buckets
    .filter((bucket) => bucket.mode === 'dynamo' && replicasOf(bucket, configuration) > 1)
    .flatMap(({ keys }) => keys.map(({ key }) => key));
  const fault: Fault =
    damaged.length > 0 && random.chance(0.6)
      ? { type: 'damage', victim, key: random.pick(damaged) }
      : { type: 'wipe', victim };
  const atMs = random.float() * horizonMs;
  return [{ nemesis: fault.type, atMs, untilMs: atMs + 50, fault }];
}
