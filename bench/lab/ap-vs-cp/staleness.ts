/**
 * Reads that certainly show the past: all that they show was written by writes that had ended
 * before another one began, and that one was acknowledged before the read began. Values are
 * enough to tell, so every store can be measured alike; there may be more stale reads than that.
 */

import type { Operation } from '../../../src/checkers/history.ts';

type Write = Operation & { readonly op: 'write' };
type Read = Operation & { readonly op: 'read' };

export interface Staleness {
  /** Those that were answered. */
  readonly reads: number;
  readonly stale: number;
  /** Reads that showed several values, which somebody has to resolve. */
  readonly conflicting: number;
}

/** @param reads those that count, of the operations or not */
export function stalenessOf(
  operations: readonly Operation[],
  reads: readonly Operation[],
): Staleness {
  const writes = new Map<string, Write[]>();
  for (const operation of operations) {
    if (operation.op !== 'write') continue;
    const ofKey = writes.get(operation.key) ?? [];
    writes.set(operation.key, ofKey);
    ofKey.push(operation);
  }
  const answered = reads.filter((one): one is Read => one.op === 'read' && one.outcome === 'ok');
  return {
    reads: answered.length,
    stale: answered.filter((read) => isStale(read, writes.get(read.key) ?? [])).length,
    conflicting: answered.filter((read) => shownBy(read).length > 1).length,
  };
}

function isStale(read: Read, writes: readonly Write[]): boolean {
  const shown = shownBy(read);
  // The latest beginning of a write that was acknowledged before the read began.
  const newest = writes
    .filter(({ outcome, complete }) => outcome === 'ok' && (complete ?? 0) < read.invoke)
    .reduce((latest, { invoke }) => Math.max(latest, invoke), Number.NEGATIVE_INFINITY);
  if (newest === Number.NEGATIVE_INFINITY) return false;
  return shown.every((value) => {
    const write = writes.find((one) => one.value === value);
    const end = write?.outcome === 'ok' ? write.complete : null;
    return typeof end === 'number' && end < newest;
  });
}

function shownBy({ output }: Read): readonly (string | number)[] {
  if (output?.siblings !== undefined) return output.siblings.map(({ value }) => value);
  if (output?.values !== undefined) return output.values;
  const value = output?.value ?? null;
  return value === null ? [] : [value];
}
