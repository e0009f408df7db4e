/**
 * What is wrong with the links of a cluster, as its nodes tell it, and which tables to give them
 * so that something else is. Each node has the faults of what it sends itself, so whatever is
 * between two nodes is told to both.
 */

import type { Delay } from '../../kernel/delay.ts';
import {
  ALL_OTHERS,
  type DiskFaults,
  type FaultTable,
  isHarmless,
  type LinkFaults,
  NO_FAULTS,
} from '../../kernel/fault-table.ts';

/** By node; one that does not tell is missing. */
export type Tables = ReadonlyMap<string, FaultTable>;

/** Nodes that can talk to each other, if only in one direction. */
export type Side = readonly string[];

/** Which of two nodes is not heard by the other any more. */
export type Cut = 'none' | 'both' | 'first' | 'second';

/** Between two nodes, the same in both directions but for the cut. */
export interface PairFaults {
  /** `first`: what the first one sends is lost. */
  readonly cut: Cut;
  readonly delayMs: number;
  /** A probability. */
  readonly loss: number;
}

export const WELL: PairFaults = { cut: 'none', delayMs: 0, loss: 0 };

export function linkFaults(tables: Tables, from: string, to: string): LinkFaults {
  const { links } = tables.get(from) ?? NO_FAULTS;
  return links[to] ?? links[ALL_OTHERS] ?? {};
}

export function pairFaults(tables: Tables, first: string, second: string): PairFaults {
  const [there, back] = [linkFaults(tables, first, second), linkFaults(tables, second, first)];
  return {
    cut: cutOf(there.cut === true, back.cut === true),
    delayMs: Math.max(delayOf(there), delayOf(back)),
    loss: Math.max(there.loss ?? 0, back.loss ?? 0),
  };
}

function cutOf(first: boolean, second: boolean): Cut {
  if (first) return second ? 'both' : 'first';
  return second ? 'second' : 'none';
}

/** What most messages are held up by, whatever the law. */
function delayOf({ delay }: LinkFaults): number {
  switch (delay?.distribution) {
    case undefined:
      return 0;
    case 'constant':
      return delay.ms;
    case 'uniform':
      return Math.round((delay.minMs + delay.maxMs) / 2);
    case 'exponential':
    case 'normal':
      return Math.round(delay.meanMs);
    case 'lognormal':
      return Math.round(delay.medianMs);
    case 'samples':
      return Math.round(delay.samplesMs[Math.floor(delay.samplesMs.length / 2)] ?? 0);
  }
}

/** Every two of them once. */
export function pairsOf(names: readonly string[]): readonly (readonly [string, string])[] {
  return names.flatMap((first, at) => {
    return names.slice(at + 1).map((second) => [first, second] as const);
  });
}

/**
 * The sides of a cluster that falls apart; one side where it does not. The one that shares most
 * with `before` comes first, then the larger ones: what is looked at does not jump.
 */
export function sidesOf(
  names: readonly string[],
  tables: Tables,
  before: Side = [],
): readonly Side[] {
  const sides: string[][] = [];
  for (const name of names) {
    const joined = sides.filter((side) => {
      return side.some((other) => pairFaults(tables, name, other).cut !== 'both');
    });
    const rest = sides.filter((side) => !joined.includes(side));
    sides.splice(0, sides.length, ...rest, [...joined.flat(), name]);
  }
  const shared = (side: Side) => side.filter((name) => before.includes(name)).length;
  return sides
    .map((side) => names.filter((name) => side.includes(name)))
    .toSorted((a, b) => {
      return (
        shared(b) - shared(a) ||
        b.length - a.length ||
        names.indexOf(a[0] ?? '') - names.indexOf(b[0] ?? '')
      );
    });
}

/** As `sides` are when the node has changed to the other one. */
export function withNodeMoved(sides: readonly Side[], name: string): readonly Side[] {
  const [main = [], other = [], ...more] = sides;
  const without = (side: Side) => side.filter((member) => member !== name);
  const moved = main.includes(name)
    ? [without(main), [...other, name], ...more]
    : [[...main, name], without(other), ...more.map(without)];
  return moved.filter((side) => side.length > 0);
}

/** Nothing passes between the sides, and what was cut within one passes again. */
export function cutInto(tables: Tables, sides: readonly Side[]): Tables {
  const names = sides.flat();
  const sideOf = (name: string) => sides.findIndex((side) => side.includes(name));
  return changed(tables, names, (from, to) => {
    const { cut: _, ...rest } = linkFaults(tables, from, to);
    return sideOf(from) === sideOf(to) ? rest : { ...rest, cut: true };
  });
}

/** The two have these faults between them. */
export function withPair(
  tables: Tables,
  names: readonly string[],
  [first, second]: readonly [string, string],
  { cut, delayMs, loss }: PairFaults,
): Tables {
  const delay: Delay = { distribution: 'constant', ms: delayMs };
  const faults = { ...(delayMs > 0 && { delay }), ...(loss > 0 && { loss }) };
  const isCut = (from: string) => cut === 'both' || cut === (from === first ? 'first' : 'second');
  return changed(tables, names, (from, to) => {
    const isOfPair = [first, second].includes(from) && [first, second].includes(to);
    if (!isOfPair) return linkFaults(tables, from, to);
    return { ...faults, ...(isCut(from) && { cut: true }) };
  });
}

/** All links have these faults, beside their cuts. */
export function withAll(
  tables: Tables,
  names: readonly string[],
  faults: Omit<PairFaults, 'cut'>,
): Tables {
  let after = tables;
  for (const pair of pairsOf(names)) {
    after = withPair(after, names, pair, { ...faults, cut: pairFaults(after, ...pair).cut });
  }
  return after;
}

export function withDisk(tables: Tables, node: string, disk: DiskFaults): Tables {
  const { disk: _, ...table } = tables.get(node) ?? NO_FAULTS;
  const isWell = disk.delay === undefined && disk.full !== true;
  return new Map([...tables, [node, isWell ? table : { ...table, disk }]]);
}

export function healed(names: readonly string[]): Tables {
  return new Map(names.map((name) => [name, NO_FAULTS]));
}

/** Nodes whose tables are others than before. */
export function differing(before: Tables, after: Tables): readonly string[] {
  return [...after.keys()].filter((name) => {
    return JSON.stringify(before.get(name)) !== JSON.stringify(after.get(name));
  });
}

export function isAllWell(tables: Tables): boolean {
  return [...tables.values()].every(({ links, disk, clock }) => {
    const isWell = Object.values(links).every(
      (link) => isHarmless(link) && link.lanes === undefined,
    );
    return isWell && disk === undefined && clock === undefined;
  });
}

/** Tables in which each link is named, with what `link` says of it; what is well is left out. */
function changed(
  tables: Tables,
  names: readonly string[],
  link: (from: string, to: string) => LinkFaults,
): Tables {
  return new Map(
    names.map((from) => {
      const others = names.filter((to) => to !== from);
      const links = others.map((to) => [to, link(from, to)] as const);
      const faulty = links.filter(([, faults]) => Object.keys(faults).length > 0);
      return [from, { ...(tables.get(from) ?? NO_FAULTS), links: Object.fromEntries(faulty) }];
    }),
  );
}
