import { expect, it } from 'vitest';
import { expectTotalCommands } from './command-laws.ts';

it('whatever command can be read is carried out or refused, and alike on every node', () => {
  const { applied, refused } = expectTotalCommands(25);
  expect(applied).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});
