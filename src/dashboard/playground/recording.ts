/** A recorded history, judged and put in order for its replay. */

import type { FaultWindow, History } from '../../checkers/history.ts';
import { type Judged, judgeAll } from './freshness.ts';
import { SOMEWHERE } from './tally.ts';
import { endOf, type Span } from './timeline-layout.ts';

export interface Recording {
  /** In the order in which they ended. */
  readonly judged: readonly Judged[];
  readonly faults: readonly FaultWindow[];
  /** The nodes that were asked. */
  readonly lanes: readonly string[];
  /** From the first beginning to the last end. */
  readonly span: Span;
  /** What the history says of itself. */
  readonly title: string;
}

export function recordingOf({ facts, operations, faults }: History): Recording {
  const { checks = [] } = facts;
  const judged = judgeAll(operations, checks.includes('linearizable'));
  const nodes = new Set(operations.map(({ at = SOMEWHERE }) => at));
  const ends = [
    ...operations.map(({ invoke, complete }) => complete ?? invoke),
    ...faults.map(({ from, until }) => until ?? from),
  ];
  const starts = [...operations.map(({ invoke }) => invoke), ...faults.map(({ from }) => from)];
  return {
    judged: judged.toSorted((a, b) => endOf(a) - endOf(b)),
    faults,
    lanes: [...nodes].sort(new Intl.Collator('en', { numeric: true }).compare),
    span: {
      from: least(starts),
      until: Math.max(-least(ends.map((end) => -end)), least(starts) + 1),
    },
    title: titleOf(facts),
  };
}

/** Of lists that may be longer than a call takes arguments. */
function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), numbers[0] ?? 0);
}

function titleOf(facts: History['facts']): string {
  const told = Object.entries(facts).filter(([, fact]) =>
    ['string', 'number'].includes(typeof fact),
  );
  return told.map(([name, fact]) => `${name} ${String(fact)}`).join(' · ');
}
