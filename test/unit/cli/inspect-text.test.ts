import { describe, expect, it } from 'vitest';
import { inspectionText } from '../../../src/cli/inspect-text.ts';
import {
  actorNames,
  dotName,
  type HeldSibling,
  type InspectedNode,
  type InspectionDocument,
} from '../../../src/client/inspection-document.ts';

const sibling = (dot: string, value: string): HeldSibling => {
  const wallTime = '2026-01-01T00:00:00.000Z';
  return { dot, wallTime, contentType: 'text/plain', bytes: value.length, value };
};

const asked = { reachable: true, tookMs: 1, epoch: 9, appliedIndex: 12, counted: true };
const same = { behind: false, lacks: {}, alone: {}, replaced: [] };

const current: InspectedNode = {
  ...asked,
  node: 'n1',
  role: 'replica',
  outcome: 'ok',
  behind: false,
  version: {
    digest: '00000000000000aa',
    clock: { 'a.1': 2 },
    tombstone: false,
    siblings: [sibling('a.1:2', 'bread\u001b[31m')],
  },
  compared: { ...same, alone: { 'a.1': 2 } },
  hints: [],
};
const old: InspectedNode = {
  ...current,
  node: 'n2',
  behind: true,
  version: {
    digest: '00000000000000bb',
    clock: { 'a.1': 1 },
    tombstone: false,
    siblings: [sibling('a.1:1', 'milk')],
  },
  compared: { behind: true, lacks: { 'a.1': 2 }, alone: {}, replaced: ['a.1:1'] },
};
const silent: InspectedNode = {
  node: 'n3',
  role: 'replica',
  reachable: false,
  tookMs: 2_000,
  outcome: 'silent',
  problem: { code: 'timeout', detail: 'n3 did not answer' },
};
const keeper: InspectedNode = {
  ...asked,
  node: 'n4',
  role: 'fallback',
  outcome: 'ok',
  behind: false,
  version: null,
  compared: null,
  hints: [
    {
      target: 'n3',
      since: '2026-01-01T00:00:00.000Z',
      version: { digest: '00000000000000cc', clock: { 'a.1': 3 }, tombstone: true, siblings: [] },
      compared: same,
    },
  ],
};
const idle: InspectedNode = { ...keeper, node: 'n5', outcome: 'absent', hints: [] };

const found: InspectionDocument = {
  node: 'n1',
  bucket: { name: 'carts', mode: 'dynamo', n: 3, conflict: 'siblings' },
  key: 'alice\u0007',
  hash: '0123456789abcdef',
  partition: 5,
  epoch: 9,
  replicas: ['n1', 'n2', 'n3'],
  fallbacks: ['n4', 'n5'],
  move: { stage: 'write_both', from: ['n1', 'n2', 'n3'], to: ['n1', 'n2', 'n4'] },
  known: { digest: '00000000000000cc', clock: { 'a.1': 3 }, siblings: [] },
  actors: { 'a.1': 'n1' },
  nodes: [current, old, silent, keeper, idle],
};

/** Of the row that begins with these cells. */
function rowOf(text: string, ...cells: readonly string[]): readonly string[] {
  const rows = text.split('\n').map((line) => line.split(/ {2,}/));
  const row = rows.find((each) => cells.every((cell, at) => each[at] === cell));
  return row ?? [];
}

describe('a key that was looked into', () => {
  const text = inspectionText(found);

  it('has a row for each record, with what is different', () => {
    expect(rowOf(text, 'n1', 'replica')).toEqual([
      ...['n1', 'replica', 'ok', '00000000000000aa', 'n1:2', 'n1:2', 'has alone n1:2'],
    ]);
    expect(rowOf(text, 'n2')).toContain('BEHIND; lacks n1:2; still has n1:1');
    expect(rowOf(text, 'n3')).toContain('timeout: n3 did not answer');
    expect(rowOf(text, 'n4')).toEqual([
      ...['n4', 'hint for n3', 'ok', '00000000000000cc', 'n1:3', 'deleted'],
    ]);
    expect(text).toContain('nothing of it on n5');
    expect(text).toContain('moving, stage write_both: from n1, n2, n3 to n1, n2, n4');
  });

  it('says nothing that a terminal would obey', () => {
    expect(text).not.toMatch(/[^\P{C}\n]/u);
    expect(text).toContain('bread\\u{1b}[31m');
    expect(text).toContain('carts/alice\\u{7}');
  });

  it('has ballots in a paxos bucket', () => {
    const register = {
      promised: '9.3.1.1',
      accepted: '9.2.1.1',
      copied: false,
      version: '9.2.1.1',
      content: null,
    };
    const nodes: readonly InspectedNode[] = [
      { ...asked, node: 'n1', role: 'replica', outcome: 'ok', behind: false, register },
    ];
    const paxos = { ...found, bucket: { name: 'tills', mode: 'paxos' as const, n: 3 } };
    expect(rowOf(inspectionText({ ...paxos, chosen: '9.2.1.1', nodes }), 'n1')).toEqual([
      ...['n1', 'replica', 'ok', '9.3.1.1', '9.2.1.1', 'deleted at 9.2.1.1', 'chosen'],
    ]);
  });
});

it('an actor is named after its node, by itself where the node has several or is not known', () => {
  const names = actorNames({ ...found, actors: { 'a.1': 'n1', 'b.1': 'n2', 'b.2': 'n2' } });
  expect(['a.1', 'b.1', 'c.1'].map(names)).toEqual(['n1', 'n2(b.1)', 'c.1']);
  expect(dotName('a.1:17', names)).toBe('n1:17');
});
