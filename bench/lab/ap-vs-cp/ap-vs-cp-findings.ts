/** The one-page answer: a table, pictures, and what theory says of it. */

import type { Chart, HeatChart } from '../chart.ts';
import { sloppyGoesOn, strictGoesOn, strictIsSilent } from '../cut-quorums.ts';
import type { Claim, Findings, Lab, Recorded, Table } from '../experiment.ts';
import { levelsFrom, levelsTerm } from '../levels.ts';
import type { ApVsCpSizes } from './ap-vs-cp.ts';
import { checksOfRun, figuresOf, type PhaseFigures, type SideFigures } from './ap-vs-cp-figures.ts';
import { sloppyAsRegister } from './broken-promise.ts';
import type { PhaseRun } from './phase-run.ts';
import { minorityOf, PHASES } from './phases.ts';

const SLOPPY = 'dynamo, sloppy quorum';
const STRICT = 'dynamo, strict quorum';

interface About {
  readonly lab: Lab;
  readonly sizes: ApVsCpSizes;
  readonly hasEtcd: boolean;
}

export function findingsOf(runs: readonly PhaseRun[], { lab, sizes, hasEtcd }: About): Findings {
  const figures = figuresOf(runs);
  const possible = possibleFor(lab);
  const broken = possible.sloppyOnBoth ? [sloppyAsRegister(runs.filter(isSloppyCut))] : [];
  return {
    summary: summaryOf(figures, possible),
    claims: [...claimsOf(figures, possible), ...broken.map(({ claim }) => claim)],
    setUp: [
      ['nodes', `${lab.nodes}; raft and etcd: all voters keep every key`],
      levelsTerm(lab),
      ['keys', `${sizes.keys} in each phase, most replicas of each on the larger side`],
      ['clients', `${sizes.clients} on each side, a third of it writes, of the nodes there`],
      ['each fault', `${sizes.faultMs / 1_000} s, ${sizes.rounds} times; the modes take turns`],
      ['timeout of a request', '1 s'],
      [
        'behind proxies',
        sizes.behindProxies
          ? 'the same cuts by proxies between nodes, as a check on the faults of our own nodes'
          : 'not at this scale',
      ],
      [
        'etcd',
        hasEtcd
          ? 'by its JSON gateway; proxies between its members are cut'
          : 'not compared: not installed, or not at this scale',
      ],
    ],
    faults: runs.flatMap(({ faults }) => faults).slice(0, PHASES.length),
    charts: [availabilityHeat(figures), throughputBars(figures), staleBars(figures)],
    tables: [answerTable(figures), phasesTable(runs)],
    histories: [...recordedOf(runs), ...broken.map(({ recorded }) => recorded)],
    figures: { phases: figures },
  };
}

function isSloppyCut({ subject, phase }: PhaseRun): boolean {
  return subject.title === SLOPPY && phase.name === 'leader cut off';
}

/** What quorums of the dynamo buckets can be had where the network is cut. */
interface Possible {
  /** Of a sloppy quorum on both sides, for reads and writes. */
  readonly sloppyOnBoth: boolean;
  /** Who can acknowledge no write on the smaller side: the title of each dynamo mode for which that is not so. */
  readonly mayWriteOnSmaller: readonly string[];
  /** Likewise who need not be able to on the larger side. */
  readonly mayRefuseOnLarger: readonly string[];
}

function possibleFor(lab: Lab): Possible {
  const levels = levelsFrom(lab);
  const writes = { ...levels, r: levels.w };
  const minority = minorityOf(lab.nodes);
  return {
    sloppyOnBoth: sloppyGoesOn(levels, minority),
    mayWriteOnSmaller: strictIsSilent(writes, minority) ? [SLOPPY] : [SLOPPY, STRICT],
    mayRefuseOnLarger: [
      ...(sloppyGoesOn(writes, lab.nodes - minority) ? [] : [SLOPPY]),
      ...(strictGoesOn(writes) ? [] : [STRICT]),
    ],
  };
}

function allSides(figures: readonly PhaseFigures[]): readonly SideFigures[] {
  return figures.flatMap(({ sides }) => sides);
}

