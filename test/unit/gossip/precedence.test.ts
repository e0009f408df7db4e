import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MemberState } from '../../../src/gossip/effects.ts';
import type { News } from '../../../src/gossip/message.ts';
import { outranks, standingOf } from '../../../src/gossip/precedence.ts';
import { addressOf } from '../../sim/gossip/options.ts';
import { Table } from './table.ts';

const STATES: readonly MemberState[] = ['alive', 'suspect', 'dead', 'left'];

describe('in one incarnation', () => {
  it.each(STATES)('%s is outranked by what stands after it alone', (state) => {
    const held = { state, incarnation: 3 };
    const above = STATES.filter((told) => outranks({ state: told, incarnation: 3 }, held));
    expect(above).toEqual(STATES.slice(STATES.indexOf(state) + 1));
  });
});

it('a higher incarnation outranks whatever was said of a lower one', () => {
  for (const told of STATES) {
    for (const held of STATES) {
      expect(outranks({ state: told, incarnation: 4 }, { state: held, incarnation: 3 })).toBe(true);
      expect(outranks({ state: told, incarnation: 3 }, { state: held, incarnation: 4 })).toBe(
        false,
      );
    }
  }
});

it('whoever says itself that it is dead has left', () => {
  const dead = { type: 'dead', member: 3, incarnation: 1 } as const;
  expect(standingOf({ ...dead, accuser: 2 }).state).toBe('dead');
  expect(standingOf({ ...dead, accuser: 3 }).state).toBe('left');
});

it('the same news in any order leads to the same belief', () => {
  const someNews: fc.Arbitrary<News> = fc
    .record({
      type: fc.constantFrom('alive' as const, 'suspect' as const, 'dead' as const),
      member: fc.integer({ min: 3, max: 4 }),
      incarnation: fc.integer({ min: 1, max: 4 }),
      accuser: fc.integer({ min: 2, max: 4 }),
    })
    .map(({ type, member, incarnation, accuser }) => {
      if (type !== 'alive') return { type, member, incarnation, accuser };
      const facts = { metadataIndex: 0, hintHorizon: 0 };
      const name = `n${member}`;
      return { type, member, name, address: addressOf(member), incarnation, sequence: 0, facts };
    });
  const twoOrders = fc
    .array(someNews, { maxLength: 12 })
    .chain((news) =>
      fc.tuple(
        fc.constant(news),
        fc.shuffledSubarray(news, { minLength: news.length, maxLength: news.length }),
      ),
    );
  fc.assert(
    fc.property(twoOrders, ([one, other]) => {
      expect(believed(other)).toEqual(believed(one));
    }),
  );
});

function believed(news: readonly News[]) {
  const table = new Table([1, 2, 3, 4]);
  table.joined(2);
  for (const item of news) table.say(2, item);
  return table.gossip.members().map(({ member, state, incarnation }) => ({
    member,
    state,
    incarnation,
  }));
}
