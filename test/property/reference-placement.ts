/**
 * What the best placement can reach, worked out another way: one minimum-cost flow over an
 * explicit graph (Bellman-Ford, no cleverness), in which the zone rule is capacities, each
 * further place of a node costs more than the one before, so that equal loads are cheapest,
 * and a place that moves costs a little. Slow; for small clusters only.
 */

import type { Balance } from '../../src/ring/balance.ts';

export interface ReferenceProblem {
  readonly zoneOf: readonly number[];
  readonly partitionCount: number;
  readonly replicaCount: number;
  readonly had: (partition: number, node: number) => boolean;
}

export interface ReferenceResult {
  /** Sum over the nodes of the square of their places: least when they are most equal. */
  readonly sumOfSquares: number;
  /** Fewest new places among the placements with that sum. */
  readonly moves: number;
}

interface Arc {
  readonly to: number;
  readonly back: number;
  readonly cost: number;
  room: number;
}

class Flow {
  readonly #arcs: Arc[][] = [];

  vertex(): number {
    return this.#arcs.push([]) - 1;
  }

  arc(from: number, to: number, capacity: number, cost: number): void {
    const forth = this.#arcs[from] as Arc[];
    const back = this.#arcs[to] as Arc[];
    forth.push({ to, back: back.length, cost, room: capacity });
    back.push({ to: from, back: forth.length - 1, cost: -cost, room: 0 });
  }

  /** Sends one unit the cheapest way; its cost, or undefined when no way is left. */
  send(source: number, sink: number): number | undefined {
    const cost = new Array<number>(this.#arcs.length).fill(Number.POSITIVE_INFINITY);
    const cameBy: (readonly [from: number, arc: Arc] | undefined)[] = [];
    const queue = [source];
    cost[source] = 0;
    for (const vertex of queue) {
      for (const arc of this.#arcs[vertex] as Arc[]) {
        const through = (cost[vertex] as number) + arc.cost;
        if (arc.room === 0 || through >= (cost[arc.to] as number)) continue;
        cost[arc.to] = through;
        cameBy[arc.to] = [vertex, arc];
        queue.push(arc.to);
      }
    }
    for (let at = sink; at !== source; ) {
      const step = cameBy[at];
      if (step === undefined) return undefined;
      const [from, arc] = step;
      arc.room--;
      ((this.#arcs[at] as Arc[])[arc.back] as Arc).room++;
      at = from;
    }
    return cost[sink];
  }
}

export function referencePlacement(problem: ReferenceProblem): ReferenceResult {
  const { zoneOf, partitionCount, replicaCount, had } = problem;
  const places = partitionCount * replicaCount;
  const square = places + 1;
  const flow = new Flow();
  const [source, sink] = [flow.vertex(), flow.vertex()];
  const nodes = zoneOf.map(() => flow.vertex());
  for (const node of nodes) {
    for (let place = 1; place <= partitionCount; place++) {
      flow.arc(node, sink, 1, square * (2 * place - 1));
    }
  }
  for (let partition = 0; partition < partitionCount; partition++) {
    const zones = zonesOfPartition(flow, source, Math.max(...zoneOf) + 1, replicaCount);
    for (const [node, vertex] of nodes.entries()) {
      flow.arc(zones[zoneOf[node] as number] as number, vertex, 1, had(partition, node) ? 0 : 1);
    }
  }
  let cost = 0;
  for (let place = 0; place < places; place++) {
    const more = flow.send(source, sink);
    if (more === undefined) throw new Error('there is no placement');
    cost += more;
  }
  return { sumOfSquares: Math.floor(cost / square), moves: cost % square };
}

/** Fewest new places among the placements within these bounds; undefined where there is none. */
export function fewestMovesWithin(
  { placesOfNode, nodesOfZone }: Balance,
  { zoneOf, partitionCount, replicaCount, had }: ReferenceProblem,
): number | undefined {
  const places = partitionCount * replicaCount;
  const prize = places + 1;
  const flow = new Flow();
  const [source, sink] = [flow.vertex(), flow.vertex()];
  const nodes = zoneOf.map(() => flow.vertex());
  for (const [node, vertex] of nodes.entries()) {
    const { least, most } = placesOfNode[node] as (typeof placesOfNode)[number];
    flow.arc(vertex, sink, least, -prize);
    flow.arc(vertex, sink, most - least, 0);
  }
  const owed = nodesOfZone.reduce((sum, { least }) => sum + least, 0);
  for (let partition = 0; partition < partitionCount; partition++) {
    const rest = flow.vertex();
    flow.arc(source, rest, replicaCount - owed, 0);
    const zones = nodesOfZone.map(({ least, most }) => {
      const zone = flow.vertex();
      flow.arc(source, zone, least, 0);
      flow.arc(rest, zone, most - least, 0);
      return zone;
    });
    for (const [node, vertex] of nodes.entries()) {
      flow.arc(zones[zoneOf[node] as number] as number, vertex, 1, had(partition, node) ? 0 : 1);
    }
  }
  let cost = prize * placesOfNode.reduce((sum, { least }) => sum + least, 0);
  for (let place = 0; place < places; place++) {
    const more = flow.send(source, sink);
    if (more === undefined) return undefined;
    cost += more;
  }
  return cost >= prize ? undefined : cost;
}

/** One vertex per zone: one node of each at most, or one of each and the rest from anywhere. */
function zonesOfPartition(flow: Flow, source: number, zoneCount: number, replicaCount: number) {
  const zones = Array.from({ length: zoneCount }, () => flow.vertex());
  const rest = flow.vertex();
  const oneAtMost = replicaCount <= zoneCount;
  flow.arc(source, rest, oneAtMost ? replicaCount : replicaCount - zoneCount, 0);
  for (const zone of zones) {
    flow.arc(rest, zone, oneAtMost ? 1 : replicaCount, 0);
    if (!oneAtMost) flow.arc(source, zone, 1, 0);
  }
  return zones;
}
