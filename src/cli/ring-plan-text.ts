/** What staged changes of the ring would do, as people read it. */

import { changeText } from '../client/ring-change-text.ts';
import type { RingChangeDone, RingPlan, RingPlanDocument } from '../client/ring-documents.ts';
import { bytesText } from '../kernel/bytes-text.ts';
import { tableText } from './table-text.ts';

export function ringPlanText({ done, staged, plan, movesLeft, notes }: RingPlanDocument): string {
  const parts: string[] = [];
  const nothingDone = done === null || ('changes' in done && done.changes.length === 0);
  if (!nothingDone) parts.push(doneText(done));
  if (movesLeft !== null) {
    parts.push(`changes are under way, ${movesLeft} moves to begin; see quorate transfers`);
  }
  if (plan !== null) {
    parts.push(
      staged.map(changeText).join('\n'),
      planText(plan),
      'quorate cluster commit begins it',
    );
  } else if (nothingDone) parts.push('nothing is staged');
  if (notes.length > 0) parts.push(notes.map(({ detail }) => `note: ${detail}`).join('\n'));
  return parts.join('\n\n');
}

function doneText(done: RingChangeDone): string {
  if ('changes' in done)
    return done.changes.map((one) => `${done.done}: ${changeText(one)}`).join('\n');
  const { movesNotBegun, movesToEnd } = done;
  const rest = movesToEnd === 0 ? '' : '; see quorate transfers';
  return `aborted: ${movesNotBegun} moves will not be begun, ${movesToEnd} go back or to their end${rest}`;
}

function planText(plan: RingPlan): string {
  const rows = plan.nodes.map((node) => [
    node.node,
    node.status,
    node.zone ?? '-',
    String(node.weight),
    String(node.placesBefore),
    String(node.placesAfter),
    node.share.toFixed(1),
    String(node.gained.length),
    String(node.lost.length),
    knownBytes(node.bytesGained),
  ]);
  const { moves, movedPlaces, movedPlacesLeast, bytesToMove, before, after, warnings } = plan;
  const head = ['node', 'status', 'zone', 'weight', 'places', 'then', 'share', 'gains', 'loses'];
  return [
    tableText([...head, 'copied to it'], rows),
    '',
    `${moves} moves; ${movedPlaces} copies of a partition, ${movedPlacesLeast} at least; ${knownBytes(bytesToMove)} to copy`,
    `farthest from its share: ${before.farthestFromShare.toFixed(1)} places now, ${after.farthestFromShare.toFixed(1)} then`,
    `partitions in fewer zones than there could be: ${before.zonesViolated.length} now, ${after.zonesViolated.length} then`,
    ...warnings.map(({ detail }) => `warning: ${detail}`),
  ].join('\n');
}

function knownBytes(bytes: number | null): string {
  return bytes === null ? 'unknown' : `about ${bytesText(bytes)}`;
}
