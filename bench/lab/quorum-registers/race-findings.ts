/** What the races say: verdicts, the price of each mode, and the first counterexample. */

import type { Claim, Findings, Recorded, Table } from '../experiment.ts';
import { type Levels, levelsTerm, levelsText, overlaps } from '../levels.ts';
import { wilson } from '../wilson.ts';
import { type JudgedRace, type ModeRaces, racesOf } from './judged-race.ts';
import { counterexampleChart, verdictChart } from './race-charts.ts';
import type { RacingMode } from './race-modes.ts';
import { READERS, WRITERS_NODE } from './register-race.ts';

export interface RaceSetUp {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly durationMs: number;
  readonly fault: string;
  readonly racing: readonly RacingMode[];
  readonly levels: Levels;
  /** Further races of strict quorums, while there was no counterexample. */
  readonly further: readonly JudgedRace[];
}

export function raceFindings(races: readonly JudgedRace[], setUp: RaceSetUp): Findings {
  const modes = setUp.racing.map((mode) => racesOf(mode, races));
  const searched = [...modesNamed(modes, 'strict').races, ...setUp.further];
  const counterexample = searched.find(({ verdict }) => verdict === 'violation');
  return {
    summary: summaryOf(modes, setUp.levels),
    claims: claimsOf(modes, setUp),
    setUp: setUpOf(setUp),
    faults: races[0]?.history.faults ?? [],
    charts: [
      verdictChart(modes),
      ...(counterexample === undefined ? [] : [counterexampleChart(counterexample)]),
    ],
    tables: [tableOf(modes)],
    histories: modes.map((mode) =>
      keptOf(mode, mode.mode.name === 'strict' ? counterexample : undefined),
    ),
    figures: {
      modes: modes.map(({ mode, races: its, ...counts }) => ({
        mode: mode.name,
        ...counts,
        interval: wilson(counts.violated, its.length),
        verdicts: its.map(({ seed, verdict }) => ({ seed, verdict })),
      })),
    },
  };
}

function modesNamed(modes: readonly ModeRaces[], name: RacingMode['name']): ModeRaces {
  return modes.find(({ mode }) => mode.name === name) as ModeRaces;
}

function claimsOf(modes: readonly ModeRaces[], { further, levels }: RaceSetUp): readonly Claim[] {
  const found = further.filter(({ verdict }) => verdict === 'violation').length;
  const beyond = further.length === 0 ? '' : `; ${found} of ${further.length} further races`;
  const strict = modesNamed(modes, 'strict');
  const one = modesNamed(modes, 'one');
  const kept = modes.filter(({ mode }) => mode.isLinearizable);
  const dynamo = modes.filter(({ mode }) => mode.settings.mode === 'dynamo');
  const siblingReads = dynamo.reduce((sum, mode) => sum + mode.siblingReads, 0);
  const reads = dynamo.reduce((sum, mode) => sum + mode.reads, 0);
  const violates = {
    text: `${quorumsOf(levels)} is not linearizable: at least one race has a counterexample`,
    holds: strict.violated + found > 0,
    evidence: `${evidenceOf(strict)}${beyond}`,
  };
  const missesNothing = {
    text: `${quorumsOf(levels)} never misses what was acknowledged before the read began`,
    holds: strict.staleReads === 0,
    evidence: `${strict.staleReads} of ${strict.reads} reads did; ${strict.invertedReads} were older than what an earlier read had shown`,
  };
  return [
    ...(strict.mode.isLinearizable ? [] : [violates]),
    ...(overlaps(levels) ? [missesNothing] : []),
    ...kept.map((mode) => ({
      text: `${mode.mode.title}: every race is linearizable`,
      holds: mode.violated === 0 && mode.undecided === 0 && mode.writes > 0 && mode.reads > 0,
      evidence: evidenceOf(mode),
    })),
    {
      text: 'A single writer that sends its context never leaves siblings',
      holds: siblingReads === 0,
      evidence: `${siblingReads} of ${reads} reads of dynamo buckets showed several values`,
    },
    {
      text: 'With R=W=1, where R+W is not above N, the checker finds a counterexample',
      holds: one.violated > 0,
      evidence: evidenceOf(one),
      broken: true,
    },
  ];
}

