/**
 * E1: how soon after its acknowledgement a write is read, for the R and W of three replicas, and
 * of as many as a user asks for.
 *
 * The statistics are those of the simulator, which runs the nodes as they are over ways whose
 * times are drawn from published laws; real processes confirm some of them over sockets. Each node
 * is a replica of every key, whatever number of nodes was asked for, and its scale says how much
 * is tried, not a duration.
 */

import type { LocalCluster } from '../../../cluster/local-cluster.ts';
import { checkLosses } from '../../../src/checkers/losses.ts';
import { FITS, type FitName } from '../../../src/pbs/fits.ts';
import { quantile } from '../../../src/pbs/prediction.ts';
import type { Claim, Experiment, Findings, Lab, Recorded } from '../experiment.ts';
import { type Scale, sizeOf } from '../scale.ts';
import { byOverlap, compare, greatestDistance, totals, worstGap } from './comparison.ts';
import { type OverlapHistory, recordOverlap, slowTheWay } from './overlap-histories.ts';
import { predictTrials, timesToTry } from './predicted.ts';
import { simulateTrials } from './simulated-trials.ts';
import { BUCKET, startSlowCluster, tryOnSockets } from './socket-trials.ts';
import {
  compareSockets,
  SOCKET_LAW,
  SOCKET_LAW_TEXT,
  type SocketsCompared,
} from './sockets-compared.ts';
import { REPLICAS } from './trials.ts';
import {
  count,
  percent,
  type Tried,
  visibilityChart,
  visibilityTable,
} from './visibility-charts.ts';

/** What is tried in the simulator: a law, N, and writes at each W. */
interface SimulatedCase {
  readonly fit: FitName;
  readonly n: number;
  readonly writes: number;
}

interface Size {
  readonly fits: readonly FitName[];
  /** Of each fit, at each W. */
  readonly writes: number;
  /** With other numbers of replicas, where a user asks for none. */
  readonly further: readonly SimulatedCase[];
  readonly socketWrites: number;
  readonly historyWrites: number;
  /** Of each prediction. */
  readonly trials: number;
}

const REPLICAS_MIN = 2;
const ALL_FITS = ['ssd', 'disk', 'ymmr', 'wan'] as const;

const FURTHER: readonly SimulatedCase[] = [2, 5].map((n) => ({ fit: 'disk', n, writes: 2_000 }));

const SIZES: Readonly<Record<Scale, Size>> = {
  tiny: {
    ...{ fits: ['disk'], writes: 60, further: [] },
    ...{ socketWrites: 20, historyWrites: 5, trials: 20_000 },
  },
  small: {
    ...{ fits: ALL_FITS, writes: 1_000, further: [] },
    ...{ socketWrites: 400, historyWrites: 50, trials: 200_000 },
  },
  full: {
    ...{ fits: ALL_FITS, writes: 4_000, further: FURTHER },
    ...{ socketWrites: 3_000, historyWrites: 200, trials: 200_000 },
  },
};

/** By so much a share may be off the prediction beyond its interval. */
const SIMULATED_TOLERANCE = 0.01;
const SOCKET_TOLERANCE = 0.05;

/** The first of those that are tried in the simulator: the others are in the tail. */
const SOCKET_TIMES = 7;

/** Of all the work. */
const SIMULATED_SHARE = 0.7;

export const visibility: Experiment = {
  id: 'E1',
  title: 'How soon a write is read',
  question:
    'How likely is a read to return a write that was acknowledged so long ago, for each R and W?',
  hypothesis:
    'A read that begins t after the acknowledgement is fresh as often as the WARS model of PBS predicts from the delays; where R+W>N it always is.',
  nodes: REPLICAS,
  takes: ['n'],
  run,
};

