/** What the stated model demands of one failure at a time. */

import type { Claim, Recorded } from '../experiment.ts';
import { judged } from '../judging.ts';
import type { Levels } from '../levels.ts';
import type { JudgedRecord } from './failure-records.ts';

export function claimsOf(
  records: readonly JudgedRecord[],
  lone: readonly Recorded[],
  { w }: Levels,
): readonly Claim[] {
  const bad = records.find(({ judgement }) => judgement.verdict !== 'ok');
  const linearizable = records.filter(({ mode }) => mode.isLinearizable);
  const operations = linearizable.reduce(
    (sum, { recorded }) => sum + recorded.history.operations.length,
    0,
  );
  const acknowledged = records.reduce((sum, { figures }) => sum + figures.acknowledged, 0);
  const silent = records.filter(({ figures }) => figures.afterwards === 0);
  return [
    {
      text:
        w === 1
          ? 'With W=1 no acknowledged write is lost by one failure at a time, but for what may have been on the lost disk alone'
          : 'No acknowledged write is lost by one failure at a time',
      holds: bad === undefined,
      evidence:
        bad === undefined
          ? `0 of ${acknowledged} acknowledged writes lost in ${records.length} histories`
          : `${bad.recorded.name}: ${bad.judgement.text ?? bad.judgement.verdict}`,
    },
    {
      text: 'paxos and raft are linearizable through every failure',
      holds: linearizable.every(({ judgement }) => judgement.verdict === 'ok'),
      evidence: `${operations} operations in ${linearizable.length} histories`,
    },
    {
      text: 'Every mode answers again when a failure is over',
      holds: silent.length === 0,
      evidence:
        silent.length === 0
          ? `after ${records.length} times a mode and a failure`
          : `no success: ${silent.map(({ recorded }) => recorded.name).join(', ')}`,
    },
    ...lone.slice(0, 1).map((recorded) => {
      const { verdict, violations } = judged(recorded);
      return {
        text: 'Outside of the model, a write with W=1 is lost with the only disk that has it, and the check finds it',
        holds: verdict === 'violation',
        evidence: `${violations} violations in ${recorded.name}`,
        broken: true as const,
      };
    }),
  ];
}
