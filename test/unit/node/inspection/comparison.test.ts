import { describe, expect, it } from 'vitest';
import type { Dot } from '../../../../src/causality/version-vector.ts';
import { EMPTY_BYTES } from '../../../../src/kernel/bytes.ts';
import {
  compareAll,
  type Held,
  knownTogether,
} from '../../../../src/node/inspection/comparison.ts';
import type { HeldVersion, Holding } from '../../../../src/node/inspection/held-key.ts';
import type { PlaceRole } from '../../../../src/node/inspection/key-places.ts';

const A = 10;
const B = 11;

function dot(lineage: number, counter: number): Dot {
  return { lineage, actorEpoch: 1, counter };
}

function version(clock: readonly Dot[], siblings: readonly Dot[]): HeldVersion {
  const content = { contentType: '', meta: [], expiresAt: null, bytes: 0, head: EMPTY_BYTES };
  return {
    digest: 0n,
    clock,
    siblings: siblings.map((sibling) => ({ dot: sibling, hlc: 1, ...content })),
    self: null,
  };
}

function holder(node: string, holding: Holding, applied = 5, role: PlaceRole = 'replica'): Held {
  return { node, role, held: { epoch: 1, applied, counted: true, lineage: 1, holding } };
}

function replica(node: string, record: HeldVersion | 'damaged' | null): Held {
  return holder(node, { mode: 'dynamo', record, hints: [] });
}

function fallback(node: string, target: string, hint: HeldVersion): Held {
  const hints = [{ target, storedAt: 1, version: hint }];
  return holder(node, { mode: 'dynamo', record: null, hints }, 5, 'fallback');
}

const milk = version([dot(A, 1)], [dot(A, 1)]);
const bread = version([dot(B, 1)], [dot(B, 1)]);
const both = version([dot(A, 1), dot(B, 1)], [dot(A, 1), dot(B, 1)]);
const cake = version([dot(A, 2)], [dot(A, 2)]);

describe('copies of a key with siblings', () => {
  it('that are the same differ in nothing', () => {
    const all = [replica('n1', both), replica('n2', both)];
    const same = { behind: false, lacks: [], alone: [], replaced: [] };
    expect(compareAll(all).get('n2')).toEqual({ behind: false, record: same, hints: [] });
  });

  it('show who knows what alone', () => {
    const compared = compareAll([replica('n1', milk), replica('n2', bread), replica('n3', both)]);
    expect(compared.get('n1')?.record).toEqual({
      behind: true,
      lacks: [dot(B, 1)],
      alone: [],
      replaced: [],
    });
    expect(compared.get('n3')).toMatchObject({ behind: false, record: { alone: [] } });
    const two = compareAll([replica('n1', milk), replica('n2', bread)]);
    expect(two.get('n1')?.record).toMatchObject({ behind: true, alone: [dot(A, 1)] });
  });

  it('show what one still has that others know to be replaced', () => {
    const compared = compareAll([replica('n1', milk), replica('n2', cake)]);
    expect(compared.get('n1')?.record).toEqual({
      behind: true,
      lacks: [dot(A, 2)],
      alone: [],
      replaced: [dot(A, 1)],
    });
    expect(compared.get('n2')?.record).toMatchObject({ behind: false, alone: [dot(A, 2)] });
  });

  it('count a replica that has nothing, and no fallback that has nothing', () => {
    const idle = holder('n4', { mode: 'dynamo', record: null, hints: [] }, 5, 'fallback');
    const compared = compareAll([replica('n1', milk), replica('n2', null), idle]);
    expect(compared.get('n2')?.record).toMatchObject({ behind: true, lacks: [dot(A, 1)] });
    expect(compared.get('n4')).toEqual({ behind: false, record: undefined, hints: [] });
  });

  it('count hints, and not what is damaged', () => {
    const all = [replica('n1', milk), replica('n2', 'damaged'), fallback('n4', 'n2', cake)];
    const compared = compareAll(all);
    expect(compared.get('n1')).toMatchObject({ behind: true });
    expect(compared.get('n2')).toMatchObject({ behind: false, record: undefined });
    expect(compared.get('n4')?.hints).toMatchObject([{ behind: false, alone: [dot(A, 2)] }]);
    expect(knownTogether(all).siblings.map((sibling) => sibling.dot)).toEqual([dot(A, 2)]);
  });

  it('of one node alone differ from nobody', () => {
    expect(compareAll([replica('n1', milk)]).get('n1')?.record).toMatchObject({ alone: [] });
  });
});

describe('other modes', () => {
  it('an acceptor is behind where another accepted a later ballot', () => {
    const register = (counter: number) => ({
      promised: [1, counter, 1, 1] as const,
      accepted: [1, counter, 1, 1] as const,
      copied: false,
      version: [1, counter, 1, 1] as const,
      content: null,
    });
    const compared = compareAll([
      holder('n1', { mode: 'paxos', register: register(2) }),
      holder('n2', { mode: 'paxos', register: register(1) }),
      holder('n3', { mode: 'paxos', register: null }),
    ]);
    expect(['n1', 'n2', 'n3'].map((node) => compared.get(node)?.behind)).toEqual([
      ...[false, true, true],
    ]);
  });

  it('a member is behind where who is furthest has something else, not where it only lags', () => {
    const content = { contentType: '', meta: [], expiresAt: null, bytes: 0, head: EMPTY_BYTES };
    const value = (revision: number): Holding => {
      return { mode: 'raft', value: { ...content, revision, lease: null } };
    };
    const compared = compareAll([
      holder('n1', value(7), 9),
      holder('n2', value(7), 8),
      holder('n3', { mode: 'raft', value: null }, 6),
    ]);
    expect(['n1', 'n2', 'n3'].map((node) => compared.get(node)?.behind)).toEqual([
      ...[false, false, true],
    ]);
  });
});
