/** Partitions on their way, with bars, as people read it. */

import type { TransferDocument, TransfersDocument } from '../client/ring-documents.ts';
import { bytesText } from '../kernel/bytes-text.ts';
import { tableText } from './table-text.ts';

const BAR_CELLS = 20;

/** `bytesPerSecond` is how fast it has gone; undefined: nobody has watched. */
export function transfersText(
  found: TransfersDocument,
  bytesPerSecond: number | undefined,
): string {
  const { moves, movesLeft, bytesMoved } = found;
  const bound = found.bytesPerSecond === null ? 'no bound' : `${bytesText(found.bytesPerSecond)}/s`;
  if (moves.length === 0 && movesLeft === 0) {
    return `every partition is where it belongs (bound of a node: ${bound})`;
  }
  const rows = moves.map((move) => [
    String(move.partition),
    move.stage,
    changeOf(move),
    barOf(move),
    bytesText(move.bytes),
    move.waits ?? '',
  ]);
  const speed = bytesPerSecond === undefined ? '' : `, ${bytesText(Math.round(bytesPerSecond))}/s`;
  return [
    tableText(['partition', 'stage', 'change', 'copied', '', 'waits for'], rows),
    '',
    `${moves.length} on their way, ${movesLeft} to begin; ${bytesText(bytesMoved)} moved${speed} (bound of a node: ${bound})`,
    ...timeLeft(found, bytesPerSecond),
  ].join('\n');
}

/** Only while something is copied can one tell. */
function timeLeft(
  { bytesLeft }: TransfersDocument,
  bytesPerSecond: number | undefined,
): readonly string[] {
  if (bytesLeft === null || bytesPerSecond === undefined || bytesPerSecond < 1) return [];
  return [
    `about ${bytesText(bytesLeft)} to go, ${Math.ceil(bytesLeft / bytesPerSecond)} s at this rate`,
  ];
}

function changeOf({ from, to }: TransferDocument): string {
  const leaves = from.filter((node) => !to.includes(node));
  const joins = to.filter((node) => !from.includes(node));
  return [...leaves.map((node) => `-${node}`), ...joins.map((node) => `+${node}`)].join(' ');
}

/** A move that waits has no bar, which would look as if it went on. */
function barOf({ stage, keys, keysInAll, waits }: TransferDocument): string {
  const share = shareOf(stage, keys, keysInAll);
  if (waits !== null) return share === 0 ? 'waits' : `waits at ${Math.round(share * 100)} %`;
  const full = Math.round(share * BAR_CELLS);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}] ${Math.round(share * 100)} %`;
}

function shareOf(stage: TransferDocument['stage'], keys: number, keysInAll: number | null): number {
  if (stage === 'prepare') return 0;
  if (stage !== 'write_both') return 1;
  return keysInAll === null || keysInAll === 0 ? 0 : Math.min(1, keys / keysInAll);
}
