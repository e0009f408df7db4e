/**
 * What can befall a cluster, by name: each a pure function of chance and of the nodes there are,
 * to faults with their times.
 */

import type { NodeId } from '../../../src/kernel/names.ts';
import type { SeededRandom } from '../../../src/sim/seeded-random.ts';
import type { LinkFaults } from '../../../src/sim/sim-network.ts';
import { type DiskTiming, QUICK_DISK } from '../../../src/sim/sim-store.ts';
import type { Fault, Victim } from './scenario.ts';

export interface NemesisWorld {
  readonly random: SeededRandom;
  /** Those that the cluster is formed with. */
  readonly nodes: readonly NodeId[];
  /** Partitions move, so that there are givers and takers. */
  readonly moves: boolean;
}

/** Milliseconds after the nemesis begins. */
export interface Strike {
  readonly afterMs: number;
  readonly forMs: number | null;
  readonly fault: Fault;
}

export type Nemesis = (world: NemesisWorld, forMs: number) => readonly Strike[];

/** So slow that a power loss finds much that is not flushed. */
export const DISK_TIMINGS: readonly DiskTiming[] = [
  QUICK_DISK,
  { commitMsMax: 20, flushMsMax: 100 },
  { commitMsMax: 5, flushMsMax: 400 },
];

const BAD_LINKS: readonly LinkFaults[] = [
  { delayMsMin: 0.1, delayMsMax: 50, drop: 0.1, duplicate: 0.1, cut: false },
  { delayMsMin: 0.1, delayMsMax: 5, drop: 0.3, duplicate: 0, cut: false },
  { delayMsMin: 0.1, delayMsMax: 250, drop: 0, duplicate: 0.3, cut: false },
];

const FLAPS = 4;

export const PARTITIONS: Readonly<Record<string, Nemesis>> = {
  'partition-one': (world, forMs) => [
    once(forMs, { type: 'cut', from: [victimOf(world)], to: 'others', bothWays: true }),
  ],
  'partition-halves': (world, forMs) => {
    const nodes = shuffled(world);
    return apart(nodes.slice(0, nodes.length / 2), nodes.slice(nodes.length / 2), forMs);
  },
  'partition-majority-minority': (world, forMs) => {
    const nodes = shuffled(world);
    const minority = 1 + world.random.below(Math.max(1, Math.floor((nodes.length - 1) / 2)));
    return apart(nodes.slice(0, minority), nodes.slice(minority), forMs);
  },
  'partition-ring-of-majorities': (world, forMs) => {
    const nodes = shuffled(world);
    const reach = Math.ceil(Math.floor(nodes.length / 2) / 2);
    return nodes.flatMap((node, i) => {
      const distance = (j: number) => Math.min(Math.abs(i - j), nodes.length - Math.abs(i - j));
      return cutOneWay(
        [node],
        nodes.filter((_, j) => distance(j) > reach),
        forMs,
      );
    });
  },
  'partition-bridge': (world, forMs) => {
    const [, ...nodes] = shuffled(world);
    return apart(nodes.slice(0, nodes.length / 2), nodes.slice(nodes.length / 2), forMs);
  },
  'partition-one-way': (world, forMs) => {
    const victim = world.random.pick(world.nodes);
    const others = world.nodes.filter((node) => node !== victim);
    return world.random.chance(0.5)
      ? cutOneWay([victim], others, forMs)
      : cutOneWay(others, [victim], forMs);
  },
  flapping: (world, forMs) => {
    const victim = world.random.pick(world.nodes);
    const others = world.nodes.filter((node) => node !== victim);
    return Array.from({ length: FLAPS }, (_, i) => (i * forMs) / FLAPS).flatMap((afterMs) =>
      apart([victim], others, forMs / FLAPS / 2).map((strike) => ({ ...strike, afterMs })),
    );
  },
};

