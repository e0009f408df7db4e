/** Looking things up in lists that are sorted. */

/** How many elements, of a list that is sorted by it, have up to so much. */
export function countUpTo<Element>(
  sorted: readonly Element[],
  most: number,
  of: (element: Element) => number,
): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (of(sorted[middle] as Element) <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}
