/**
 * `GET /pbs`: how fresh reads are by the latencies that this node measures now, predicted by the
 * WARS model (pbs/wars.ts) for every R and W.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type QuorateNode, REPLICATION_FACTOR_MAX, type RecentLatencies } from '../node/index.ts';
import { measuredModel } from '../pbs/models.ts';
import { type Asked, type Prediction, predict } from '../pbs/prediction.ts';
import { WarsTrials } from '../pbs/wars.ts';
import type { AppContext } from './app.ts';
import { ASKED } from './cluster-schemas.ts';
import { READ_CLUSTER } from './declared-access.ts';
import { json } from './json-document.ts';
import {
  byNode,
  type Endpoint,
  type Operation,
  type Parameter,
  type Route,
} from './openapi/operation.ts';
import {
  component,
  count,
  listOf,
  number,
  object,
  orNull,
  type Schema,
  text,
  whole,
} from './openapi/schema.ts';
import {
  numberParameter,
  type Parameters,
  parametersOf,
  refuse,
  textParameter,
} from './parameters.ts';

const TRIALS = 20_000;
/** Others wait while they run. */
const TRIALS_A_TURN = 1_000;
/** Fewer are no law. */
const SAMPLES_MIN = 20;
const NUMBERS_MAX = 20;
const AT_MS_MAX = 3_600_000;

const DEFAULT_AT_MS = [0, 1, 10, 100];
const DEFAULT_PROBABILITIES = [0.9, 0.99, 0.999];
const DEFAULT_REPLICAS = 3;

function choosing(
  name: string,
  description: string,
  schema: Schema,
  example: string | number,
): Parameter {
  return { in: 'query', name, description, schema, example };
}

const REPLICAS = whole('Replicas.', 1, REPLICATION_FACTOR_MAX);
const NUMBERS = text('Numbers with commas between.', { pattern: '^[0-9.]+(,[0-9.]+)*$' });

const PROBABILITY = number('Of 1.', { minimum: 0, maximum: 1 });
const PERCENTILES = object({
  p50: number('Milliseconds.'),
  p99: number('Milliseconds.'),
  p999: number('Milliseconds.'),
});

const PREDICTIONS: Schema = component('Predictions', {
  description: 'How fresh reads are, by what the node that was asked has measured.',
  ...object({
    node: ASKED,
    n: count('Replicas of a key.'),
    measured: object({
      sinceMs: count('Since the oldest of it.'),
      ownWrites: count('Until they were on the disk of the node.'),
      peers: listOf(
        object({
          node: text('The other one.'),
          reads: count('Round trips.'),
          writes: count('Round trips.'),
        }),
        'Round trips to other nodes.',
      ),
    }),
    reason: orNull('Why nothing is predicted; null: something is.', { type: 'string' }),
    predictions: listOf(
      object({
        r: count('Replicas that answer a read.'),
        w: count('Disks that have a write.'),
        fresh: listOf(
          object({ atMs: number('After the acknowledgement.'), probability: PROBABILITY }),
          'A read that begins then returns the write, or a later one.',
        ),
        freshFrom: listOf(
          object({ probability: PROBABILITY, fromMs: number('After the acknowledgement.') }),
          'From when on it does so.',
        ),
        behind: listOf(
          object({ versions: count('The last ones.'), probability: PROBABILITY }),
          'It returns none of so many last versions.',
        ),
        readMs: PERCENTILES,
        writeMs: PERCENTILES,
      }),
      'For each R and W.',
    ),
  }),
});

const PREDICT: Operation = {
  id: 'predictFreshness',
  tag: 'Cluster',
  access: READ_CLUSTER,
  summary: 'How fresh reads are',
  description:
    'Predicted for every R and W from the latencies that the node that is asked measures now (probabilistically bounded staleness, Bailis et al., 2012).',
  query: [
    choosing('n', 'Replicas of a key. Default: the replication factor.', REPLICAS, 3),
    choosing('r', 'Only this R.', REPLICAS, 1),
    choosing('w', 'Only this W.', REPLICAS, 1),
    choosing('at', 'Milliseconds after the acknowledgement.', NUMBERS, '0,10'),
    choosing('probability', 'Probabilities to find the times for.', NUMBERS, '0.99,0.999'),
  ],
  answers: {
    200: {
      description: 'What is predicted, or why nothing is.',
      content: { 'application/json': { schema: PREDICTIONS } },
    },
  },
  errors: ['ring_forming', 'not_ready'],
};

const READ: Endpoint = {
  operation: PREDICT,
  serve: byNode(getPbs),
};

export const PBS_ROUTE: Route = { path: '/pbs', methods: { GET: READ, HEAD: READ } };