async function run(lab: Lab): Promise<Findings> {
  const size = sizeOf(lab.scale, SIZES);
  const { n = REPLICAS } = lab;
  if (n < REPLICAS_MIN) throw new Error('E1 needs two replicas: one is written, another one read');
  const cases = [
    ...size.fits.map((fit) => ({ fit, n, writes: size.writes })),
    ...(lab.n === undefined ? size.further : []),
  ];
  const tried = await simulate(lab, cases, size.trials);
  const sockets = await confirm(lab, n, size);
  const risky = tried.flatMap(({ compared }) => byOverlap(compared).risky);
  const { reads } = totals(risky);
  return {
    summary: `PBS predicts fresh reads well: of ${count(reads)} reads whose quorums need not overlap, no share was farther than ${percent(greatestDistance(risky))} from the prediction, and where R+W>N no read was stale. At R=W=1, 99 of 100 reads are fresh from so long after the acknowledgement: ${tried.map(mostlyFresh).join('; ')}.`,
    claims: [...claimsOf(tried, sockets.compared), ...sockets.histories.map(historyClaim)],
    setUp: setUpOf(cases, size),
    faults: [],
    charts: [...tried, sockets.compared].map(visibilityChart),
    tables: [visibilityTable([...tried, sockets.compared])],
    histories: sockets.histories,
    figures: {
      simulated: Object.fromEntries(tried.map(({ name, compared }) => [name, compared])),
      sockets: figuresOf(sockets.compared),
    },
  };
}

function mostlyFresh({ title, predicted }: Tried): string {
  return `${title} ${quantile(predicted.freshFromMs(1, 1), 0.99).toFixed(1)} ms`;
}

function figuresOf({ compared, httpMs, diskMs, failed }: SocketsCompared) {
  return { compared, httpMs, diskMs, failed };
}

async function simulate(
  { seed, signal, progress }: Lab,
  cases: readonly SimulatedCase[],
  trials: number,
) {
  const tried: Tried[] = [];
  for (const [i, { fit, n, writes }] of cases.entries()) {
    const { remote: laws } = FITS[fit];
    const title = titleOf({ fit, n });
    const predicted = predictTrials(laws, { n, seed, trials });
    const measured = await simulateTrials({
      ...{ n, laws, seed, writes },
      timesMs: timesToTry(predicted),
      signal,
      onShare: (share) => {
        progress.at((SIMULATED_SHARE * (i + share)) / cases.length, `simulator: ${title}`);
      },
    });
    const compared = compare(measured, predicted);
    tried.push({ name: `${fit}-n-${n}`, title, n, compared, predicted });
  }
  return tried;
}

function titleOf({ fit, n }: Pick<SimulatedCase, 'fit' | 'n'>): string {
  return `${FITS[fit].title}, N=${n}`;
}

interface Confirmed {
  readonly compared: SocketsCompared;
  readonly histories: readonly Recorded[];
}

async function confirm(
  lab: Lab,
  n: number,
  { socketWrites, historyWrites, trials: size }: Size,
): Promise<Confirmed> {
  const { seed, dataDirectory, signal, progress } = lab;
  const predicting = { n, seed, trials: size };
  const timesMs = timesToTry(predictTrials(LAWS_OF_SOCKETS, predicting)).slice(0, SOCKET_TIMES);
  const trials = {
    ...{ n, law: SOCKET_LAW, seed, dataDirectory, writes: socketWrites, timesMs, signal },
    onShare: (share: number) =>
      progress.at(SIMULATED_SHARE + (1 - SIMULATED_SHARE) * share, 'real processes'),
  };
  const cluster = await startSlowCluster(trials);
  try {
    const compared = compareSockets(await tryOnSockets(cluster, trials), predicting);
    await slowTheWay(cluster);
    return {
      compared,
      histories: await overlapHistories(cluster, { n, seed, writes: historyWrites }),
    };
  } finally {
    await cluster.kill();
  }
}

const LAWS_OF_SOCKETS = { w: SOCKET_LAW, a: SOCKET_LAW, r: SOCKET_LAW, s: SOCKET_LAW };