export const PROCESS_FAULTS: Readonly<Record<string, Nemesis>> = {
  'kill-one': (world, forMs) => [once(forMs, { type: 'kill', victims: [victimOf(world)] })],
  'kill-minority': (world, forMs) => {
    const count = 1 + world.random.below(Math.max(1, Math.floor((world.nodes.length - 1) / 2)));
    return [once(forMs, { type: 'kill', victims: shuffled(world).slice(0, count) })];
  },
  'kill-all': (world, forMs) => [once(forMs / 2, { type: 'power-loss', victims: world.nodes })],
  'power-loss': (world, forMs) => [once(forMs, { type: 'power-loss', victims: [victimOf(world)] })],
  pause: (world, forMs) => [once(forMs, { type: 'pause', victims: [victimOf(world)] })],
  'power-dip': (world) => [once(0, { type: 'power-loss', victims: [victimOf(world)] })],
  'restart-one': (world, forMs) => [
    once(forMs / 2, { type: 'stop', victims: [world.random.pick(world.nodes)] }),
  ],
  'clock-skew': (world) => [
    once(null, { type: 'clock', victim: world.random.pick(world.nodes), skew: skewOf(world) }),
  ],
};

export const SURROUNDINGS: Readonly<Record<string, Nemesis>> = {
  'bad-links': ({ random }, forMs) => [
    once(forMs, { type: 'links', links: random.pick(BAD_LINKS) }),
  ],
  'slow-disk': (world, forMs) => {
    const { random } = world;
    const timing = random.pick(DISK_TIMINGS.slice(1));
    return [once(forMs, { type: 'disk', victim: victimOf(world), timing })];
  },
  'disk-full': (world, forMs) => [
    once(forMs, { type: 'full-disk', victims: [world.random.pick(world.nodes)] }),
  ],
};

/** Nobody leaves for good. */
export const RING_CHANGES: Readonly<Record<string, Nemesis>> = {
  join: () => [once(null, { type: 'join' })],
  leave: ({ random, nodes }) => [once(null, { type: 'leave', victim: random.pick(nodes) })],
  weight: ({ random, nodes }) => [
    once(null, { type: 'weight', victim: random.pick(nodes), weight: 1 + random.below(3) }),
  ],
  'replication-factor': ({ random }) => [
    once(null, { type: 'replication-factor', factor: random.below(2) }),
  ],
  abort: () => [once(null, { type: 'abort' })],
};

export const DEATHS: Readonly<Record<string, Nemesis>> = {
  replace: ({ random, nodes }) => [once(null, { type: 'replace', victim: random.pick(nodes) })],
  remove: ({ random, nodes }) => [once(null, { type: 'remove', victim: random.pick(nodes) })],
};

export function skewOf({ random }: Pick<NemesisWorld, 'random'>) {
  return { offsetMs: random.below(60_000) - 30_000, rate: 0.9 + random.float() * 0.2 };
}

/** Who leads, or is part of a move, is worth more than others. */
function victimOf({ random, nodes, moves }: NemesisWorld): Victim {
  if (moves && random.chance(0.4)) return random.pick(['giver', 'taker'] as const);
  return random.chance(0.25) ? 'leader' : random.pick(nodes);
}

function once(forMs: number | null, fault: Fault): Strike {
  return { afterMs: 0, forMs, fault };
}

function apart(a: readonly NodeId[], b: readonly NodeId[], forMs: number): readonly Strike[] {
  return cut(a, b, forMs, true);
}

function cutOneWay(from: readonly NodeId[], to: readonly NodeId[], forMs: number) {
  return cut(from, to, forMs, false);
}

function cut(
  from: readonly NodeId[],
  to: readonly NodeId[],
  forMs: number,
  bothWays: boolean,
): readonly Strike[] {
  if (from.length === 0 || to.length === 0) return [];
  return [once(forMs, { type: 'cut', from, to, bothWays })];
}

function shuffled({ random, nodes }: NemesisWorld): readonly NodeId[] {
  const order = nodes.map((node) => ({ node, at: random.float() }));
  return order.sort((a, b) => a.at - b.at).map(({ node }) => node);
}