function summaryOf(figures: readonly PhaseFigures[], possible: Possible): string {
  const { sloppyOnBoth, mayWriteOnSmaller, mayRefuseOnLarger } = possible;
  const smaller = allSides(figures).filter(({ side }) => side === 'smaller side');
  const stale = smaller.filter(({ subject }) => subject === SLOPPY);
  const reads = stale.reduce((sum, { staleness }) => sum + staleness.reads, 0);
  const old = stale.reduce((sum, { staleness }) => sum + staleness.stale, 0);
  const refusing = smaller.filter(({ subject }) => !mayWriteOnSmaller.includes(subject));
  return (
    `Cut off with a minority, the sloppy quorum ${sloppyOnBoth ? 'goes on' : 'is too large'}: of its ` +
    `${reads.toLocaleString('en')} reads there ${percent(reads === 0 ? 0 : old / reads)} certainly showed ` +
    `the past. ${namesOf(refusing)} answer no write there.` +
    (mayRefuseOnLarger.length === 0 ? ' On the larger side everybody goes on.' : '')
  );
}

function claimsOf(
  figures: readonly PhaseFigures[],
  { sloppyOnBoth, mayWriteOnSmaller, mayRefuseOnLarger }: Possible,
): readonly Claim[] {
  const sides = allSides(figures);
  const smaller = sides.filter(({ side }) => side === 'smaller side');
  const others = sides.filter(
    ({ side, subject }) => side !== 'smaller side' && !mayRefuseOnLarger.includes(subject),
  );
  const refusing = smaller.filter(({ subject }) => !mayWriteOnSmaller.includes(subject));
  const linearizable = figures.filter(({ subject }) => subject !== SLOPPY && subject !== STRICT);
  const sloppy = smaller.filter(({ subject }) => subject === SLOPPY);
  return [
    ...(sloppyOnBoth ? [answersOnBoth(sloppy)] : []),
    {
      text: `On the smaller side no write is acknowledged by ${namesOf(refusing)}`,
      holds: refusing.every(({ writesAcknowledged }) => writesAcknowledged === 0),
      evidence: countsText(refusing, ({ writesAcknowledged }) => writesAcknowledged),
    },
    {
      text: `Where most nodes are, also when one is dead, writes are acknowledged by ${namesOf(others)}`,
      holds: others.every(({ writesAcknowledged }) => writesAcknowledged > 0),
      evidence: countsText(others, ({ writesAcknowledged }) => writesAcknowledged),
    },
    {
      text: 'Nothing that was acknowledged is lost, and all nodes agree in the end',
      holds: figures.every(
        ({ lost, violations, undecided }) => lost + violations + undecided === 0,
      ),
      evidence: `${figures.reduce((sum, { lost }) => sum + lost, 0)} lost`,
    },
    {
      text: 'Whoever is linearizable never shows the past',
      holds: allSides(linearizable).every(({ staleness }) => staleness.stale === 0),
      evidence: countsText(allSides(linearizable), ({ staleness }) => staleness.stale),
    },
    ...(sloppyOnBoth ? [showsThePast(sloppy)] : []),
  ];
}

function answersOnBoth(sloppy: readonly SideFigures[]): Claim {
  return {
    text: 'A sloppy quorum answers reads and writes on the smaller side too',
    holds: sloppy.length > 0 && sloppy.every(({ writesAcknowledged }) => writesAcknowledged > 0),
    evidence: sloppy
      .map((one) => `${one.phase}: ${percent(one.availability.median)} answered`)
      .join(', '),
  };
}

function showsThePast(sloppy: readonly SideFigures[]): Claim {
  return {
    text: 'In a partition a sloppy quorum shows the past',
    holds: sloppy.some(({ staleness }) => staleness.stale > 0),
    evidence: sloppy
      .map(({ phase, staleness }) => `${phase}: ${staleness.stale} of ${staleness.reads} reads`)
      .join(', '),
  };
}

function namesOf(sides: readonly SideFigures[]): string {
  return [...new Set(sides.map(({ subject }) => subject))].join('; ');
}

function countsText(sides: readonly SideFigures[], count: (side: SideFigures) => number): string {
  const subjects = [...new Set(sides.map(({ subject }) => subject))];
  return subjects
    .map((subject) => {
      const own = sides.filter((side) => side.subject === subject);
      return `${subject}: ${own.map(count).join(', ')}`;
    })
    .join('; ');
}

function columnsOf(figures: readonly PhaseFigures[]) {
  return PHASES.flatMap((phase) => {
    const sides = figures.find((one) => one.phase === phase)?.sides ?? [];
    return sides.map(({ side }) => ({
      phase,
      side,
      title: side === 'all' ? phase : `${phase}: ${side}`,
    }));
  });
}

