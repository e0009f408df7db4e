import { describe, expect, it } from 'vitest';
import { Gossip } from '../../../src/gossip/gossip.ts';
import { optionsFor, rosterOf } from '../../sim/gossip/options.ts';
import { deadOf, suspectOf, Table } from './table.ts';

describe('the incarnation', () => {
  it('rises at every start, before anything is said', () => {
    const gossip = new Gossip(optionsFor(1), { incarnation: 41 });
    gossip.setRoster(rosterOf(1, 2), 0);
    gossip.tick(5_000);
    expect(gossip.nextWakeMs).toBe(Number.POSITIVE_INFINITY);
    expect(gossip.effects()).toEqual({ persistIncarnation: 42, messages: [], changes: [] });
    gossip.persisted(42, 5_000);
    const [first] = gossip.effects().messages;
    expect(first).toMatchObject({ to: 2, message: { members: [{ member: 1, incarnation: 42 }] } });
  });

  it('is asked for once', () => {
    const gossip = new Gossip(optionsFor(1), { incarnation: 0 });
    expect(gossip.hasEffects).toBe(true);
    expect(gossip.effects().persistIncarnation).toBe(1);
    expect(gossip.hasEffects).toBe(false);
    expect(gossip.effects().persistIncarnation).toBe(undefined);
  });

  it('does not rise twice for accusations that one refutes', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    table.say(2, suspectOf(1, 1, 2));
    expect(table.gossip.effects().persistIncarnation).toBe(2);
    table.say(3, deadOf(1, 1, 3));
    expect(table.gossip.effects().persistIncarnation).toBe(undefined);
    table.say(3, deadOf(1, 2, 3));
    expect(table.gossip.effects().persistIncarnation).toBe(3);
    table.gossip.persisted(2, 0);
    table.gossip.persisted(3, 0);
    expect(table.gossip.status()).toMatchObject({ incarnation: 3 });
  });

  it('rises for a new address', () => {
    const table = new Table([1, 2]);
    table.gossip.setAddress({ host: 'h9', peerPort: 1, clientPort: 2 });
    expect(table.persist().persistIncarnation).toBe(2);
  });

  it('does not rise for a member that has taken leave', () => {
    const table = new Table([1, 2]);
    table.joined(2);
    table.gossip.leave(0);
    table.say(2, deadOf(1, 1, 2));
    expect(table.gossip.effects().persistIncarnation).toBe(undefined);
  });

  it('that nobody asked for cannot be on disk', () => {
    const table = new Table([1, 2]);
    expect(() => table.gossip.persisted(9, 0)).toThrow('only what was asked for');
  });
});

it('a lone member that leaves need not tell anybody', () => {
  const table = new Table([1]);
  table.gossip.leave(0);
  expect(table.gossip.status().leave).toBe('told');
});
