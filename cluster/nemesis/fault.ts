/**
 * What a nemesis does to a cluster, as data: which fault strikes whom, from when until when.
 *
 * A schedule says nothing of how: the same one is carried out on real processes
 * (schedule-run.ts) and can be on simulated ones.
 */

import type { Delay } from '../../src/kernel/delay.ts';
import type { NodeId } from '../../src/kernel/names.ts';

/** By sender: those whom nothing that it sends gets to. A cut in both directions names both. */
export type Cuts = Readonly<Record<NodeId, readonly NodeId[]>>;

export type Fault =
  /** `shape` for people: `partition n1 | n2 n3`. */
  | { readonly type: 'cut'; readonly shape: string; readonly cuts: Cuts }
  /** At once, as by kill -9; they are started again when it ends. */
  | { readonly type: 'kill'; readonly nodes: readonly NodeId[] }
  /** They stand still, keep their connections, and go on when it ends. */
  | { readonly type: 'pause'; readonly nodes: readonly NodeId[] }
  /** Their wall clocks read so many milliseconds more, or less. */
  | {
      readonly type: 'clock-skew';
      readonly nodes: readonly NodeId[];
      readonly offsetMs: number;
    }
  | { readonly type: 'slow-disk'; readonly nodes: readonly NodeId[]; readonly delay: Delay }
  /** Who writes to a full disk ends; those are started again when there is room. */
  | { readonly type: 'disk-full'; readonly nodes: readonly NodeId[] }
  /** A further node joins, and leaves again when it ends. */
  | { readonly type: 'join' };

export interface ScheduledFault {
  readonly fault: Fault;
  /** Both in milliseconds since the schedule began; every fault ends. */
  readonly atMs: number;
  readonly until: number;
}

/** In the order of `atMs`. Faults may overlap. */
export type Schedule = readonly ScheduledFault[];

/** For a person. */
export function faultText(fault: Fault): string {
  switch (fault.type) {
    case 'cut':
      return fault.shape;
    case 'join':
      return 'a node joins';
    case 'clock-skew': {
      const sign = fault.offsetMs < 0 ? '' : '+';
      return `clock-skew ${sign}${fault.offsetMs} ms ${fault.nodes.join(' ')}`;
    }
    case 'slow-disk':
      return `slow-disk ${fault.delay.distribution} ${fault.nodes.join(' ')}`;
    default:
      return `${fault.type} ${fault.nodes.join(' ')}`;
  }
}

/** Whom it strikes: of a cut everybody who does not reach somebody, or is not reached. */
export function struckBy(fault: Fault): readonly NodeId[] {
  if (fault.type === 'join') return [];
  if (fault.type !== 'cut') return fault.nodes;
  const struck = Object.entries(fault.cuts).flatMap(([from, to]) =>
    to.length === 0 ? [] : [from, ...to],
  );
  return [...new Set(struck)].sort();
}
