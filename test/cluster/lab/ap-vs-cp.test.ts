import { expect, test } from 'vitest';
import { apVsCp } from '../../../bench/lab/ap-vs-cp/ap-vs-cp.ts';
import type { PhaseFigures } from '../../../bench/lab/ap-vs-cp/ap-vs-cp-figures.ts';
import { refuted, runTiny } from './smoke.ts';

/** The few reads on the smaller side of so short a cut may all happen to be fresh. */
const ON_FEW_READS = /shows the past|taken for a linearizable register/;

test('AP against CP: the smaller side accepts in the one mode and refuses in the others', async () => {
  const findings = await runTiny(apVsCp);
  expect(refuted(findings).filter((text) => !ON_FEW_READS.test(text))).toEqual([]);
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
