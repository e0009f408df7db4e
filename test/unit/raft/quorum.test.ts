import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Configuration, MemberNo } from '../../../src/raft/entry.ts';
import { isQuorum, majority, reachedByQuorum, voteOutcome } from '../../../src/raft/quorum.ts';
import { voters } from './group.ts';

const joint = (now: MemberNo[], before: MemberNo[]): Configuration => ({
  ...voters(...now),
  outgoing: before,
});
const from = (values: Record<number, number>) => (member: MemberNo) => values[member] ?? 0;
const votes = (values: Record<number, boolean>) =>
  new Map(Object.entries(values).map(([member, vote]) => [Number(member), vote]));

describe('a majority', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
  ])('of %i is %i', (count, needed) => {
    expect(majority(count)).toBe(needed);
  });

  it('has reached what its slowest member has', () => {
    expect(reachedByQuorum(voters(1, 2, 3, 4), from({ 1: 9, 2: 7, 3: 5, 4: 2 }))).toBe(5);
  });

  it('is the number of members that are there, whatever their values', () => {
    const values = fc.array(fc.nat(20), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(values, (numbers) => {
        const members = numbers.map((_, place) => place);
        const reached = reachedByQuorum(voters(...members), (member) => numbers[member] ?? 0);
        const there = (value: number) => numbers.filter((number) => number >= value).length;
        return (
          there(reached) >= majority(numbers.length) &&
          there(reached + 1) < majority(numbers.length)
        );
      }),
    );
  });
});

describe('a joint configuration', () => {
  it('has reached only what both majorities have', () => {
    const values = from({ 1: 9, 2: 9, 3: 9, 4: 4, 5: 4 });
    expect(reachedByQuorum(joint([1, 2, 3], [3, 4, 5]), values)).toBe(4);
  });

  it('is a quorum only with both', () => {
    const inNew = (member: MemberNo) => member <= 2;
    expect(isQuorum(joint([1, 2, 3], [3, 4, 5]), inNew)).toBe(false);
  });

  it('loses an election with one of them', () => {
    const cast = votes({ 1: true, 2: true, 3: true, 4: false, 5: false });
    expect(voteOutcome(joint([1, 2, 3], [3, 4, 5]), cast)).toBe('lost');
  });

  it('leaves an election open while one of them is', () => {
    expect(voteOutcome(joint([1, 2, 3], [3, 4, 5]), votes({ 1: true, 2: true }))).toBe('open');
  });
});

describe('an election', () => {
  it('is won with a majority of votes', () => {
    expect(voteOutcome(voters(1, 2, 3), votes({ 1: true, 2: true }))).toBe('won');
  });

  it('is lost when no majority is left', () => {
    expect(voteOutcome(voters(1, 2, 3, 4), votes({ 1: true, 2: false, 3: false }))).toBe('lost');
  });

  it('does not count those who are not voters', () => {
    expect(voteOutcome(voters(1, 2, 3), votes({ 1: true, 8: true, 9: true }))).toBe('open');
  });
});
