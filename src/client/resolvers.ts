/**
 * What becomes of siblings: concurrent values of a key, of which none has seen the others.
 *
 * A resolver makes one value of them. It has to give the same whatever their order, or two
 * clients that resolve the same siblings go on with different values.
 */

import type { Sibling } from './found.ts';

/** @param siblings two or more */
export type Resolver<Value> = (siblings: readonly Sibling<Value>[]) => Value;

/**
 * The value that was written last, by the clocks of the nodes that wrote it; the others are lost
 * with the next write. For values of which only the newest matters, such as a last position.
 */
export function lww<Value>(): Resolver<Value> {
  return (siblings) =>
    siblings.reduce((last, other) => (isLater(other, last) ? other : last)).value;
}

type Collection = readonly unknown[] | ReadonlySet<unknown>;

type ElementOf<Some> = Some extends Iterable<infer Element> ? Element : never;

/**
 * All that is in any of the lists or sets, once. An element that one client took out while
 * another one wrote comes back, as in Dynamo's shopping cart (section 4.4).
 * @param identityOf what makes two elements the same; of several that are, the one that was
 *   written last stays. Left out, it is their JSON.
 */
export function union<Some extends Collection>(
  identityOf: (element: ElementOf<Some>) => unknown = jsonOf,
): Resolver<Some> {
  return (siblings) => {
    const elements = new Map<unknown, ElementOf<Some>>();
    for (const { value } of siblings.toSorted((a, b) => (isLater(a, b) ? 1 : -1))) {
      for (const element of value as Iterable<ElementOf<Some>>) {
        elements.set(identityOf(element), element);
      }
    }
    const all = [...elements.values()];
    return (siblings[0]?.value instanceof Set ? new Set(all) : all) as unknown as Some;
  };
}

function jsonOf(element: unknown): unknown {
  return typeof element === 'object' ? JSON.stringify(element) : element;
}

/** A total order: no two siblings have the same dot. */
function isLater(one: Sibling<unknown>, other: Sibling<unknown>): boolean {
  if (one.wallTime !== other.wallTime) return one.wallTime > other.wallTime;
  return one.dot > other.dot;
}
