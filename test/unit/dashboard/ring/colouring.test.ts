/** Colours of nodes, or of zones, which have patterns besides. */

import { expect, it } from 'vitest';
import { nodeColour } from '../../../../src/dashboard/node-colours.ts';
import { colouringOf, zoneNamesOf } from '../../../../src/dashboard/ring/colouring.ts';

const NODES = [
  { id: 'n1', zone: 'east' },
  { id: 'n2', zone: 'west' },
  { id: 'n3', zone: 'east' },
  { id: 'n4', zone: null },
];
const ZONES = zoneNamesOf(NODES);

it('of nodes are those of all panels', () => {
  const { keyOf, colourOf, patternOf } = colouringOf('node', NODES, ZONES);
  expect(keyOf('n3')).toBe('n3');
  expect(colourOf('n3')).toBe(nodeColour('n3', ['n1', 'n2', 'n3', 'n4']));
  expect(patternOf('n3')).toBeUndefined();
});

it('of zones are the same for all nodes of one, and differ by pattern too', () => {
  const { keyOf, colourOf, patternOf } = colouringOf('zone', NODES, ZONES);
  expect(ZONES).toEqual(['east', 'west']);
  expect(keyOf('n1')).toBe(keyOf('n3'));
  expect(colourOf(keyOf('n1'))).not.toBe(colourOf(keyOf('n2')));
  expect([patternOf(keyOf('n1')), patternOf(keyOf('n2'))]).toEqual([undefined, 0]);
});

it('of who is in no zone, or unknown, is none', () => {
  const { keyOf, colourOf, patternOf } = colouringOf('zone', NODES, ZONES);
  for (const node of ['n4', 'n9']) {
    expect(colourOf(keyOf(node))).toBe('var(--quiet)');
    expect(patternOf(keyOf(node))).toBeUndefined();
  }
});
