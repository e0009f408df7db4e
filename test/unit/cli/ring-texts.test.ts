/** What `quorate cluster` and `quorate transfers` print. */

import { describe, expect, it } from 'vitest';
import { ringPlanText } from '../../../src/cli/ring-plan-text.ts';
import { transfersText } from '../../../src/cli/transfers-text.ts';
import type {
  RingChange,
  RingPlan,
  RingPlanDocument,
  TransferDocument,
  TransfersDocument,
} from '../../../src/client/ring-documents.ts';
import { bytesText } from '../../../src/kernel/bytes-text.ts';

const MIB = 1024 * 1024;

describe('a number of bytes', () => {
  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KiB'],
    [1.5 * MIB, '1.5 MiB'],
    [3 * 1024 * MIB, '3.0 GiB'],
    [5_000 * 1024 * 1024 * MIB, '5000.0 TiB'],
  ])('%i', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});

const PLAN: RingPlan = {
  replicationFactor: 3,
  nodes: [
    {
      node: 'n1',
      status: 'member',
      zone: null,
      weight: 1,
      placesBefore: 32,
      placesAfter: 24,
      share: 24,
      gained: [],
      lost: [1, 2, 3, 4, 5, 6, 7, 8],
      bytesGained: 0,
    },
    {
      node: 'n4',
      status: 'member',
      zone: 'west',
      weight: 2,
      placesBefore: 0,
      placesAfter: 24,
      share: 24.25,
      gained: [1, 2],
      lost: [],
      bytesGained: 2 * MIB,
    },
  ],
  underWay: 0,
  moves: 24,
  movedPlaces: 25,
  movedPlacesLeast: 24,
  bytesToMove: 3 * MIB,
  before: { zonesViolated: [], farthestFromShare: 8 },
  after: { zonesViolated: [3], farthestFromShare: 0.25 },
  warnings: [{ code: 'zones', detail: 'n4 alone is in zone west', partitions: [] }],
};

function planOf(more: Partial<RingPlanDocument> = {}): string {
  const none: Omit<RingPlanDocument, 'node' | 'epoch'> = {
    done: null,
    staged: [],
    plan: null,
    movesLeft: null,
    notes: [],
  };
  return ringPlanText({ node: 'n1', epoch: 9, ...none, ...more });
}

describe('a plan', () => {
  it('says what is staged, who gets what, what it costs, and how to begin', () => {
    const staged = [{ change: 'join', node: 'n4' }] as const;
    expect(planOf({ staged, plan: PLAN })).toBe(
      `n4 joins

node   status   zone   weight   places   then   share   gains   loses   copied to it
n1     member   -      1        32       24     24.0    0       8       about 0 B
n4     member   west   2        0        24     24.3    2       0       about 2.0 MiB

24 moves; 25 copies of a partition, 24 at least; about 3.0 MiB to copy
farthest from its share: 8.0 places now, 0.3 then
partitions in fewer zones than there could be: 0 now, 1 then
warning: n4 alone is in zone west

quorate cluster commit begins it`,
    );
  });

  it('says where nobody knows how much there is', () => {
    const nodes = PLAN.nodes.map((node) => ({ ...node, bytesGained: null }));
    const text = planOf({ plan: { ...PLAN, nodes, bytesToMove: null } });
    expect(text).toContain('24 at least; unknown to copy');
    expect(text).toMatch(/ 2 {7}0 {7}unknown$/m);
  });

  it.each<readonly [RingChange, string]>([
    [{ change: 'leave', node: 'n2' }, 'n2 leaves'],
    [{ change: 'remove', node: 'n2' }, 'n2 is dead, others take its places'],
    [{ change: 'replace', node: 'n2', by: 'n5' }, 'n2 is dead, n5 takes its places'],
    [{ change: 'zone', node: 'n2', zone: 'east' }, 'n2 is in zone east'],
    [{ change: 'zone', node: 'n2', zone: null }, 'n2 is in no zone'],
    [{ change: 'weight', node: 'n2', weight: 4 }, 'n2 has weight 4'],
    [{ change: 'replication_factor', replicationFactor: 5 }, 'each key has 5 replicas'],
  ])('names a change: %o', (change, text) => {
    expect(planOf({ staged: [change], plan: PLAN }).split('\n')[0]).toBe(text);
  });

  it('says that nothing is staged, and what is under way', () => {
    expect(planOf()).toBe('nothing is staged');
    expect(planOf({ movesLeft: 7 })).toBe(
      'changes are under way, 7 moves to begin; see quorate transfers\n\nnothing is staged',
    );
  });
});