function quorumsOf(levels: Levels): string {
  return `${overlaps(levels) ? 'R+W>N' : levelsText(levels)} with strict quorums`;
}

function evidenceOf({ races, violated, undecided, reads, writes }: ModeRaces): string {
  const { low, high } = wilson(violated, races.length);
  const interval = `${percent(low)} to ${percent(high)}`;
  const open = undecided === 0 ? '' : `, ${undecided} undecided`;
  return `${violated} of ${races.length} races violated (95%: ${interval})${open}; ${writes} writes, ${reads} reads`;
}

/** The first counterexample of the mode, or else its first race. */
function keptOf({ mode, races }: ModeRaces, counterexample: JudgedRace | undefined): Recorded {
  const violated = counterexample ?? races.find(({ verdict }) => verdict === 'violation');
  const race = violated ?? (races[0] as JudgedRace);
  return {
    name: `${mode.name}-seed-${race.seed}`,
    history: race.history,
    checks: ['linearizable'],
    expected: expectedOf(mode),
  };
}

/** Whether blocking repair of too few replicas is found out is a matter of chance. */
function expectedOf({ name, isLinearizable }: RacingMode): Recorded['expected'] {
  if (isLinearizable) return 'ok';
  return name === 'blocking' ? 'either' : 'violation';
}

function tableOf(modes: readonly ModeRaces[]): Table {
  return {
    title: 'Verdicts and what they cost',
    head: [
      'mode',
      'linearizable',
      'violated',
      'undecided',
      'stale reads',
      'inverted reads',
      'reads',
      'writes',
      'read ms',
      'write ms',
    ],
    rows: modes.map((mode) => [
      mode.mode.title,
      String(mode.races.length - mode.violated - mode.undecided),
      String(mode.violated),
      String(mode.undecided),
      String(mode.staleReads),
      String(mode.invertedReads),
      String(mode.reads),
      String(mode.writes),
      mode.readMs.toFixed(1),
      mode.writeMs.toFixed(1),
    ]),
    caption:
      'Races by verdict; reads that missed an acknowledged write (stale) or only what an earlier read had shown (inverted); and medians of latency. What is linearizable waits for late messages more often.',
  };
}

function summaryOf(modes: readonly ModeRaces[], levels: Levels): string {
  const strict = modesNamed(modes, 'strict');
  const kept = modes.filter(({ mode }) => mode.isLinearizable);
  const violated = kept.filter((mode) => mode.violated > 0).map(({ mode }) => mode.title);
  const rest =
    violated.length === 0
      ? `${kept.map(({ mode }) => mode.title).join('; ')}: none was`
      : `${violated.join('; ')}: violated too`;
  const verdict = strict.mode.isLinearizable ? 'is enough where R=N' : 'is not enough';
  return `${levelsText(levels)} ${verdict}: ${strict.violated} of ${strict.races.length} races with strict quorums had an answer that no order of the operations explains. ${rest}.`;
}

function setUpOf({ seeds, firstSeed, durationMs, fault, levels }: RaceSetUp): Findings['setUp'] {
  return [
    ['nodes', '3, each a replica of every key'],
    ['races', `${seeds} in each mode, seeds ${firstSeed} to ${firstSeed + seeds - 1}`],
    ['a race', `${durationMs} ms, one key, all modes at the same time`],
    ['network', `${fault}, drawn for each by itself; all others are not held up`],
    ['writer', `one, at ${WRITERS_NODE}; each write replaces its own last one by its context`],
    ['readers', `${READERS}; each reads at ${WRITERS_NODE}, then at n2 or n3, and so on`],
    levelsTerm(levels),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
