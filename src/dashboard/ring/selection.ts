/** What of the ring is looked at: one partition, one node, or all of it; it stands in the address. */

import { hashOf } from '../route.ts';

export type Selection =
  | { readonly type: 'partition'; readonly partition: number }
  | { readonly type: 'node'; readonly node: string }
  | { readonly type: 'all' };

export const ALL: Selection = { type: 'all' };

/** What the address asks for and there is not is all of it. */
export function selectionOf(
  query: URLSearchParams,
  partitionCount: number,
  isNode: (name: string) => boolean,
): Selection {
  const number = query.get('partition') ?? '';
  const partition = /^\d{1,9}$/.test(number) ? Number(number) : partitionCount;
  if (partition < partitionCount) return { type: 'partition', partition };
  const node = query.get('node');
  return node !== null && isNode(node) ? { type: 'node', node } : ALL;
}

export function addressOf(selection: Selection): string {
  switch (selection.type) {
    case 'partition':
      return hashOf('ring', { partition: String(selection.partition) });
    case 'node':
      return hashOf('ring', { node: selection.node });
    case 'all':
      return hashOf('ring');
  }
}

/** Where a key of the keyboard leads from a partition; undefined: nowhere. */
export function partitionByKey(
  key: string,
  from: number | undefined,
  count: number,
): number | undefined {
  const wide = Math.max(1, Math.round(count / 16));
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowDown: 1,
    ArrowLeft: -1,
    ArrowUp: -1,
    PageDown: wide,
    PageUp: -wide,
  };
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = steps[key];
  if (step === undefined) return undefined;
  // The first step only shows where one stands.
  if (from === undefined) return step > 0 ? 0 : count - 1;
  return (from + step + count) % count;
}
