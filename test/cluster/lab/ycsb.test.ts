import { expect, test } from 'vitest';
import type { WorkloadScores } from '../../../bench/lab/ycsb/ycsb.ts';
import { ycsb } from '../../../bench/lab/ycsb/ycsb.ts';
import { refuted, runTiny } from './smoke.ts';

test('YCSB F: every mode answers, and those that compare tell of lost races', async () => {
  const findings = await runTiny(ycsb);
  expect(refuted(findings)).toEqual([]);
  const [{ closed } = { closed: [] }] = findings.figures.scores as readonly WorkloadScores[];
  const conflicts = Object.fromEntries(
    closed.map(({ contestant, errors }) => [contestant, (errors.conflict ?? 0) > 0]),
  );
  // 48 clients on 100 records, the most popular asked for every fifth time.
  expect(conflicts).toEqual({
    'quorate sloppy': false,
    'quorate strict': false,
    'quorate paxos': true,
    'quorate raft': true,
  });
  expect(closed.every(({ opsPerS }) => opsPerS.median > 0)).toBe(true);
}, 60_000);
