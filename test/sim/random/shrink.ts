/**
 * Takes away from a failing scenario what its failure does not need: faults, whole clients,
 * operations, and peculiarities of the configuration (delta debugging: Zeller and Hildebrandt,
 * "Simplifying and Isolating Failure-Inducing Input", 2002).
 */

import type { Scenario } from './scenario.ts';
import { type Selection, SIMPLIFICATIONS, whole } from './selection.ts';

/** Whether it still fails in the same way. */
export type Fails = (selection: Selection) => Promise<boolean>;

export interface Shrunk {
  readonly selection: Selection;
  readonly runs: number;
  /** Nothing more could be taken away, one piece at a time. */
  readonly isMinimal: boolean;
}

/** @param mayGoOn asked before each run */
export async function shrink(
  scenario: Scenario,
  fails: Fails,
  mayGoOn: () => boolean,
): Promise<Shrunk> {
  let selection = whole(scenario);
  let runs = 0;
  const isBetter = async (smaller: Selection) => {
    if (!mayGoOn()) return false;
    runs++;
    if (!(await fails(smaller))) return false;
    selection = smaller;
    return true;
  };
  const clientOf = new Map(scenario.operations.map(({ id, client }) => [id, client]));
  for (let size = Number.POSITIVE_INFINITY; sizeOf(selection) < size && mayGoOn(); ) {
    size = sizeOf(selection);
    await withFewer(selection.faults, (faults) => isBetter({ ...selection, faults }));
    for (const client of new Set(clientOf.values())) {
      const operations = selection.operations.filter((id) => clientOf.get(id) !== client);
      if (operations.length < selection.operations.length) {
        await isBetter({ ...selection, operations });
      }
    }
    await withFewer(selection.operations, (operations) => isBetter({ ...selection, operations }));
    for (const name of Object.keys(SIMPLIFICATIONS)) {
      const { simplifications } = selection;
      if (simplifications.includes(name)) continue;
      await isBetter({ ...selection, simplifications: [...simplifications, name] });
    }
  }
  return { selection, runs, isMinimal: mayGoOn() };
}

/** Tries without ever smaller pieces of the list, as long as something can go. */
async function withFewer(
  list: readonly number[],
  isBetter: (fewer: readonly number[]) => Promise<boolean>,
): Promise<void> {
  let kept = list;
  for (let piece = Math.ceil(kept.length); piece >= 1; piece = Math.floor(piece / 2)) {
    for (let from = 0; from < kept.length; ) {
      const fewer = [...kept.slice(0, from), ...kept.slice(from + piece)];
      if (await isBetter(fewer)) kept = fewer;
      else from += piece;
    }
  }
}

function sizeOf({ faults, operations, simplifications }: Selection): number {
  return faults.length + operations.length - simplifications.length;
}