describe('what was done', () => {
  const changes = [
    { change: 'join', node: 'n4' },
    { change: 'leave', node: 'n2' },
  ] as const;

  it('by a commit: what was committed, and what follows', () => {
    const done = { done: 'committed', changes } as const;
    expect(planOf({ done, movesLeft: 7 })).toBe(
      'committed: n4 joins\ncommitted: n2 leaves\n\nchanges are under way, 7 moves to begin; see quorate transfers',
    );
  });

  it('by an abort: what becomes of the moves', () => {
    const done = { done: 'aborted', movesNotBegun: 5 } as const;
    expect(planOf({ done: { ...done, movesToEnd: 3 } })).toBe(
      'aborted: 5 moves will not be begun, 3 go back or to their end; see quorate transfers',
    );
    expect(planOf({ done: { ...done, movesToEnd: 0 } })).toBe(
      'aborted: 5 moves will not be begun, 0 go back or to their end',
    );
  });

  it('where something was cleared, and where there was nothing', () => {
    expect(planOf({ done: { done: 'cleared', changes: [changes[0]] } })).toBe('cleared: n4 joins');
    expect(planOf({ done: { done: 'cleared', changes: [] } })).toBe('nothing is staged');
  });
});

it('notes come last', () => {
  const notes = [{ code: 'salvage_open', node: 'n3', detail: 'close it' }] as const;
  expect(planOf({ notes })).toBe('nothing is staged\n\nnote: close it');
});

const MOVE: TransferDocument = {
  partition: 7,
  stage: 'write_both',
  from: ['n1', 'n2', 'n3'],
  to: ['n4', 'n2', 'n3'],
  waits: null,
  keys: 30,
  bytes: 1_536,
  keysInAll: 100,
};

const FOUND: TransfersDocument = {
  node: 'n1',
  bytesPerSecond: null,
  moves: [MOVE],
  movesLeft: 5,
  bytesLeft: 10 * MIB,
  bytesMoved: 2 * MIB,
};

/** The bars of moves like these. */
function bars(...moves: readonly Partial<TransferDocument>[]): readonly string[] {
  const text = transfersText(
    { ...FOUND, moves: moves.map((move) => ({ ...MOVE, ...move })) },
    undefined,
  );
  return text.match(/\[[#.]*\] \d+ %/g) ?? [];
}

describe('transfers', () => {
  it('are a table with bars, and what is left', () => {
    const waiting = {
      ...MOVE,
      partition: 12,
      stage: 'read_new',
      waits: 'n1 did not fence',
    } as const;
    expect(transfersText({ ...FOUND, moves: [MOVE, waiting] }, undefined)).toBe(
      `partition   stage        change    copied                                  waits for
7           write_both   -n1 +n4   [######..............] 30 %   1.5 KiB
12          read_new     -n1 +n4   waits at 100 %                1.5 KiB   n1 did not fence

2 on their way, 5 to begin; 2.0 MiB moved (bound of a node: no bound)`,
    );
  });

  it('tell how fast it goes and how long it takes, where somebody watches', () => {
    const lines = transfersText({ ...FOUND, bytesPerSecond: 8 * MIB }, 4 * MIB).split('\n');
    expect(lines.slice(-2)).toEqual([
      '1 on their way, 5 to begin; 2.0 MiB moved, 4.0 MiB/s (bound of a node: 8.0 MiB/s)',
      'about 10.0 MiB to go, 3 s at this rate',
    ]);
  });

  it.each([
    [FOUND, 0],
    [{ ...FOUND, bytesLeft: null }, MIB],
  ])('tell no time where none can be told', (found, rate) => {
    expect(transfersText(found, rate)).not.toContain('to go');
  });

  it('are at rest', () => {
    expect(transfersText({ ...FOUND, moves: [], movesLeft: 0 }, undefined)).toBe(
      'every partition is where it belongs (bound of a node: no bound)',
    );
  });

  it('have no bar while they wait', () => {
    const waiting = { ...MOVE, keys: 0, waits: 'n1 cannot be reached' };
    const text = transfersText({ ...FOUND, moves: [waiting] }, undefined);
    expect(text).toMatch(/^7 +write_both +-n1 \+n4 +waits +1\.5 KiB +n1 cannot be reached$/m);
  });

  it('have bars by stage', () => {
    expect(
      bars(
        { stage: 'prepare' },
        { keysInAll: null },
        { keysInAll: 0 },
        { keys: 200 },
        { stage: 'stable', keysInAll: null },
      ),
    ).toEqual([
      '[....................] 0 %',
      '[....................] 0 %',
      '[....................] 0 %',
      '[####################] 100 %',
      '[####################] 100 %',
    ]);
  });
});
