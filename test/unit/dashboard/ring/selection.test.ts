/** What is looked at, by the address and by the keyboard. */

import { describe, expect, it } from 'vitest';
import {
  ALL,
  addressOf,
  partitionByKey,
  selectionOf,
} from '../../../../src/dashboard/ring/selection.ts';

const read = (query: string) => selectionOf(new URLSearchParams(query), 8, (name) => name === 'n1');

describe('an address', () => {
  it.each([
    ['', ALL],
    ['partition=0', { type: 'partition', partition: 0 }],
    ['partition=7', { type: 'partition', partition: 7 }],
    ['partition=8', ALL],
    ['partition=-1', ALL],
    ['partition=1e0', ALL],
    ['partition=', ALL],
    ['node=n1', { type: 'node', node: 'n1' }],
    ['node=n2', ALL],
    ['partition=x&node=n1', { type: 'node', node: 'n1' }],
  ])('%j', (query, selection) => {
    expect(read(query)).toEqual(selection);
  });

  it('is that of what it leads to', () => {
    for (const query of ['partition=5', 'node=n1', '']) {
      const address = addressOf(read(query));
      expect(address).toBe(query === '' ? '#/ring' : `#/ring?${query}`);
    }
  });
});

describe('the keyboard', () => {
  it.each([
    ['ArrowRight', 7, 0],
    ['ArrowDown', 3, 4],
    ['ArrowLeft', 0, 7],
    ['ArrowUp', 3, 2],
    ['PageDown', 3, 4],
    ['Home', 3, 0],
    ['End', 3, 7],
    ['ArrowRight', undefined, 0],
    ['ArrowLeft', undefined, 7],
    ['Tab', 3, undefined],
  ])('%s leads from %s to %s', (key, from, to) => {
    expect(partitionByKey(key, from, 8)).toBe(to);
  });

  it('takes wide steps on a wide ring', () => {
    expect(partitionByKey('PageDown', 0, 1_024)).toBe(64);
    expect(partitionByKey('PageUp', 0, 1_024)).toBe(960);
  });
});
