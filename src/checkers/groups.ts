/** Lists by what their elements have in common. */

export function addTo<Name, Element>(
  groups: Map<Name, Element[]>,
  name: Name,
  element: Element,
): void {
  const group = groups.get(name);
  if (group === undefined) groups.set(name, [element]);
  else group.push(element);
}

/** In the order in which the keys come up. */
export function groupByKey<Element extends { readonly key: string }>(
  elements: Iterable<Element>,
): Map<string, Element[]> {
  const groups = new Map<string, Element[]>();
  for (const element of elements) addTo(groups, element.key, element);
  return groups;
}
