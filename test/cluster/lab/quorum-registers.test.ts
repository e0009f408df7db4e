import { expect, test } from 'vitest';
import { quorumRegisters } from '../../../bench/lab/quorum-registers/quorum-registers.ts';
import { refuted, runTiny } from './smoke.ts';

interface ModeFigures {
  readonly mode: string;
  readonly violated: number;
  readonly staleReads: number;
}

test('E8: strict quorums alone have a counterexample; blocking repair, paxos and raft have none', async () => {
  const findings = await runTiny(quorumRegisters);
  expect(refuted(findings)).toEqual([]);
  const modes = findings.figures.modes as readonly ModeFigures[];
  const of = (name: string) => modes.find(({ mode }) => mode === name);
  for (const name of ['blocking', 'paxos', 'raft']) expect(of(name)).toMatchObject({ violated: 0 });
  expect(of('strict')).toMatchObject({ staleReads: 0 });
  expect(of('one')?.staleReads).toBeGreaterThan(0);
}, 120_000);

test('E8 at R=W=1: a counterexample, and no claim that nothing is missed', async () => {
  const findings = await runTiny(quorumRegisters, { r: 1, w: 1 });
  expect(refuted(findings)).toEqual([]);
  const texts = findings.claims.map(({ text }) => text).join('\n');
  expect(texts).toContain('N=3, R=1, W=1 with strict quorums is not linearizable');
  expect(texts).not.toContain('never misses');
  expect(texts).not.toContain('blocking read repair: every race');
}, 120_000);
