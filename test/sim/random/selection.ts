/** A part of a scenario, by the ids of what is kept, and how it is written on a command line. */

import { TRUE_TIME } from '../../../src/sim/sim-clock.ts';
import { QUICK_DISK } from '../../../src/sim/sim-store.ts';
import type { Configuration, Deed, Scenario } from './scenario.ts';

export interface Selection {
  readonly faults: readonly number[];
  readonly operations: readonly number[];
  readonly simplifications: readonly string[];
}

type Simplification = (scenario: Scenario) => Scenario;

/** Each takes something away that a failure may not need. */
export const SIMPLIFICATIONS: Readonly<Record<string, Simplification>> = {
  'right-clocks': ofConfiguration(({ clocks }) => ({ clocks: clocks.map(() => TRUE_TIME) })),
  'quick-disks': ofConfiguration(({ disks }) => ({ disks: disks.map(() => QUICK_DISK) })),
  'no-snapshots': ofConfiguration(() => ({ snapshotEntries: null })),
  'no-reaping': ofConfiguration(() => ({ reapEveryMs: 'never' })),
  'no-comparing': ofConfiguration(() => ({ compareEveryMs: 'never' })),
  'one-partition': ofConfiguration(() => ({ partitions: 1 })),
  'only-used-buckets': (scenario) => {
    const used = new Set(scenario.operations.map(({ bucket }) => bucket));
    const buckets = scenario.configuration.buckets.filter(({ name }) => used.has(name));
    return { ...scenario, configuration: { ...scenario.configuration, buckets } };
  },
  'no-read-repair': ofDeeds((deed) =>
    deed.type === 'read' ? { ...deed, readRepair: 'off' as const } : deed,
  ),
  strict: ofDeeds((deed) => ('sloppy' in deed ? { ...deed, sloppy: false } : deed)),
};

export function whole({ faults, operations }: Scenario): Selection {
  return {
    faults: faults.map(({ id }) => id),
    operations: operations.map(({ id }) => id),
    simplifications: [],
  };
}

/** Throws `RangeError` of a simplification that there is not. */
export function selected(scenario: Scenario, selection: Selection): Scenario {
  const [faults, operations] = [new Set(selection.faults), new Set(selection.operations)];
  const part: Scenario = {
    ...scenario,
    faults: scenario.faults.filter(({ id }) => faults.has(id)),
    operations: scenario.operations.filter(({ id }) => operations.has(id)),
  };
  return selection.simplifications.reduce((simpler, name) => {
    const simplify = SIMPLIFICATIONS[name];
    if (simplify === undefined) throw new RangeError(`there is no simplification ${name}`);
    return simplify(simpler);
  }, part);
}

/** The line that runs it again. */
export function replayLine(scenario: Scenario, selection: Selection): string {
  const all = whole(scenario);
  const [faults, operations] = [rangesOf(selection.faults), rangesOf(selection.operations)];
  const simpler = selection.simplifications.join();
  return [
    `npm run sim -- --seed ${scenario.seed}`,
    ...(selection.faults.length < all.faults.length ? [`--keep-faults ${faults}`] : []),
    ...(selection.operations.length < all.operations.length
      ? [`--keep-operations ${operations}`]
      : []),
    ...(simpler === '' ? [] : [`--simpler ${simpler}`]),
  ].join(' ');
}

/** `1-3,5`; of none: `none`. */
export function rangesOf(ids: readonly number[]): string {
  const ranges: { from: number; to: number }[] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to === id - 1) last.to = id;
    else ranges.push({ from: id, to: id });
  }
  const texts = ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
  return texts.length === 0 ? 'none' : texts.join();
}

/** Throws `RangeError` of what is no such text. */
export function idsOf(ranges: string): readonly number[] {
  if (ranges === 'none') return [];
  return ranges.split(',').flatMap((range) => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (from === undefined) throw new RangeError(`${range} is no id and no range of ids`);
    const count = Number(to) - Number(from) + 1;
    return Array.from({ length: count }, (_, i) => Number(from) + i);
  });
}

function ofConfiguration(
  change: (configuration: Configuration) => Partial<Configuration>,
): Simplification {
  return (scenario) => ({
    ...scenario,
    configuration: { ...scenario.configuration, ...change(scenario.configuration) },
  });
}

function ofDeeds(change: (deed: Deed) => Deed): Simplification {
  return (scenario) => ({
    ...scenario,
    operations: scenario.operations.map((one) => ({ ...one, deed: change(one.deed) })),
  });
}
