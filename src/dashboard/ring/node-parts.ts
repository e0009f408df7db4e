/** What a node keeps of the ring, by its place in the replica lists. */

export interface NodeParts {
  /** In how many lists it is first, second, ... */
  readonly places: readonly number[];
  readonly inAll: number;
}

export function partsOf(lists: readonly (readonly string[])[], node: string): NodeParts {
  const depth = Math.max(0, ...lists.map((list) => list.length));
  const places = Array.from({ length: depth }, () => 0);
  for (const list of lists) {
    const place = list.indexOf(node);
    if (place >= 0) places[place] = (places[place] ?? 0) + 1;
  }
  return { places, inAll: places.reduce((sum, count) => sum + count, 0) };
}
