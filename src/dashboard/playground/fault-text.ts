/** Faults in words: of links on the drawing, of a whole cluster above the timeline. */

import {
  type Cut,
  linkFaults,
  type PairFaults,
  pairFaults,
  pairsOf,
  sidesOf,
  type Tables,
} from './fault-plan.ts';

/** Empty where the link is well. */
export function pairText([first, second]: readonly [string, string], faults: PairFaults): string {
  const { cut, delayMs, loss } = faults;
  if (cut === 'both') return 'cut';
  return [
    ...(cut === 'none'
      ? []
      : [`${cut === 'first' ? second : first} does not hear ${cut === 'first' ? first : second}`]),
    ...(delayMs > 0 ? [`+${delayMs} ms`] : []),
    ...(loss > 0 ? [`${percentText(loss)} lost`] : []),
  ].join(', ');
}

export function percentText(probability: number): string {
  return `${Number((probability * 100).toFixed(1))} %`;
}

/** `n1 and n2`, `n1, n2 and n3`. */
export function listText(names: readonly string[]): string {
  const [last = '', ...before] = names.toReversed();
  return before.length === 0 ? last : `${before.toReversed().join(', ')} and ${last}`;
}

/** One line, as the fault windows of a recorded history have it; empty where all is well. */
export function faultsText(names: readonly string[], tables: Tables): string {
  const sides = sidesOf(names, tables);
  const parts =
    sides.length > 1 ? [`partition ${sides.map((side) => side.join(' ')).join(' | ')}`] : [];
  const within = pairsOf(names).filter((pair) => pairFaults(tables, ...pair).cut !== 'both');
  const oneWay = within.flatMap(([a, b]) => [
    ...lostBetween(tables, a, b),
    ...lostBetween(tables, b, a),
  ]);
  const faults = within.map((pair) => pairFaults(tables, ...pair));
  const slow = Math.max(0, ...faults.map(({ delayMs }) => delayMs));
  const loss = Math.max(0, ...faults.map((fault) => fault.loss));
  const disks = names.filter((name) => tables.get(name)?.disk !== undefined);
  return [
    ...parts,
    ...oneWay,
    ...(slow > 0 ? [`links +${slow} ms`] : []),
    ...(loss > 0 ? [`${percentText(loss)} of messages lost`] : []),
    ...disks.map((name) => `disk of ${name}`),
  ].join('; ');
}

function lostBetween(tables: Tables, from: string, to: string): readonly string[] {
  return linkFaults(tables, from, to).cut === true ? [`${from} to ${to} cut`] : [];
}

export const CUT_WORDS: Readonly<Record<Cut, (first: string, second: string) => string>> = {
  none: () => 'whole',
  both: () => 'cut in both directions',
  first: (first, second) => `${first} → ${second} cut`,
  second: (first, second) => `${second} → ${first} cut`,
};
