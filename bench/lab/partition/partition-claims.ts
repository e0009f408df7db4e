/** What theory demands of both sides of a partition, and whether it was so. */

import { addTo } from '../../../src/checkers/groups.ts';
import { countsOf } from '../../workloads/verdicts.ts';
import type { OutcomeCounts } from '../availability.ts';
import { sloppyGoesOn, strictGoesOn, strictIsSilent } from '../cut-quorums.ts';
import type { Claim, Recorded } from '../experiment.ts';
import { type Judgement, judged } from '../judging.ts';
import type { Levels } from '../levels.ts';
import { SMALLER } from './cut-round.ts';
import type { BrokenPromise, RoundHistory } from './partition-histories.ts';
import { type SideFigures, successShare } from './side-figures.ts';

interface Judged {
  readonly histories: readonly RoundHistory[];
  readonly broken: readonly BrokenPromise[];
  /** Of the dynamo buckets. */
  readonly levels: Levels;
  readonly nodes: number;
}

/** Of requests, where a mode goes on: some are caught by the cut, or sent to a node before it is missed. */
const GOES_ON = 0.5;
const LINEARIZABLE: readonly string[] = ['paxos', 'raft'];

export function claimsOf(
  figures: readonly SideFigures[],
  { histories, broken, levels, nodes }: Judged,
): readonly Claim[] {
  const judgements = histories.map((recorded) => ({ recorded, judgement: judged(recorded) }));
  const silent = [...(strictIsSilent(levels, SMALLER) ? ['strict'] : []), ...LINEARIZABLE];
  const going = [
    ...(sloppyGoesOn(levels, nodes - SMALLER) ? ['sloppy'] : []),
    ...(strictGoesOn(levels) ? ['strict'] : []),
    ...LINEARIZABLE,
  ];
  const onBoth = goesOn(
    'A sloppy quorum goes on on both sides of the cut',
    figures.filter(({ mode }) => mode === 'sloppy'),
    ({ cut }) => cut,
  );
  return [
    silentMinority(
      figures.filter(({ mode, side }) => silent.includes(mode) && side === 'smaller side'),
      silent,
    ),
    ...(sloppyGoesOn(levels, SMALLER) ? [onBoth] : []),
    goesOn(
      `The larger side goes on (${going.join(', ')}), seen in the second half of the cut`,
      figures.filter(({ mode, side }) => going.includes(mode) && side === 'larger side'),
      ({ lastOfCut }) => lastOfCut,
    ),
    backAgain(figures),
    nothingLost(judgements),
    linearizable(judgements.filter(({ recorded }) => LINEARIZABLE.includes(recorded.mode))),
    ...broken.map(({ text, recorded }) => caught(text, recorded)),
  ];
}

function silentMinority(figures: readonly SideFigures[], modes: readonly string[]): Claim {
  const answered = figures.reduce((sum, one) => sum + one.answeredWhileCut, 0);
  const texts = byName(figures, ({ mode }) => mode).map(([mode, its]) => {
    const sent = its.reduce((sum, { cut }) => sum + cut.ok + cut.fail + cut.unknown, 0);
    return `${mode} ${its.reduce((sum, one) => sum + one.answeredWhileCut, 0)} of ${sent}`;
  });
  return {
    text: `On the smaller side no request succeeds while it is cut off: ${modes.join(', ')}`,
    holds: answered === 0,
    evidence: `succeeded while cut off: ${texts.join(', ')}`,
  };
}

function goesOn(
  text: string,
  figures: readonly SideFigures[],
  counted: (one: SideFigures) => OutcomeCounts,
): Claim {
  const shares = byName(figures, ({ mode, side }) => `${mode}, ${side}`).map(([name, its]) => {
    return { name, share: successShare(sumOf(its.map(counted))) };
  });
  return {
    text,
    holds: shares.every(({ share }) => share >= GOES_ON),
    evidence: shares.map(({ name, share }) => `${name}: ${(100 * share).toFixed(1)} %`).join('; '),
  };
}

/** Those of all partitions together. */
function byName(
  figures: readonly SideFigures[],
  nameOf: (one: SideFigures) => string,
): readonly (readonly [name: string, figures: readonly SideFigures[]])[] {
  const groups = new Map<string, SideFigures[]>();
  for (const one of figures) addTo(groups, nameOf(one), one);
  return [...groups];
}

function sumOf(all: readonly OutcomeCounts[]): OutcomeCounts {
  const sum = { ok: 0, fail: 0, unknown: 0 };
  for (const { ok, fail, unknown } of all) {
    sum.ok += ok;
    sum.fail += fail;
    sum.unknown += unknown;
  }
  return sum;
}

function backAgain(figures: readonly SideFigures[]): Claim {
  const times = figures.map(({ firstAfterHealMs }) => firstAfterHealMs ?? Number.POSITIVE_INFINITY);
  return {
    text: 'Every mode answers on both sides again after the healing',
    holds: times.every(Number.isFinite),
    evidence: `the last one after ${(Math.max(...times) / 1_000).toFixed(2)} s`,
  };
}

interface JudgedHistory {
  readonly recorded: RoundHistory;
  readonly judgement: Judgement;
}

function nothingLost(all: readonly JudgedHistory[]): Claim {
  const acknowledged = all.reduce((sum, { recorded: { history } }) => {
    const writes = history.operations.filter(({ op }) => op === 'write');
    return sum + countsOf({ operations: writes }).acknowledged;
  }, 0);
  return {
    text: 'Every write that was acknowledged, on either side, is there after the healing, and all replicas agree',
    holds: all.every(({ judgement }) => judgement.verdict === 'ok'),
    evidence:
      firstViolation(all) ??
      `0 of ${acknowledged} acknowledged writes lost in ${all.length} histories`,
  };
}

function linearizable(all: readonly JudgedHistory[]): Claim {
  const operations = all.reduce((sum, { recorded }) => sum + recorded.history.operations.length, 0);
  return {
    text: 'paxos and raft are linearizable before, during and after the cut, on both sides together',
    holds: all.every(({ judgement }) => judgement.verdict === 'ok'),
    evidence:
      firstViolation(all) ?? `${operations} operations in ${all.length} histories, no violation`,
  };
}

function firstViolation(all: readonly JudgedHistory[]): string | undefined {
  const found = all.find(({ judgement }) => judgement.verdict !== 'ok');
  if (found === undefined) return undefined;
  const { recorded, judgement } = found;
  return `${recorded.name}: ${judgement.text ?? `the check came to no end (${judgement.verdict})`}`;
}

function caught(text: string, recorded: Recorded): Claim {
  const { verdict, violations, text: found } = judged(recorded);
  return {
    text,
    holds: verdict === 'violation',
    evidence: `${violations} found; ${found?.split('\n').slice(0, 2).join(' ') ?? 'nothing to show'}`,
    broken: true,
  };
}
