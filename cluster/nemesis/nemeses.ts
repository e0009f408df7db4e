/**
 * Nemeses by name. Each is a function of chance, the names of the nodes and a few numbers, and
 * gives a schedule: the same seed gives the same one for ever.
 *
 * A nemesis strikes, lets go, waits and strikes again. All its faults have ended when its time
 * is over. Where there are too few nodes for what it does, it does nothing.
 */

import type { Delay } from '../../src/kernel/delay.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import type { SeededRandom } from '../../src/sim/seeded-random.ts';
import type { Fault, Schedule, ScheduledFault } from './fault.ts';
import { bridge, oneWay, partition, ringOfMajorities } from './partitions.ts';

export interface NemesisOptions {
  readonly durationMs: number;
  /** How long a fault lasts, and how long there is none after it: from half to one and a half. */
  readonly faultMs: number;
  readonly calmMs: number;
}

export type Nemesis = (
  random: SeededRandom,
  nodes: readonly NodeId[],
  options: NemesisOptions,
) => Schedule;

/** What is common in the laboratory of others: ten seconds of a fault, ten without. */
export const DEFAULT_PACE = { faultMs: 10_000, calmMs: 10_000 };

/** One fault of its kind; undefined where there are too few nodes for it. */
type Strike = (random: SeededRandom, nodes: readonly NodeId[]) => Fault | undefined;

const strikes = {
  'partition-one': (random, nodes) => splitAt(1, random, nodes),
  'partition-halves': (random, nodes) => {
    const less = Math.floor(nodes.length / 2);
    return splitAt(random.chance(0.5) ? less : nodes.length - less, random, nodes);
  },
  'partition-majority-minority': (random, nodes) => {
    const most = minorityOf(nodes);
    return most === 0 ? undefined : splitAt(1 + random.below(most), random, nodes);
  },
  'partition-ring-of-majorities': (random, nodes) => ringOfMajorities(shuffled(random, nodes)),
  'partition-bridge': (random, nodes) => {
    const [one, ...others] = shuffled(random, nodes);
    if (one === undefined || others.length < 2) return undefined;
    const half = Math.floor(others.length / 2);
    return bridge(one, others.slice(0, half), others.slice(half));
  },
  'partition-one-way': (random, nodes) => {
    if (nodes.length < 2) return undefined;
    const order = shuffled(random, nodes);
    const size = 1 + random.below(nodes.length - 1);
    return oneWay(order.slice(0, size), order.slice(size));
  },
  'kill-one': (random, nodes) => ({ type: 'kill', nodes: some(random, nodes, 1) }),
  'kill-minority': (random, nodes) => {
    const most = minorityOf(nodes);
    return most === 0 ? undefined : { type: 'kill', nodes: some(random, nodes, most) };
  },
  'kill-all': (_, nodes) => ({ type: 'kill', nodes }),
  pause: (random, nodes) => ({ type: 'pause', nodes: anyOf(random, nodes) }),
  'clock-skew': (random, nodes) => ({
    type: 'clock-skew',
    nodes: anyOf(random, nodes),
    // From 4 ms to over four minutes, small ones as often as large ones.
    offsetMs: Math.round((random.chance(0.5) ? 1 : -1) * 2 ** (2 + 16 * random.float())),
  }),
  'slow-disk': (random, nodes) => ({
    type: 'slow-disk',
    nodes: anyOf(random, nodes),
    delay: random.pick(SLOW_DISKS),
  }),
  'disk-full': (random, nodes) => ({ type: 'disk-full', nodes: some(random, nodes, 1) }),
  'join-leave': () => ({ type: 'join' }),
} as const satisfies Record<string, Strike>;

const SLOW_DISKS: readonly Delay[] = [
  { distribution: 'constant', ms: 50 },
  { distribution: 'uniform', minMs: 5, maxMs: 200 },
  { distribution: 'exponential', meanMs: 100 },
];

/** What a nemesis does in one turn. */
type Episode = (
  random: SeededRandom,
  nodes: readonly NodeId[],
  atMs: number,
  until: number,
) => Schedule;

