/** The causal history as it is drawn. */

import { describe, expect, it } from 'vitest';
import { encodeContext } from '../../../../src/causality/context-codec.ts';
import type {
  ClockDocument,
  HeldSibling,
  InspectedNode,
  InspectionDocument,
} from '../../../../src/client/inspection-document.ts';
import {
  type CausalGraph,
  causalGraphOf,
  type GraphEdge,
} from '../../../../src/dashboard/key/causal-graph.ts';
import { type SeenWrites, seenIn } from '../../../../src/dashboard/key/causal-past.ts';

const NO_PASTS = new Map<string, SeenWrites>();

function nodeWith(
  node: string,
  clock: ClockDocument,
  dots: readonly string[],
  replaced: readonly string[] = [],
): InspectedNode {
  const siblings = dots.map((dot): HeldSibling => {
    return { dot, wallTime: '', contentType: '', bytes: 1, value: 'v' };
  });
  return {
    ...{ node, role: 'replica', reachable: true, tookMs: 1, outcome: 'ok', hints: [] },
    version: { digest: '0', clock, tombstone: dots.length === 0, siblings },
    compared: { behind: replaced.length > 0, lacks: {}, alone: {}, replaced },
  };
}

function found(
  clock: ClockDocument,
  siblings: readonly string[],
  nodes: readonly InspectedNode[],
): InspectionDocument {
  return {
    node: 'n1',
    bucket: { name: 'b', mode: 'dynamo' },
    ...{ key: 'k', hash: '0'.repeat(16), partition: 1, epoch: 1 },
    ...{ replicas: [], fallbacks: [], move: null },
    known: { digest: '0', clock, siblings },
    actors: { 'a.1': 'n1', 'b.1': 'n2' },
    nodes,
  };
}

function drawn(document: InspectionDocument, pasts = NO_PASTS): CausalGraph {
  const graph = causalGraphOf(document, pasts);
  if (graph === undefined) throw new Error('nothing was drawn');
  return graph;
}

const dotsOf = ({ events }: CausalGraph) => events.map(({ dot, kind }) => `${dot} ${kind}`);
const edgeText = ({ from, to, kind }: GraphEdge) => `${from.dot} ${kind} ${to.dot}`;
const columnOf = ({ events }: CausalGraph, dot: string) =>
  events.find((event) => event.dot === dot)?.column ?? -1;

describe('the history of siblings', () => {
  const clock = { 'a.1': 2, 'b.1': 1 };
  const both = nodeWith('n1', clock, ['a.1:2', 'b.1:1']);

  it('has a lane for each actor, its writes, and what became of them', () => {
    const graph = drawn(found(clock, ['a.1:2', 'b.1:1'], [both]));
    expect(graph.lanes.map(({ name }) => name)).toEqual(['n1', 'n2']);
    expect(dotsOf(graph)).toEqual(['a.1:1 gone', 'a.1:2 value', 'b.1:1 value']);
    expect(graph.edges).toEqual([]);
  });

  it('shows who knows how much', () => {
    const behind = nodeWith('n3', { 'a.1': 1 }, ['a.1:1'], ['a.1:1']);
    const graph = drawn(found(clock, ['a.1:2', 'b.1:1'], [both, behind]));
    expect(graph.events.map(({ knownBy }) => knownBy)).toEqual([['n3'], ['n1'], ['n1']]);
    expect(dotsOf(graph)[0]).toBe('a.1:1 behind');
  });

  it('draws what may have replaced what one still has', () => {
    const behind = nodeWith('n3', { 'a.1': 1 }, ['a.1:1'], ['a.1:1']);
    const graph = drawn(found(clock, ['a.1:2', 'b.1:1'], [both, behind]));
    expect(graph.edges.map(edgeText)).toEqual(['a.1:1 perhaps a.1:2', 'a.1:1 perhaps b.1:1']);
    expect(columnOf(graph, 'b.1:1')).toBe(1);
  });

  it('draws what a write of this page had seen, to its right', () => {
    const after = { 'a.1': 3, 'b.1': 1 };
    const past = { clock: new Map(Object.entries({ 'a.1': 2, 'b.1': 1 })), dots: ['a.1:3'] };
    const document = found(after, ['a.1:3'], [nodeWith('n1', after, ['a.1:3'])]);
    const graph = drawn(document, new Map([['a.1:3', past]]));
    expect(graph.edges.map(edgeText)).toEqual(['a.1:2 saw a.1:3', 'b.1:1 saw a.1:3']);
    expect(columnOf(graph, 'a.1:3')).toBeGreaterThan(columnOf(graph, 'b.1:1'));
  });

  it('draws what is known for sure only once', () => {
    const behind = nodeWith('n3', { 'a.1': 1 }, ['a.1:1'], ['a.1:1']);
    const past = { clock: new Map([['a.1', 1]]), dots: ['a.1:2'] };
    const document = found(
      { 'a.1': 2 },
      ['a.1:2'],
      [nodeWith('n1', { 'a.1': 2 }, ['a.1:2']), behind],
    );
    const graph = drawn(document, new Map([['a.1:2', past]]));
    expect(graph.edges.map(edgeText)).toEqual(['a.1:1 saw a.1:2']);
  });

  it('leaves out what is long ago, and says how much', () => {
    const long = { 'a.1': 500 };
    const document = found(
      long,
      ['a.1:20', 'a.1:500'],
      [nodeWith('n1', long, ['a.1:20', 'a.1:500'])],
    );
    const { events } = drawn(document);
    expect(events.map(({ counter, skipped }) => [counter, skipped])).toEqual([
      [20, 19],
      [498, 477],
      [499, 0],
      [500, 0],
    ]);
  });

  it('is nothing where nothing was written', () => {
    expect(causalGraphOf({ ...found({}, [], []), known: null }, NO_PASTS)).toBeUndefined();
  });
});

describe('what a write had seen', () => {
  it('is read out of the context of its answer', () => {
    const dot = { lineage: 0xa1b2c3d4e5f6, actorEpoch: 300, counter: 70_000 };
    const clock = [{ lineage: 1, actorEpoch: 1, counter: 7 }];
    const scope = { cluster: 2n ** 63n, keyHash: 5n, seal: () => 9n };
    const token = encodeContext({ clock, dots: [dot], reap: 70_000 }, scope);
    expect(seenIn(token)).toEqual({
      clock: new Map([['1.1', 7]]),
      dots: ['a1b2c3d4e5f6.300:70000'],
    });
  });

  it.each(['', 'x', '!!', 'AgAA', 'AQ'])('is not known of %j', (token) => {
    expect(seenIn(token)).toBeUndefined();
  });
});
