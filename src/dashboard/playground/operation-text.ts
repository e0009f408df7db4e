/** One operation of a timeline in words. */

import { type Operation, valuesFound } from '../../checkers/history.ts';
import type { Judged, Verdict } from './freshness.ts';
import { SOMEWHERE } from './tally.ts';

/** By verdict, as the legend calls it. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  acknowledged: 'write acknowledged',
  fresh: 'read fresh',
  stale: 'read stale, by so many writes',
  refused: 'refused: certainly not done',
  unknown: 'write in doubt',
};

export function operationText({ operation, verdict, behind }: Judged): string {
  const { at = SOMEWHERE, invoke, complete } = operation;
  const took = complete === null ? 'not ended' : `${Math.round(complete - invoke)} ms`;
  const came = cameToText(operation, verdict, behind);
  return `${at}: ${askedText(operation)}, ${came} (${took})`;
}

function askedText(operation: Operation): string {
  switch (operation.op) {
    case 'read':
      return `read ${operation.key}`;
    case 'delete':
      return `delete ${operation.key}`;
    case 'increment':
      return `increment ${operation.key} by ${operation.by}`;
    default:
      return `${operation.op} ${shortened(String(operation.value))}`;
  }
}

function cameToText(operation: Operation, verdict: Verdict, behind: number): string {
  const { info = {} } = operation;
  switch (verdict) {
    case 'fresh':
      return `found ${foundText(operation)}`;
    case 'stale':
      return `found ${foundText(operation)}: ${behind} ${behind === 1 ? 'write' : 'writes'} behind`;
    case 'acknowledged':
      return operation.output?.applied === false ? 'its condition did not hold' : 'acknowledged';
    case 'refused':
      return `refused${info.code === undefined ? '' : ` with ${String(info.code)}`}`;
    case 'unknown':
      return 'outcome unknown';
  }
}

const SHOWN_MAX = 4;

function foundText(operation: Operation): string {
  const found = valuesFound(operation) ?? [];
  if (found.length === 0) return 'nothing';
  const shown = found.slice(0, SHOWN_MAX).map((value) => shortened(String(value)));
  return (
    shown.join(', ') + (found.length > SHOWN_MAX ? ` and ${found.length - SHOWN_MAX} more` : '')
  );
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