type SingleName = keyof typeof strikes | 'flapping';
export type NemesisName = SingleName | 'random-mixture';

const singleNames = [...Object.keys(strikes), 'flapping'] as readonly SingleName[];

/** Faults of a mixture that go on at the same time, at most. */
const MIXED_AT_ONCE = 2;

export const nemeses: Readonly<Record<NemesisName, Nemesis>> = {
  ...(Object.fromEntries(singleNames.map((name) => [name, inTurns(episodeOf(name))])) as Readonly<
    Record<SingleName, Nemesis>
  >),
  'random-mixture': (random, nodes, options) => {
    const chosen = singleNames.filter(() => random.chance(0.5));
    return mixtureOf(chosen.length === 0 ? singleNames : chosen)(random, nodes, options);
  },
};

/**
 * Faults of several kinds, one after another and overlapping. `random-mixture` draws the kinds
 * of a run first, so that each run meets few of them, but those often: what takes several
 * faults of one kind would drown among all others (Groce and others, "Swarm Testing", 2012).
 */
export function mixtureOf(names: readonly SingleName[]): Nemesis {
  const episode: Episode = (random, ...turn) => episodeOf(random.pick(names))(random, ...turn);
  return (random, nodes, options) =>
    Array.from({ length: MIXED_AT_ONCE }, () => inTurns(episode)(random.fork(), nodes, options))
      .flat()
      .sort((a, b) => a.atMs - b.atMs);
}

function episodeOf(name: SingleName): Episode {
  if (name === 'flapping') return flapping;
  return (random, nodes, atMs, until) => {
    const fault = strikes[name](random, nodes);
    return fault === undefined ? [] : [{ fault, atMs, until }];
  };
}

/** One episode, calm, another one, and so on. */
function inTurns(episode: Episode): Nemesis {
  return (random, nodes, { durationMs, faultMs, calmMs }) => {
    const schedule: ScheduledFault[] = [];
    let atMs = about(random, calmMs);
    let until = atMs + about(random, faultMs);
    while (until <= durationMs) {
      schedule.push(...episode(random, nodes, atMs, until));
      atMs = until + about(random, calmMs);
      until = atMs + about(random, faultMs);
    }
    return schedule;
  };
}

const FLAP_MS_MIN = 50;
const FLAP_MS_MAX = 1_500;

/** Cut off and back again, too briefly for the others to make up their minds. */
function flapping(
  random: SeededRandom,
  nodes: readonly NodeId[],
  atMs: number,
  until: number,
): Schedule {
  const fault = strikes['partition-one'](random, nodes);
  if (fault === undefined) return [];
  const flap = () => FLAP_MS_MIN + random.below(FLAP_MS_MAX - FLAP_MS_MIN);
  const flaps: ScheduledFault[] = [];
  for (let at = atMs; at < until; ) {
    const end = Math.min(until, at + flap());
    flaps.push({ fault, atMs: at, until: end });
    at = end + flap();
  }
  return flaps;
}

function about(random: SeededRandom, ms: number): number {
  return Math.round(ms * (0.5 + random.float()));
}

function splitAt(size: number, random: SeededRandom, nodes: readonly NodeId[]): Fault | undefined {
  if (nodes.length < 2) return undefined;
  const order = shuffled(random, nodes);
  return partition(order.slice(0, size), order.slice(size));
}

/** As many as may fail where a majority has to stay. */
function minorityOf(nodes: readonly NodeId[]): number {
  return Math.floor((nodes.length - 1) / 2);
}

function anyOf(random: SeededRandom, nodes: readonly NodeId[]): readonly NodeId[] {
  return some(random, nodes, 1 + random.below(nodes.length));
}

function some(random: SeededRandom, nodes: readonly NodeId[], count: number): readonly NodeId[] {
  return shuffled(random, nodes).slice(0, count).sort();
}

/** Fisher and Yates. */
function shuffled(random: SeededRandom, nodes: readonly NodeId[]): readonly NodeId[] {
  const order = [...nodes];
  for (let i = order.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    [order[i], order[other]] = [order[other] as NodeId, order[i] as NodeId];
  }
  return order;
}
