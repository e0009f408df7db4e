import { expect, it } from 'vitest';
import { nodeNotes } from '../../../../src/dashboard/charts/node-notes.ts';
import type { ActivityDocument, ActivityState } from '../../../../src/kernel/activity.ts';

function documentOf(...states: readonly ActivityState[]): ActivityDocument {
  const nodes = states.map((state, i) => {
    return { node: `n${i + 1}`, state, tookMs: 1, activity: null };
  });
  return { node: 'n1', nodes };
}

it('says nothing where all answer', () => {
  expect(nodeNotes(documentOf('answered', 'answered'), undefined)).toEqual([]);
});

it('names whose counts are not among those of all', () => {
  const document = documentOf('answered', 'silent', 'silent', 'does_not_say');
  expect(nodeNotes(document, undefined)).toEqual([
    'n2, n3 do not answer. The charts are of the others.',
    'n4 does not say what is done: an older version of Quorate runs there. The charts are of the others.',
  ]);
});

it('speaks of nobody but the node that is shown', () => {
  const document = documentOf('answered', 'silent', 'does_not_say');
  expect(nodeNotes(document, 'n1')).toEqual([]);
  expect(nodeNotes(document, 'n2')).toEqual(['n2 does not answer.']);
  expect(nodeNotes(document, 'n7')).toEqual(['n7 is not a member of this cluster.']);
});
