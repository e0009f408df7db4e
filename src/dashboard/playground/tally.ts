/** How many operations came to which end, by the node that was asked. */

import type { Judged, Verdict } from './freshness.ts';

export interface NodeTally {
  readonly node: string;
  readonly reads: Readonly<Record<Exclude<Verdict, 'acknowledged' | 'unknown'>, number>>;
  readonly writes: Readonly<Record<Exclude<Verdict, 'fresh' | 'stale'>, number>>;
  /** The oldest that a read showed, in changes. */
  readonly worst: number;
}

/** Where histories do not tell which node was asked. */
export const SOMEWHERE = 'somewhere';

/** In the order of the nodes given; others behind them as they come. */
export function tallyOf(judged: Iterable<Judged>, nodes: readonly string[]): readonly NodeTally[] {
  const tallies = new Map(nodes.map((node) => [node, new Counts(node)]));
  for (const one of judged) {
    const node = one.operation.at ?? SOMEWHERE;
    const counts = tallies.get(node) ?? new Counts(node);
    tallies.set(node, counts);
    counts.add(one);
  }
  return [...tallies.values()];
}

class Counts implements NodeTally {
  readonly node: string;
  readonly reads = { fresh: 0, stale: 0, refused: 0 };
  readonly writes = { acknowledged: 0, refused: 0, unknown: 0 };
  worst = 0;

  constructor(node: string) {
    this.node = node;
  }

  add({ operation, verdict, behind }: Judged): void {
    this.worst = Math.max(this.worst, behind);
    const counts: Record<string, number> = operation.op === 'read' ? this.reads : this.writes;
    if (Object.hasOwn(counts, verdict)) counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
}
