import { expect, it } from 'vitest';
import { OwnTime } from '../../../src/gossip/own-time.ts';
import { Table } from './table.ts';

it('does not count a gap in which an input was due', () => {
  const time = new OwnTime(500);
  time.advance(1_000, () => Number.POSITIVE_INFINITY);
  expect(time.nowMs).toBe(1_000);
  expect(time.advance(1_700, () => 1_200)).toBe(false);
  expect(time.nowMs).toBe(1_700);
  expect(time.advance(9_700, () => 1_900)).toBe(true);
  expect(time.nowMs).toBe(1_700);
  expect(time.toHostMs(1_900)).toBe(9_900);
  expect(time.advance(9_900, () => 1_900)).toBe(false);
  expect(time.nowMs).toBe(1_900);
});

it('counts a gap in which nothing was due, and never falls', () => {
  const time = new OwnTime(500);
  time.advance(1_000, () => 20_000);
  time.advance(9_000, () => 20_000);
  expect(time.nowMs).toBe(9_000);
  time.advance(8_000, () => 20_000);
  expect(time.nowMs).toBe(9_000);
});

it('a machine whose process stood still accuses nobody for it', () => {
  const table = new Table([1, 2, 3]);
  table.joined(2, 3);
  table.pass(100);
  table.gossip.tick(60_000);
  expect(table.stateOf(3)).toBe('alive');
  expect(table.gossip.status()).toMatchObject({ awareness: 1, counters: { stalls: 1 } });
  table.nowMs = 60_001;
  table.ack(3, 1);
  table.pass(900);
  expect(table.stateOf(3)).toBe('alive');
});
