/** What is drawn of looks at a cluster, and where there are gaps. */

import { describe, expect, it } from 'vitest';
import {
  figuresThrough,
  type History,
  LOOKS_MAX,
  NO_HISTORY,
  SHOWN_MS,
  withLook,
} from '../../../../src/dashboard/charts/history.ts';
import type { ActivityDocument, NodeActivity } from '../../../../src/kernel/activity.ts';
import { anActivity, requestCounts } from '../../kernel/an-activity.ts';

const START_MS = 1_800_000_000_000;

/** Gets of each node since it started; null: it is silent. */
type Gets = Readonly<Record<string, number | null>>;

function documentOf(gets: Gets, upMs: number, given: Partial<NodeActivity> = {}): ActivityDocument {
  const nodes = Object.entries(gets).map(([node, count]) => {
    if (count === null) return { node, state: 'silent', tookMs: 900, activity: null } as const;
    const requests = { get: requestCounts([count, count, count]) };
    const activity = anActivity({ upMs, requests, ...given });
    return { node, state: 'answered', tookMs: 1, activity } as const;
  });
  return { node: 'n1', nodes };
}

/** A look each second. */
function through(looks: readonly Gets[]): History {
  return looks.reduce(
    (history, gets, i) =>
      withLook(history, documentOf(gets, 10_000 + i * 1_000), START_MS + i * 1_000),
    NO_HISTORY,
  );
}

function getsOf({ looks }: History, node?: string): readonly (number | undefined)[] {
  return figuresThrough(looks, node).map((figures) => figures?.get);
}

describe('a history', () => {
  it('has what was done from each look to the next, of one node and of all', () => {
    const history = through([
      { n1: 10, n2: 100 },
      { n1: 15, n2: 100 },
      { n1: 16, n2: 107 },
    ]);
    expect(getsOf(history)).toEqual([undefined, 5, 8]);
    expect(getsOf(history, 'n1')).toEqual([undefined, 5, 1]);
    expect(getsOf(history, 'n2')).toEqual([undefined, 0, 7]);
    expect(getsOf(history, 'n3')).toEqual([undefined, undefined, undefined]);
    expect(getsOf(history, '__proto__')).toEqual([undefined, undefined, undefined]);
  });

  it('has a gap where a node does not answer, until it has answered twice', () => {
    const history = through([
      { n1: 0, n2: 0 },
      { n1: 1, n2: 10 },
      { n1: 2, n2: null },
      { n1: 3, n2: 500 },
      { n1: 4, n2: 520 },
    ]);
    expect(getsOf(history, 'n2')).toEqual([undefined, 10, undefined, undefined, 20]);
    expect(getsOf(history)).toEqual([undefined, 11, 1, 1, 21]);
  });

  it('has a gap where nobody answered', () => {
    expect(getsOf(through([{ n1: 1 }, { n1: null }, { n1: 5 }, { n1: 6 }]))).toEqual([
      undefined,
      undefined,
      undefined,
      1,
    ]);
  });

  it('has a gap where nobody looked, as while the page is hidden', () => {
    const before = through([{ n1: 1 }, { n1: 2 }]);
    const back = withLook(before, documentOf({ n1: 900 }, 70_000), START_MS + 61_000);
    const on = withLook(back, documentOf({ n1: 903 }, 71_000), START_MS + 62_000);
    expect(getsOf(on)).toEqual([undefined, 1, undefined, 3]);
  });

  it('has no rates below zero where a node was started anew', () => {
    const before = through([{ n1: 1_000 }, { n1: 1_001 }]);
    const anew = documentOf({ n1: 4 }, 500, { life: 8 });
    expect(getsOf(withLook(before, anew, START_MS + 2_000))).toEqual([undefined, 1, 8]);
  });

  it('takes no answer twice', () => {
    const once = through([{ n1: 1 }, { n1: 2 }]);
    expect(withLook(once, documentOf({ n1: 2 }, 11_000), START_MS + 1_000)).toBe(once);
  });

  it('keeps five minutes, and no more looks than are shown', () => {
    const long = through(Array.from({ length: LOOKS_MAX + 50 }, (_, i) => ({ n1: i })));
    expect(long.looks).toHaveLength(LOOKS_MAX);
    expect(getsOf(long).every((gets) => gets === 1)).toBe(true);

    const later = withLook(
      long,
      documentOf({ n1: 0 }, 1_000_000),
      START_MS + (LOOKS_MAX + 49) * 1_000 + SHOWN_MS,
    );
    expect(later.looks).toHaveLength(1);
  });
});