function availabilityHeat(figures: readonly PhaseFigures[]): HeatChart {
  const columns = columnsOf(figures);
  const subjects = [...new Set(figures.map(({ subject }) => subject))];
  return {
    kind: 'heat',
    name: 'availability',
    title: 'Who answers where',
    caption: 'Of all requests while the fault held, the share that was answered, in per cent.',
    label: 'answered (%)',
    rows: subjects,
    columns: columns.map(({ title }) => title),
    cells: subjects.map((subject) =>
      columns.map(({ phase, side }) => {
        const found = sideOf(figures, { subject, phase, side });
        return found === undefined ? null : Math.round(1_000 * found.availability.median) / 10;
      }),
    ),
  };
}

function throughputBars(figures: readonly PhaseFigures[]): Chart {
  return bars(figures, {
    name: 'throughput',
    title: 'How much is answered',
    caption: 'The same clients everywhere: where a bar is missing, nothing was answered.',
    label: 'answers a second',
    value: ({ opsPerS }) => opsPerS.median,
  });
}

function staleBars(figures: readonly PhaseFigures[]): Chart {
  return bars(figures, {
    name: 'stale-reads',
    title: 'Who shows the past',
    caption: 'Reads that certainly missed an acknowledged write, of those that were answered.',
    label: 'stale reads (%)',
    value: ({ staleness: { reads, stale } }) => (reads === 0 ? 0 : (100 * stale) / reads),
  });
}

interface BarsAbout {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly label: string;
  readonly value: (side: SideFigures) => number;
}

function bars(figures: readonly PhaseFigures[], { label, value, ...about }: BarsAbout): Chart {
  const columns = columnsOf(figures);
  const subjects = [...new Set(figures.map(({ subject }) => subject))];
  return {
    ...about,
    kind: 'bars',
    y: { label, min: 0 },
    groups: columns.map(({ title }) => title),
    series: subjects.map((subject) => ({
      name: subject,
      values: columns.map(({ phase, side }) => {
        const found = sideOf(figures, { subject, phase, side });
        return found === undefined ? null : value(found);
      }),
    })),
  };
}

function sideOf(
  figures: readonly PhaseFigures[],
  wanted: Pick<SideFigures, 'subject' | 'phase' | 'side'>,
): SideFigures | undefined {
  return allSides(figures).find(
    ({ subject, phase, side }) =>
      subject === wanted.subject && phase === wanted.phase && side === wanted.side,
  );
}

function answerTable(figures: readonly PhaseFigures[]): Table {
  return {
    title: 'The answer',
    head: [
      ...['phase', 'side', 'mode', 'answered', 'ops/s', 'p50 ms', 'p99 ms', 'stale', 'siblings'],
      ...['lost', 'gap s', 'recovered s', 'converged s'],
    ],
    rows: figures.flatMap((one) =>
      one.sides.map((side) => [
        ...[one.phase, side.side, one.subject, percent(side.availability.median)],
        ...[side.opsPerS.median.toFixed(0), ms(side.p50Ms.median), ms(side.p99Ms.median)],
        ...[String(side.staleness.stale), String(side.staleness.conflicting), String(one.lost)],
        seconds(side.gapMs.median),
        side.recoveredMs === null ? 'never' : seconds(side.recoveredMs),
        seconds(one.convergedMs.median),
      ]),
    ),
    caption:
      'Stale: reads that certainly missed an acknowledged write; siblings: reads that showed ' +
      'several values; gap: the longest time without an answer; recovered: from mending to the ' +
      'first answer; converged: from mending until every node showed every key alike.',
  };
}

function phasesTable(runs: readonly PhaseRun[]): Table {
  const rows = PHASES.flatMap((name) => {
    const run = runs.find(({ phase }) => phase.name === name);
    if (run === undefined) return [];
    const sides = run.phase.sides.map((side) => `${side.name}: ${side.nodes.join(' ')}`);
    return [[name, run.phase.what, sides.join('; ')]];
  });
  return {
    title: 'The phases',
    head: ['phase', 'what is done', 'sides, in the first round of the first mode'],
    rows,
    caption: 'Clients of a side ask the nodes of that side alone.',
  };
}

function recordedOf(runs: readonly PhaseRun[]): readonly Recorded[] {
  return runs.map((run, i) => ({
    name: `${fileName(run)}-${i + 1}`,
    history: run.registers.history(factsOf(run), run.faults),
    checks: checksOfRun(run),
    expected: 'ok',
  }));
}

function factsOf({ phase, subject }: PhaseRun) {
  return { experiment: 'ap-vs-cp', mode: subject.title, phase: phase.name };
}

function fileName({ phase, subject }: PhaseRun): string {
  return `${subject.mode.name}-${phase.name}`.replaceAll(' ', '-');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

function ms(value: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(1);
}

function seconds(value: number): string {
  return (value / 1_000).toFixed(1);
}
