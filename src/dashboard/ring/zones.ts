/** Nodes by zone: nodes of one zone may fail together, so replicas of one partition should not share one. */

export interface ZoneOf {
  readonly id: string;
  readonly zone: string | null;
}

export interface ZoneGroup<Node> {
  /** Null: of these nothing was said. */
  readonly zone: string | null;
  readonly nodes: readonly Node[];
}

/** Zones by name, who is in none at the end; within a zone by name, with n2 before n10. */
export function zoneGroups<Node extends ZoneOf>(
  nodes: readonly Node[],
): readonly ZoneGroup<Node>[] {
  const groups = new Map<string | null, Node[]>();
  for (const node of nodes) {
    const group = groups.get(node.zone) ?? [];
    group.push(node);
    groups.set(node.zone, group);
  }
  return [...groups]
    .map(([zone, members]) => ({ zone, nodes: members.sort((a, b) => byName(a.id, b.id)) }))
    .sort((a, b) => byZone(a.zone, b.zone));
}

/** As people count. */
export function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function byZone(a: string | null, b: string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return byName(a, b);
}

export interface ZoneSpread {
  /** Of how many zones a partition’s replicas are at best. */
  readonly best: number;
  /** Partitions whose replicas are in fewer. */
  readonly crowded: readonly number[];
}

/** Undefined: there are no two zones, so there is nothing to spread over. */
export function zoneSpread(
  lists: readonly (readonly string[])[],
  nodes: readonly ZoneOf[],
): ZoneSpread | undefined {
  const zones = new Map(nodes.map(({ id, zone }) => [id, zone]));
  const all = new Set([...zones.values()].filter((zone) => zone !== null));
  if (all.size < 2) return undefined;
  let best = 0;
  const crowded: number[] = [];
  for (const [partition, list] of lists.entries()) {
    const found = new Set(list.map((node) => zones.get(node) ?? null));
    const possible = Math.min(all.size, list.length);
    best = Math.max(best, possible);
    if (found.size < possible) crowded.push(partition);
  }
  return { best, crowded };
}
