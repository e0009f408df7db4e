import { describe, expect, it } from 'vitest';
import { addressOf } from '../../sim/gossip/options.ts';
import { aliveOf, deadOf, recordOf, suspectOf, Table } from './table.ts';

describe('AliveNode', () => {
  it('_Refute: an accusation is refuted by an incarnation above it', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    table.say(2, suspectOf(1, 1, 3));
    const { persistIncarnation, messages } = table.persist();
    expect(persistIncarnation).toBe(2);
    expect(messages).toEqual([]);
    const alive = { ...aliveOf(1, 2) };
    expect(table.messages()).toEqual([{ to: 2, message: { type: 'gossip', news: [alive] } }]);
    expect(table.gossip.status()).toMatchObject({ incarnation: 2, awareness: 1 });
  });

  it('_Conflict: another address needs another incarnation', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    const elsewhere = { ...addressOf(3), host: 'h9' };
    table.say(2, { ...aliveOf(3, 1), sequence: 4, address: elsewhere });
    expect(table.gossip.member(3)?.address).toEqual(addressOf(3));
    expect(table.gossip.status().counters.addressConflicts).toBe(1);
    table.say(2, { ...aliveOf(3, 2), address: elsewhere });
    expect(table.gossip.member(3)?.address).toEqual(elsewhere);
  });

  it('needs a strictly higher incarnation to end a suspicion', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    table.say(2, suspectOf(3, 1, 2));
    table.say(2, aliveOf(3, 1));
    expect(table.stateOf(3)).toBe('suspect');
    table.say(2, aliveOf(3, 2));
    expect(table.stateOf(3)).toBe('alive');
  });

  it('without an incarnation, a name or a host of bounded length is not believed', () => {
    const table = new Table([1, 2]);
    table.joined(2);
    table.say(2, aliveOf(7, 0));
    table.say(2, { ...aliveOf(7, 1), name: 'n'.repeat(64) });
    table.say(2, { ...aliveOf(7, 1), address: { ...addressOf(7), host: 'h'.repeat(254) } });
    expect(table.stateOf(7)).toBe(undefined);
  });
});

describe('DeadNode', () => {
  it('_AliveReplay: an old word that it lives does not revive it', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    table.say(2, deadOf(3, 1, 2));
    table.say(2, aliveOf(3, 1));
    expect(table.stateOf(3)).toBe('dead');
  });

  it('is not said of members that are not known', () => {
    const table = new Table([1, 2]);
    table.joined(2);
    table.say(2, deadOf(7, 1, 2), suspectOf(8, 1, 2));
    expect(table.gossip.members()).toHaveLength(1);
  });
});

describe('GossipToDead', () => {
  it.each([
    { afterMs: 29_000, gossipedTo: [2, 3] },
    { afterMs: 31_000, gossipedTo: [2] },
  ])('$afterMs ms after the death', ({ afterMs, gossipedTo }) => {
    const table = new Table([1, 2, 3], { probeIntervalMs: 1e9, stallMs: 1e9 });
    table.joined(2, 3);
    table.say(2, deadOf(3, 1, 2));
    table.pass(afterMs);
    table.messages();
    table.say(2, aliveOf(2, 2));
    table.pass(200);
    const gossiped = table.messages().filter(({ message }) => message.type === 'gossip');
    expect(gossiped.map(({ to }) => to)).toEqual(gossipedTo);
  });
});

describe('a push-pull', () => {
  it('merges dead as suspect where the member lives, by the one who says so', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    table.tellAll(2, [recordOf('dead', 3, 1, 9)]);
    expect(table.stateOf(3)).toBe('suspect');
    expect(table.gossip.status().members.find(({ member }) => member === 3)?.accusers).toEqual([2]);
  });

  it('merges left as left', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    table.tellAll(2, [recordOf('left', 3, 1)]);
    expect(table.stateOf(3)).toBe('left');
  });

  it('counts the accuser that it names, once', () => {
    const table = new Table([1, 2, 3, 4, 5]);
    table.joined(2, 3, 4, 5);
    table.say(2, suspectOf(5, 1, 2));
    table.tellAll(3, [recordOf('suspect', 5, 1, 2)]);
    table.tellAll(4, [recordOf('suspect', 5, 1, 2)]);
    const suspect = () => table.gossip.status().members.find(({ member }) => member === 5);
    expect(suspect()?.accusers).toEqual([2]);
    table.tellAll(4, [recordOf('suspect', 5, 1, 4)]);
    expect(suspect()?.accusers).toEqual([2, 4]);
  });
});

describe('facts', () => {
  const facts = { metadataIndex: 7, hintHorizon: 3 };

  it('are believed by incarnation and sequence, and send nothing', () => {
    const table = new Table([1, 2, 3]);
    table.joined(2, 3);
    const queued = table.gossip.status().newsQueued;
    table.say(2, { ...aliveOf(3, 1), sequence: 2, facts });
    expect(table.changes().map(({ kind }) => kind)).toEqual(['facts']);
    table.say(2, { ...aliveOf(3, 1), sequence: 1 });
    expect(table.gossip.member(3)?.facts).toEqual(facts);
    expect(table.gossip.status().newsQueued).toBe(queued);
    table.say(2, aliveOf(3, 2));
    expect(table.gossip.member(3)?.facts.metadataIndex).toBe(0);
  });

  it('of this member cost no incarnation', () => {
    const table = new Table([1, 2]);
    table.gossip.setFacts(facts);
    expect(table.gossip.effects().persistIncarnation).toBe(undefined);
  });
});