/** Reads of just enough, and reads of one that are counted as if they were of as many. */
async function overlapHistories(
  cluster: LocalCluster,
  given: Pick<OverlapHistory, 'n' | 'seed' | 'writes'>,
) {
  const w = Math.ceil(given.n / 2);
  const r = given.n - w + 1;
  const both = { ...given, bucket: BUCKET, w, labelled: r } as const;
  return [
    await recordOverlap(cluster, { ...both, name: 'reads-of-enough', r, expected: 'ok' }),
    await recordOverlap(cluster, { ...both, name: 'counts-one', r: 1, expected: 'violation' }),
  ];
}

function claimsOf(tried: readonly Tried[], sockets: SocketsCompared): readonly Claim[] {
  return [
    ...tried.map(({ title, compared }) => nearClaim(title, compared, SIMULATED_TOLERANCE)),
    nearClaim(sockets.title, sockets.compared, SOCKET_TOLERANCE),
    sureClaim('In the simulator', tried),
    sureClaim('On real processes', [sockets]),
    staleClaim(tried),
  ];
}

function nearClaim(title: string, compared: Tried['compared'], tolerance: number): Claim {
  const { risky } = byOverlap(compared);
  const gap = worstGap(risky);
  const { reads, stale, staleExpected } = totals(risky);
  return {
    text: `${title}: reads are fresh as often as PBS predicts (at most ${percent(tolerance)} outside of an interval)`,
    holds: gap <= tolerance,
    evidence: `${count(stale)} of ${count(reads)} reads stale, ${count(staleExpected)} predicted; the greatest distance is ${percent(greatestDistance(risky))}, ${percent(gap)} outside of the interval`,
  };
}

function sureClaim(where: string, tried: readonly Tried[]): Claim {
  const { reads, stale } = totals(tried.flatMap(({ compared }) => byOverlap(compared).sure));
  return {
    text: `${where}, no read is stale where R+W>N`,
    holds: reads > 0 && stale === 0,
    evidence: `${stale} of ${count(reads)} reads`,
  };
}

function staleClaim(tried: readonly Tried[]): Claim {
  const at = tried.flatMap(({ title, compared }) =>
    compared.filter(({ r, w }) => r === 1 && w === 1).map((one) => ({ title, ...one })),
  );
  return {
    text: 'Where R=W=1 there are stale reads right after the acknowledgement',
    holds: at.every(({ stale }) => stale > 0),
    evidence: at.map(({ title, stale, reads }) => `${title}: ${stale} of ${reads}`).join('; '),
  };
}

function historyClaim({ history, expected }: Recorded): Claim {
  const found = checkLosses(history).length;
  const reads = history.operations.filter(({ op }) => op === 'read').length;
  if (expected === 'ok') {
    return {
      text: 'Where the way to the reader is slow, reads of enough replicas (R+W>N) still find every acknowledged write',
      holds: found === 0,
      evidence: `the checker of losses finds ${found} in ${reads} reads`,
    };
  }
  return {
    text: 'A coordinator that asks one replica and counts it as enough is caught',
    holds: found > 0,
    evidence: `the checker of losses finds ${found} in ${reads} reads`,
    broken: true,
  };
}

function setUpOf(
  cases: readonly SimulatedCase[],
  { socketWrites, trials }: Size,
): Findings['setUp'] {
  return [
    ['replicas (N)', [...new Set(cases.map(({ n }) => n))].join(', ')],
    ['writes', cases.map((one) => `${titleOf(one)}: ${count(one.writes)}`).join('; ')],
    [
      'simulator',
      'so many writes of keys of their own at each W, by any node; another node reads each at up to 11 times at each R; of more than three replicas R and W are 1, 2, most of them and all',
    ],
    [
      'real processes',
      `${count(socketWrites)} writes at W=1 and at W of most replicas; messages are held up by ${SOCKET_LAW_TEXT}`,
    ],
    [
      'off',
      'read repair, sloppy quorums and, in the simulator, anti-entropy; disks of the simulator take no time',
    ],
    [
      'prediction',
      `${count(trials)} trials; the coordinator of a write keeps it at once, that of a read asks itself and R-1 others`,
    ],
    ['interval', 'Wilson; 95% in charts, five standard errors in claims'],
  ];
}
