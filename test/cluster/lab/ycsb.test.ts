import { expect, test } from 'vitest';
import type { WorkloadScores } from '../../../bench/lab/ycsb/ycsb.ts';
import { ycsb } from '../../../bench/lab/ycsb/ycsb.ts';
import { refuted, runTiny } from './smoke.ts';

test('YCSB F: every mode answers, and only those that compare tell of lost races', async () => {
  const findings = await runTiny(ycsb);
  expect(refuted(findings)).toEqual([]);
  const [{ closed } = { closed: [] }] = findings.figures.scores as readonly WorkloadScores[];
  const conflicted = closed.filter(({ errors }) => (errors.conflict ?? 0) > 0);
  const names = closed.map(({ contestant }) => contestant);
  expect(names).toEqual(['quorate sloppy', 'quorate strict', 'quorate paxos', 'quorate raft']);
  // Whether somebody loses a race in half a second is chance; a dynamo bucket never tells of one.
  for (const { contestant } of conflicted)
    expect(['quorate paxos', 'quorate raft']).toContain(contestant);
  expect(closed.every(({ operations }) => operations > 0)).toBe(true);
}, 60_000);
