import { describe, expect, it } from 'vitest';
import { Members } from '../../../src/gossip/members.ts';
import { rosterOf } from '../../sim/gossip/options.ts';
import { aliveOf, deadOf, Table } from './table.ts';

describe('the roster', () => {
  it('says who is a member; whoever is removed is forgotten for good', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    table.gossip.setRoster(rosterOf(1, 2), 0);
    expect(table.changes().map(({ kind, view }) => `${kind} ${view.member}`)).toEqual([
      'forgotten 3',
    ]);
    table.say(2, aliveOf(3, 5));
    expect(table.stateOf(3)).toBe(undefined);
    expect(table.gossip.status().reachable).toBe(2);
  });

  it('keeps its dead', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    table.say(2, deadOf(3, 1, 2));
    table.pass(3_600_000);
    expect(table.stateOf(3)).toBe('dead');
  });

  it('moves who is not alive, and nobody else', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    table.say(2, deadOf(3, 1, 2));
    const elsewhere = { host: 'h9', peerPort: 1, clientPort: 2 };
    const moved = rosterOf(1, 2, 3).map((entry) => ({ ...entry, address: elsewhere }));
    table.gossip.setRoster(moved, 0);
    expect(table.gossip.member(3)?.address).toEqual(elsewhere);
    expect(table.gossip.member(2)?.address.host).toBe('h2');
    // An unchanged roster does not move it back and forth.
    table.say(2, aliveOf(3, 2));
    table.gossip.setRoster(moved, 0);
    expect(table.gossip.member(3)?.address.host).toBe('h3');
  });
});

describe('strangers', () => {
  it('are bounded, and become members when the roster has them', () => {
    const members = new Members(1, 1);
    members.setRoster(rosterOf(1, 2), 0);
    expect(members.rememberStranger(aliveOf(7, 1), 0)?.no).toBe(7);
    expect(members.rememberStranger(aliveOf(8, 1), 0)).toBe(undefined);
    members.setRoster(rosterOf(1, 2, 7), 0);
    expect(members.get(7)?.inRoster).toBe(true);
    expect(members.rememberStranger(aliveOf(8, 1), 0)?.no).toBe(8);
  });

  it('make room when they are forgotten', () => {
    const members = new Members(1, 1);
    const stranger = members.rememberStranger(aliveOf(7, 1), 0);
    if (stranger !== undefined) members.forget(stranger);
    expect(members.rememberStranger(aliveOf(8, 1), 0)?.no).toBe(8);
  });

  it('speak to nobody who does not know them, but for their push-pull', () => {
    const table = new Table([1, 2]);
    table.say(7, aliveOf(7, 1));
    expect(table.stateOf(7)).toBe(undefined);
    table.joined(7);
    expect(table.stateOf(7)).toBe('alive');
  });
});
