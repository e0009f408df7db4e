/** Choices at random. */

/**
 * So many different items, or all, in random order (Fisher and Yates, from the front). With a
 * `random` that is always 0: the first ones, in their order.
 */
export function sample<Item>(
  items: readonly Item[],
  count: number,
  random: () => number,
): readonly Item[] {
  const left = [...items];
  const size = Math.min(count, left.length);
  for (let at = 0; at < size; at++) {
    const other = at + Math.floor(random() * (left.length - at));
    const chosen = left[other] as Item;
    left[other] = left[at] as Item;
    left[at] = chosen;
  }
  return left.slice(0, size);
}

export function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  return sample(items, items.length, random);
}
