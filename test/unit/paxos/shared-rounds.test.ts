import { expect, it } from 'vitest';
import { SharedRounds } from '../../../src/paxos/shared-rounds.ts';

it('a round serves all that came before it began, and those who came later share the next', async () => {
  const rounds = new SharedRounds();
  const ends: (() => void)[] = [];
  let count = 0;
  const begin = () => {
    count++;
    return { asOf: count, done: new Promise<void>((resolve) => ends.push(resolve)) };
  };
  const answered: string[] = [];
  const wait = (name: string) => {
    count++;
    return rounds.after('k', count, begin).then(() => answered.push(name));
  };
  const [first, second, third] = [wait('a'), wait('b'), wait('c')];
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await first;
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toEqual(['a']);
  expect(ends).toHaveLength(2);
  ends[1]?.();
  await Promise.all([second, third]);
  expect(answered).toEqual(['a', 'b', 'c']);
});
