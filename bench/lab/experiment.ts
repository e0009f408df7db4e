/**
 * What an experiment of the laboratory is: a hypothesis of theory, something that is done to a
 * cluster, and what was found, as data. Pages, charts and terminal tables are made from that
 * data alone (report/), so that everything shown can be recomputed from what is kept.
 */

import type { FaultWindow, History } from '../../src/checkers/history.ts';
import type { CheckName } from '../../src/checkers/violation.ts';
import type { Chart } from './chart.ts';
import type { AskedLevels, Levels } from './levels.ts';
import type { Progress } from './progress.ts';
import type { Scale } from './scale.ts';

export interface Experiment {
  /** As a user names it: `E3`, `ap-vs-cp`. */
  readonly id: string;
  /** A few words. */
  readonly title: string;
  /** One sentence: what one wants to know. */
  readonly question: string;
  /** What theory says will be seen. */
  readonly hypothesis: string;
  /** The processes of its cluster where nothing else is asked; 0: it runs in the simulator alone. */
  readonly nodes: number;
  /** Which of N, R and W a user may choose; left out: none. */
  readonly takes?: readonly (keyof Levels)[];
  /** Rejects where it could not be carried out; what contradicts theory is a claim that fails. */
  run(lab: Lab): Promise<Findings>;
}

/** What an experiment is given; of N, R and W what a user asked for. */
export interface Lab extends AskedLevels {
  readonly seed: number;
  readonly scale: Scale;
  readonly nodes: number;
  /** Of the part that is repeated, where a user asked for it; else the scale decides. */
  readonly durationMs: number | undefined;
  /** For the data of nodes; removed afterwards. */
  readonly dataDirectory: string;
  readonly progress: Progress;
  /** The end ahead of time: an experiment rejects soon. */
  readonly signal: AbortSignal;
}

export interface Findings {
  /** One or two sentences for somebody who reads nothing else. */
  readonly summary: string;
  /** What theory demands, and whether it was so. */
  readonly claims: readonly Claim[];
  /** How it was done: `['replicas', '3']`. */
  readonly setUp: readonly (readonly [name: string, value: string])[];
  /** The fault schedule, where something was broken; of the clock of the histories. */
  readonly faults: readonly FaultWindow[];
  readonly charts: readonly Chart[];
  readonly tables: readonly Table[];
  readonly histories: readonly Recorded[];
  /** All figures, for programs. */
  readonly figures: Readonly<Record<string, unknown>>;
}

export interface Claim {
  /** A sentence that is true where theory holds: `R+W>N strict shows no stale read`. */
  readonly text: string;
  readonly holds: boolean;
  /** What was seen: `0 of 12,000 reads`. */
  readonly evidence: string;
  /** A promise was broken on purpose, and the claim is that a checker sees it. */
  readonly broken?: true;
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What to see in it. */
  readonly caption: string;
}

/** A history to be kept, and what it was judged by. */
export interface Recorded {
  /** Of its file, kebab-case: `quorum-seed-3`. */
  readonly name: string;
  readonly history: History;
  readonly checks: readonly CheckName[];
  /** Of the variant that was broken on purpose, or of a mode that promises less. */
  readonly expected: 'ok' | 'violation' | 'either';
}