async function getPbs(c: AppContext, node: QuorateNode): Promise<Response> {
  const parameters = parametersOf(c, PREDICT);
  const n = replicasIn(parameters, node);
  const levels = levelsIn(parameters, n);
  const asked = {
    atMs: numbersIn(parameters, 'at', DEFAULT_AT_MS, (ms) => ms >= 0 && ms <= AT_MS_MAX),
    probabilities: numbersIn(
      parameters,
      'probability',
      DEFAULT_PROBABILITIES,
      (share) => share > 0 && share < 1,
    ),
  };
  const latencies = node.latencies();
  const reason = whyNot(latencies, n);
  const predictions = reason === undefined ? await predicted(latencies, n, levels, asked) : [];
  return json({
    node: node.id,
    n,
    measured: measuredDocument(latencies),
    reason: reason ?? null,
    predictions: predictions.map(predictionDocument),
  });
}

interface Levels {
  readonly r: number;
  readonly w: number;
}

/** In turns, so that requests are answered meanwhile. */
async function predicted(
  { own, peers }: RecentLatencies,
  n: number,
  levels: readonly Levels[],
  asked: Asked,
): Promise<readonly Prediction[]> {
  const known = peers.filter(hasEnoughWrites).map(({ readsMs, writesMs }) => {
    return { readsMs: readsMs.length < SAMPLES_MIN ? [] : readsMs, writesMs };
  });
  const model = measuredModel({
    n,
    peers: known,
    ownDiskMs: own?.writesMs ?? [],
    oneMoreAfterMs: Math.max(...peers.map(({ lateAfterMs }) => lateAfterMs)),
  });
  const trials = new WarsTrials(model, () => Math.random(), TRIALS);
  while (!trials.isComplete) {
    trials.run(TRIALS_A_TURN);
    await nextTurn();
  }
  const predictions: Prediction[] = [];
  for (const { r, w } of levels) {
    predictions.push(predict(trials, r, w, asked));
    await nextTurn();
  }
  return predictions;
}

/** Undefined: there is enough to go by. */
function whyNot({ own, peers }: RecentLatencies, n: number): string | undefined {
  const writes = own?.writesMs.length ?? 0;
  const known = peers.filter(hasEnoughWrites).length;
  if (writes >= SAMPLES_MIN && known >= n - 1) return undefined;
  return `too little was measured: this node must have coordinated ${SAMPLES_MIN} writes (${writes} lately) that reached ${n - 1} other nodes (${known} did so often)`;
}

function hasEnoughWrites({ writesMs }: { readonly writesMs: readonly number[] }): boolean {
  return writesMs.length >= SAMPLES_MIN;
}

/** With itself a node has no replica to be ahead of or behind. */
function replicasIn(parameters: Parameters, node: QuorateNode): number {
  const drawn = node.status().replicationFactor ?? DEFAULT_REPLICAS;
  const most = REPLICATION_FACTOR_MAX;
  const n = numberParameter(parameters, 'n', Math.max(2, drawn), most, 'replicas');
  if (n >= 2) return n;
  throw refuse('n', 'is 1: the only replica is always fresh; use a whole number from 2');
}

function levelsIn(parameters: Parameters, n: number): readonly Levels[] {
  const all = Array.from({ length: n }, (_, i) => i + 1);
  const levels = (name: 'r' | 'w') => {
    const level = numberParameter(parameters, name, undefined, n, 'replicas');
    return level === undefined ? all : [level];
  };
  return levels('r').flatMap((r) => levels('w').map((w) => ({ r, w })));
}

/** Numbers with commas between. */
function numbersIn(
  parameters: Parameters,
  name: 'at' | 'probability',
  fallback: readonly number[],
  isRight: (number: number) => boolean,
): readonly number[] {
  const text = textParameter(parameters, name);
  if (text === undefined) return fallback;
  const texts = text.split(',');
  const numbers = texts.map((one) =>
    /^\d{1,7}(\.\d{1,9})?$/.test(one) ? Number(one) : Number.NaN,
  );
  if (texts.length <= NUMBERS_MAX && numbers.every(isRight)) return numbers;
  const right =
    name === 'at'
      ? `milliseconds from 0 to ${AT_MS_MAX}, such as 0,10`
      : 'probabilities between 0 and 1, such as 0.99,0.999';
  throw refuse(name, `must be up to ${NUMBERS_MAX} ${right}`);
}

function measuredDocument({ own, peers }: RecentLatencies) {
  const known = own === undefined ? peers : [own, ...peers];
  return {
    sinceMs: Math.round(Math.max(0, ...known.map(({ oldestAgeMs }) => oldestAgeMs))),
    ownWrites: own?.writesMs.length ?? 0,
    peers: peers.map(({ node, readsMs, writesMs }) => ({
      node,
      reads: readsMs.length,
      writes: writesMs.length,
    })),
  };
}

function predictionDocument({ r, w, fresh, freshFrom, behind, read, write }: Prediction) {
  const ms = (time: number) => Number(time.toFixed(3));
  return {
    r,
    w,
    fresh: fresh.map(({ atMs, probability }) => ({ atMs, probability })),
    freshFrom: freshFrom.map(({ probability, fromMs }) => ({ probability, fromMs: ms(fromMs) })),
    behind,
    readMs: { p50: ms(read.p50), p99: ms(read.p99), p999: ms(read.p999) },
    writeMs: { p50: ms(write.p50), p99: ms(write.p99), p999: ms(write.p999) },
  };
}
