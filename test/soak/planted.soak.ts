/**
 * Every bug of the list is planted by itself and searched for by its simulator from seed 1 on,
 * until it is found. `SEEDS` says how many seeds it may take. A table is printed: which rule, by
 * which simulator, at which seed, in how many seconds, and what was wrong.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchFor } from '../sim/planted/planted-bug.ts';
import { PLANTED_BUGS } from '../sim/planted/planted-bugs.ts';
import { buildSimulator } from '../sim/random/program.ts';

const SEEDS = Number(process.env.SEEDS ?? 500);
const SHOWN_MAX = 80;

const rows = ['rule | simulator | seed | seconds | what was wrong'];

beforeAll(buildSimulator);
afterAll(() => console.log(rows.join('\n')));

describe(`within ${SEEDS} seeds is found`, () => {
  it.each(PLANTED_BUGS.map((bug) => [bug.rule, bug] as const))('%s', async (_, bug) => {
    const startedAt = performance.now();
    const { seed, output } = await searchFor(bug, SEEDS);
    const seconds = (performance.now() - startedAt) / 1_000;
    const shown = output.replace(/^(seed \d+[:,] )*/, '').replaceAll(/\s+/g, ' ');
    const row = [bug.rule, bug.by, seed ?? 'never', seconds.toFixed(1), shown.slice(0, SHOWN_MAX)];
    rows.push(row.join(' | '));
    expect(seed, output).toBeDefined();
  });
});
