/** When a restore is called complete, and what it says where it is not. */

import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/cli/exit.ts';
import {
  endingDocument,
  endingOf,
  endingText,
  exitCodeOfEnding,
  isOver,
} from '../../../src/cli/restore-ending.ts';
import type { RingPlanDocument } from '../../../src/client/ring-documents.ts';
import { aManifest } from './a-manifest.ts';

type Notes = RingPlanDocument['notes'];

const OPEN: Notes = [
  { code: 'node_silent', node: 'n2', detail: 'n2 does not answer' },
  { code: 'salvage_open', node: 'n4', detail: 'what only n4 held can be salvaged yet' },
];

function ending(doubtful: readonly string[], complete: boolean, notes: Notes) {
  const counts = { keys: 3, restored: 3, present: 0, deleted: 0, expired: 0 };
  const tally = { ...counts, doubtful: [...doubtful] };
  const buckets = [{ name: 'carts', number: 7 }];
  const place = { done: null, sent: null, finishedAt: null };
  const progress = { format: 2, backupId: 'b', clusterId: 'c', buckets, ...place, tally };
  return endingOf(progress, { ...aManifest, complete }, { notes });
}

describe('a restore', () => {
  it.each([
    ['all is there', [], true, [], EXIT.done],
    ['the backup lacked something', [], false, [], EXIT.done],
    ['keys are in doubt', ['carts/a'], true, [], EXIT.undecided],
    ['a salvage is open', [], true, OPEN, EXIT.failed],
    ['a salvage is open and keys are in doubt', ['carts/a'], true, OPEN, EXIT.undecided],
  ] as const)('is complete only where %s', (what, doubtful, complete, notes, code) => {
    const one = ending(doubtful, complete, notes);
    const isComplete = what === 'all is there';
    expect(endingDocument(one)).toMatchObject({ restored: 3, complete: isComplete });
    expect(endingText(one).includes('NOT complete')).toBe(!isComplete);
    expect(endingText(one).includes('\ncomplete: ')).toBe(isComplete);
    expect([exitCodeOfEnding(one), isOver(one)]).toEqual([code, notes.length === 0]);
  });

  it('says whose salvage is open, and how to go on', () => {
    const one = ending([], true, OPEN);
    expect(endingDocument(one).openSalvages).toEqual(['n4']);
    expect(endingText(one)).toContain(
      'what only n4 held can be salvaged yet; then run this restore again',
    );
  });
});
