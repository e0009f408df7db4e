/**
 * How a restore ended. It is complete where all that was ever acknowledged is in the cluster: the
 * backup has it, no key is in doubt, and nothing that a dead node held waits to be salvaged. Until
 * the latter is so the restore is not over, and is run again.
 */

import type { RingPlanDocument } from '../client/ring-documents.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { EXIT } from './exit.ts';
import type { RestoreProgress, RestoreTally } from './restore-progress.ts';
import { tableText } from './table-text.ts';

export interface RestoreEnding {
  readonly tally: RestoreTally;
  readonly buckets: number;
  readonly isBackupComplete: boolean;
  /** Of the cluster that was restored into, each with what to do. */
  readonly openSalvages: readonly { readonly node: string; readonly detail: string }[];
}

export function endingOf(
  { tally, buckets }: RestoreProgress,
  { complete }: BackupManifest,
  { notes }: Pick<RingPlanDocument, 'notes'>,
): RestoreEnding {
  const openSalvages = notes.filter(({ code }) => code === 'salvage_open');
  return { tally, buckets: buckets.length, isBackupComplete: complete, openSalvages };
}

/** Nothing is left to be done by running it again. */
export function isOver({ openSalvages }: RestoreEnding): boolean {
  return openSalvages.length === 0;
}

function isComplete(ending: RestoreEnding): boolean {
  return isOver(ending) && ending.isBackupComplete && ending.tally.doubtful.length === 0;
}

export function exitCodeOfEnding(ending: RestoreEnding): number {
  if (ending.tally.doubtful.length > 0) return EXIT.undecided;
  return isOver(ending) ? EXIT.done : EXIT.failed;
}

export function endingDocument(ending: RestoreEnding) {
  const { tally, openSalvages } = ending;
  const nodes = openSalvages.map(({ node }) => node);
  return { ...tally, complete: isComplete(ending), openSalvages: nodes };
}

export function endingText(ending: RestoreEnding): string {
  const { tally, buckets, openSalvages, isBackupComplete } = ending;
  const rows: readonly (readonly [string, number, string])[] = [
    ['restored', tally.restored, 'on all nodes that keep them'],
    ['already there', tally.present, 'or something newer'],
    ['deleted', tally.deleted, 'when the backup was made: nothing to restore'],
    ['expired', tally.expired, 'since'],
    ['in doubt', tally.doubtful.length, 'see below'],
  ];
  const table = tableText(
    [`${buckets} buckets`, 'keys', ''],
    rows.map(([what, count, note]) => [what, String(count), count === 0 ? '' : note]),
  );
  if (isComplete(ending)) return `${table}\ncomplete: all of the backup is in the cluster`;
  const doubts = [
    'in doubt: sent before the restore was cut short, and there is no telling whether they were deleted since; they were not written again:',
    ...tally.doubtful,
  ];
  return [
    table,
    ...(tally.doubtful.length > 0 ? doubts : []),
    'NOT complete:',
    ...(isBackupComplete ? [] : ['the backup is not, as was said at the beginning']),
    ...(tally.doubtful.length > 0 ? ['keys are in doubt, see above'] : []),
    ...openSalvages.map(({ detail }) => `${detail}; then run this restore again`),
  ].join('\n');
}

/** Said beside the error by which a restore ended before its time. */
export function cutShortText({ keys }: RestoreTally): string {
  return `NOT complete: ${keys} keys have been restored; the same command goes on from there`;
}
