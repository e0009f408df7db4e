/**
 * Many seeds of simulated clusters that gossip. `SEEDS` says how many, `FIRST_SEED` where to
 * begin; the message of a failure names its seed.
 */

import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  healAfter,
  killOne,
  median,
  restartAll,
  runQuietly,
  spreadNews,
} from '../sim/gossip/measures.ts';

const SEEDS = Number(process.env.SEEDS ?? 50);
const FIRST_SEED = Number(process.env.FIRST_SEED ?? randomInt(1, 2 ** 31 - SEEDS));
const seeds = Array.from({ length: SEEDS }, (_, at) => FIRST_SEED + at);

function show(what: string, values: readonly number[]): void {
  const worst = Math.max(...values);
  console.log(`${what}: median ${median(values)}, worst ${worst} (from seed ${FIRST_SEED} on)`);
}

it.each([0, 0.1])('killed among 5, 10 and 50, with %d of messages lost', (loss) => {
  for (const members of [5, 10, 50]) {
    const figures = seeds.map((seed) => killOne(seed, members, loss));
    const suspected = figures.map(({ firstSuspectedMs }) => firstSuspectedMs);
    const dead = figures.map(({ deadMs }) => deadMs);
    show(`${members} members, ms until suspected`, suspected);
    show(`${members} members, ms until dead for all`, dead);
    expect(median(suspected)).toBeLessThan(3_000);
    expect(median(dead)).toBeLessThan(15_000);
  }
});

it.each([0, 0.1])('news among 100, with %d of messages lost', (loss) => {
  const times = seeds.map((seed) => spreadNews(seed, 100, loss));
  show('ms until all know', times);
  expect(Math.max(...times)).toBeLessThan(3_000);
});

it('nobody of 100 is wrongly held dead, with one message in ten lost', () => {
  const figures = seeds.map((seed) => runQuietly(seed, 100, 0.1, 10));
  show(
    'wrong suspicions in 10 minutes, as all see them',
    figures.map(({ suspicions }) => suspicions),
  );
  expect(figures.filter(({ deaths }) => deaths > 0)).toEqual([]);
});

it('halves find together, and restarts are heard', () => {
  const heals = seeds.map((seed) => healAfter(seed, 20, 120_000 + (seed % 50) * 211));
  show('ms until healed', heals);
  expect(Math.max(...heals)).toBeLessThan(60_000);
  const restarts = seeds.map((seed) => restartAll(seed, 20));
  show('ms until all are back', restarts);
  expect(Math.max(...restarts)).toBeLessThan(10_000);
});
