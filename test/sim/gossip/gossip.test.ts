import { describe, expect, it } from 'vitest';
import { healAfter, killOne, median, restartAll, runQuietly, spreadNews } from './measures.ts';

const seedsUpTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

describe('with the figures of a LAN', () => {
  it('one of five that is killed is suspected within 3 s and dead within 15 s', () => {
    const figures = seedsUpTo(50).map((seed) => killOne(seed, 5));
    expect(median(figures.map(({ firstSuspectedMs }) => firstSuspectedMs))).toBeLessThan(3_000);
    expect(median(figures.map(({ deadMs }) => deadMs))).toBeLessThan(15_000);
  });

  it.each([0, 0.1])('news reaches all of 100 within 3 s, with %d of messages lost', (loss) => {
    for (const seed of seedsUpTo(2)) expect(spreadNews(seed, 100, loss)).toBeLessThan(3_000);
  });

  it('none of 100 is wrongly held dead in 10 minutes with one message in ten lost', () => {
    const { suspicions, deaths } = runQuietly(1, 100, 0.1, 10);
    expect(suspicions).toBeGreaterThan(0);
    expect(deaths).toBe(0);
  });

  it('nobody is suspected where nothing is lost', () => {
    expect(runQuietly(1, 20, 0, 2)).toMatchObject({ suspicions: 0, deaths: 0 });
  });
});

describe('a cluster', () => {
  it('finds together after it was split for longer than the dead are gossiped to', () => {
    for (const seed of seedsUpTo(10))
      expect(healAfter(seed, 5, 300_000 + seed * 711)).toBeLessThan(30_000);
  });

  it('comes back whole when all but one start again', () => {
    for (const seed of seedsUpTo(10)) expect(restartAll(seed, 5)).toBeLessThan(5_000);
  });

  it('does the same thing for the same seed', () => {
    expect(runQuietly(7, 10, 0.1, 2)).toEqual(runQuietly(7, 10, 0.1, 2));
  });
});
