import { expect, test } from 'vitest';
import { apVsCp } from '../../../bench/lab/ap-vs-cp/ap-vs-cp.ts';
import type { PhaseFigures } from '../../../bench/lab/ap-vs-cp/ap-vs-cp-figures.ts';
import { refuted, runTiny } from './smoke.ts';

test('AP against CP: the smaller side accepts in the one mode and refuses in the others', async () => {
  const findings = await runTiny(apVsCp);
  expect(refuted(findings)).toEqual([]);
  const phases = findings.figures.phases as readonly PhaseFigures[];
  const smaller = phases.flatMap(({ sides }) =>
    sides.filter(({ side }) => side === 'smaller side'),
  );
  const accepts = smaller.map(({ subject, phase, writesAcknowledged }) => {
    return `${phase}, ${subject}: ${writesAcknowledged > 0}`;
  });
  expect(accepts).toEqual([
    'leader cut off, dynamo, sloppy quorum: true',
    'leader cut off, dynamo, strict quorum: false',
    'leader cut off, paxos: false',
    'leader cut off, raft: false',
  ]);
}, 120_000);
