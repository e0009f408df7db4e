import { expect, it } from 'vitest';
import { partitionTimeline } from '../../../bench/lab/partition/partition-timeline.ts';
import type { SideFigures } from '../../../bench/lab/partition/side-figures.ts';
import { refuted, runTiny } from './smoke.ts';

it('E3: the smaller side of a cut goes on with sloppy quorums alone', async () => {
  const findings = await runTiny(partitionTimeline);
  expect(refuted(findings)).toEqual([]);
  expect(findings.claims.filter(({ broken }) => broken)).toHaveLength(2);

  const [round] = findings.figures.rounds as [{ readonly sides: readonly SideFigures[] }];
  const answered = (side: string) =>
    Object.fromEntries(
      round.sides.filter((one) => one.side === side).map((one) => [one.mode, one.answeredWhileCut]),
    );
  expect(answered('smaller side')).toMatchObject({ strict: 0, paxos: 0, raft: 0 });
  for (const count of [
    answered('smaller side').sloppy,
    ...Object.values(answered('larger side')),
  ]) {
    expect(count).toBeGreaterThan(0);
  }
});
