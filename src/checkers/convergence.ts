/** When everything works again, all final reads of a key find the same, wherever they ask. */

import { addTo } from './groups.ts';
import { type Operation, valuesFound } from './history.ts';
import type { Violation } from './violation.ts';

interface FinalRead {
  readonly place: number;
  readonly where: string;
  readonly found: string;
}

/** Some key was read for the last time more than once. */
export function hasSeveralFinalReads(history: readonly Operation[]): boolean {
  return [...finalReads(history).values()].some((reads) => reads.length > 1);
}

export function checkConvergence(history: readonly Operation[]): readonly Violation[] {
  return [...finalReads(history)].flatMap(([key, [first, ...others]]) => {
    const other = others.find(({ found }) => found !== first?.found);
    if (first === undefined || other === undefined) return [];
    const text = `${first.where} has ${first.found}, ${other.where} has ${other.found}`;
    return [{ check: 'convergence' as const, key, operations: [first.place, other.place], text }];
  });
}

function finalReads(history: readonly Operation[]): ReadonlyMap<string, readonly FinalRead[]> {
  const ofKey = new Map<string, FinalRead[]>();
  for (const [place, operation] of history.entries()) {
    if (operation.op !== 'read' || !operation.final || operation.outcome !== 'ok') continue;
    const { key, at, process } = operation;
    const where = at ?? `process ${process}`;
    addTo(ofKey, key, { place, where, found: foundText(operation) });
  }
  return ofKey;
}

/** The same for the same, in whatever order it was told. */
function foundText(operation: Operation): string {
  const { siblings, version } = operation.output ?? {};
  const texts =
    siblings?.map(({ dot, value }) => `${JSON.stringify(value)} (${dot})`) ??
    valuesFound(operation)?.map((value) => JSON.stringify(value)) ??
    [];
  const named = version === undefined || version === null ? '' : ` at version ${version}`;
  return `[${texts.sort().join(', ')}]${named}`;
}
