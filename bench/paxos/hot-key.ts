/**
 * Many clients at all nodes change one key: by comparing and setting, at once or with pauses by
 * chance, and by increments. Who compares and sets goes on with the version and the value that
 * the last answer told, a refusal or its own success, or reads before each attempt. The first
 * attempt after a pause then mostly finds out what is there, and the next one has a chance.
 *
 * Each success counts the value up by one, so the value tells in the end whether the answers were
 * true.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '../../cluster/local-cluster.ts';
import type { NodeClient } from '../../src/client/http-client.ts';
import { isDefinite, isExpected, QuorateError } from '../../src/kernel/errors.ts';
import { whole } from '../command-line.ts';
import { PAXOS_BUCKET } from '../throughput/cases.ts';
import { figureText, type Goal } from './goals.ts';

const SUCCESSES_PER_S_MIN = 200;
const UNFAIRNESS_MAX = 4;

/** Beforehand, at another key, and discarded. */
const WARM_UP_SECONDS = 2;

/** Of clients that pause: at most so long, by chance, whether they succeeded or not. */
const PAUSE_MS = 128;

export interface HotKeyOptions {
  readonly clients: number;
  readonly hotSeconds: number;
}

export interface HotKeyFigures {
  readonly clients: number;
  readonly seconds: number;
  readonly successes: number;
  readonly successesPerS: number;
  readonly attemptsPerSuccess: number;
  /** Successes of the client that had the fewest, and of the one that had the most. */
  readonly fewest: number;
  readonly most: number;
  /** Of all clients of each node, in the order of the nodes: one of these proposes for the key. */
  readonly byNode: readonly number[];
  /** The longest time in which no client succeeded. */
  readonly longestPauseMs: number;
  /** Writes whose outcome no answer told. */
  readonly unknown: number;
  /** What else went wrong, by its code. */
  readonly errors: Readonly<Record<string, number>>;
  /** The value that was there in the end. */
  readonly counted: number;
  /** It is what the answers add up to. */
  readonly isTrue: boolean;
}

/** What a client that compares and sets knows of the key: at first, that there may be nothing. */
interface Known {
  version: string | undefined;
  count: number;
}

/** True where the change was made, false where another one came before. */
type Attempt = (client: NodeClient, key: string, known: Known) => Promise<boolean>;

/** Knows afterwards what the answer told. */
const compareAndSet: Attempt = async (client, key, known) => {
  const { version, count } = known;
  const condition = version === undefined ? { ifNoneMatch: '*' } : { ifMatch: version };
  const options = { ...condition, returnBody: true };
  try {
    known.version = (await client.put(PAXOS_BUCKET, key, String(count + 1), options)).version;
    known.count = count + 1;
    return true;
  } catch (error) {
    if (!(error instanceof QuorateError && error.code === 'condition_failed')) throw error;
    known.version = error.facts.version;
    known.count = countOf(error.facts.present);
    return false;
  }
};

const readCompareAndSet: Attempt = async (client, key, known) => {
  const { values, version } = await client.get(PAXOS_BUCKET, key);
  known.version = version;
  known.count = countOf(values[0]);
  return compareAndSet(client, key, known);
};

function countOf(found: { readonly value: Uint8Array } | undefined): number {
  return found === undefined ? 0 : Number(Buffer.from(found.value).toString('latin1'));
}

const increment: Attempt = async (client, key) => {
  await client.increment(PAXOS_BUCKET, key);
  return true;
};

interface Way {
  readonly attempt: Attempt;
  /** It pauses by chance after so many misses in a row, and after a success; undefined: never. */
  readonly missesToPause?: number;
}

const WAYS = {
  compareAndSet: { attempt: compareAndSet },
  compareAndSetPausing: { attempt: compareAndSet, missesToPause: 2 },
  readCompareAndSet: { attempt: readCompareAndSet },
  readCompareAndSetPausing: { attempt: readCompareAndSet, missesToPause: 1 },
  increment: { attempt: increment },
} satisfies Record<string, Way>;

export async function measureHotKey(
  cluster: LocalCluster,
  what: keyof typeof WAYS,
  { clients, hotSeconds }: HotKeyOptions,
): Promise<HotKeyFigures> {
  await cluster.client('n1').putBucket(PAXOS_BUCKET, { mode: 'paxos' });
  const key = `hot-${what}`;
  const nodes = cluster.nodes.map(({ name }) => cluster.client(name));
  await new HotKeyRun(WAYS[what], `${key}-before`, clients, nodes).forSeconds(WARM_UP_SECONDS);
  const run = new HotKeyRun(WAYS[what], key, clients, nodes);
  await run.forSeconds(hotSeconds);
  const { values } = await (nodes[0] as NodeClient).get(PAXOS_BUCKET, key);
  return run.figures(countOf(values[0]));
}

class HotKeyRun {
  readonly #way: Way;
  readonly #key: string;
  readonly #nodes: readonly NodeClient[];
  readonly #successes: number[];
  readonly #errors: Record<string, number> = {};
  #attempts = 0;
  #unknown = 0;
  #startedAt = 0;
  #elapsedMs = 0;
  #lastSuccessAt = 0;
  #longestPauseMs = 0;

  constructor(way: Way, key: string, clients: number, nodes: readonly NodeClient[]) {
    this.#way = way;
    this.#key = key;
    this.#nodes = nodes;
    this.#successes = Array.from({ length: clients }, () => 0);
  }

  async forSeconds(seconds: number): Promise<void> {
    this.#startedAt = performance.now();
    this.#lastSuccessAt = this.#startedAt;
    const end = this.#startedAt + seconds * 1_000;
    await Promise.all(
      this.#successes.map(async (_, i) => {
        const known: Known = { version: undefined, count: 0 };
        const { missesToPause } = this.#way;
        let misses = 0;
        while (performance.now() < end) {
          const succeeded = await this.#once(i, known);
          misses = succeeded ? 0 : misses + 1;
          if (missesToPause === undefined || (!succeeded && misses < missesToPause)) continue;
          await sleep(Math.random() * PAUSE_MS);
          misses = 0;
        }
      }),
    );
    this.#elapsedMs = performance.now() - this.#startedAt;
    this.#notePause();
  }

  /** True where it succeeded. */
  async #once(client: number, known: Known): Promise<boolean> {
    this.#attempts++;
    try {
      const node = this.#nodes[client % this.#nodes.length] as NodeClient;
      if (!(await this.#way.attempt(node, this.#key, known))) return false;
      this.#successes[client] = (this.#successes[client] ?? 0) + 1;
      this.#notePause();
      return true;
    } catch (error) {
      if (!isExpected(error)) throw error;
      const what = error instanceof QuorateError ? error.code : error.failure;
      this.#errors[what] = (this.#errors[what] ?? 0) + 1;
      if (!isDefinite(error)) this.#unknown++;
      return false;
    }
  }

  #notePause(): void {
    const now = performance.now();
    this.#longestPauseMs = Math.max(this.#longestPauseMs, now - this.#lastSuccessAt);
    this.#lastSuccessAt = now;
  }

  /** `counted`: what the key holds in the end. */
  figures(counted: number): HotKeyFigures {
    const successes = sumOf(this.#successes);
    const seconds = this.#elapsedMs / 1_000;
    return {
      clients: this.#successes.length,
      seconds,
      successes,
      successesPerS: successes / seconds,
      attemptsPerSuccess: this.#attempts / successes,
      fewest: Math.min(...this.#successes),
      most: Math.max(...this.#successes),
      byNode: this.#nodes.map((_, node) =>
        sumOf(this.#successes.filter((_, client) => client % this.#nodes.length === node)),
      ),
      longestPauseMs: this.#longestPauseMs,
      unknown: this.#unknown,
      errors: this.#errors,
      counted,
      isTrue: counted >= successes && counted <= successes + this.#unknown,
    };
  }
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

export function hotKeyGoals(figures: HotKeyFigures): readonly Goal[] {
  const { successesPerS, most, fewest } = figures;
  const of = 'compare-and-set of a hot key';
  return [
    {
      ...{ name: `${of}, successes a second`, measured: successesPerS },
      ...{ bound: 'at least', goal: SUCCESSES_PER_S_MIN },
    },
    {
      ...{ name: `${of}, most through fewest of a client`, measured: most / fewest },
      ...{ bound: 'at most', goal: UNFAIRNESS_MAX },
    },
  ];
}

export function hotKeyLines(what: string, figures: HotKeyFigures): readonly string[] {
  const { clients, successesPerS, attemptsPerSuccess, fewest, most, byNode, longestPauseMs } =
    figures;
  const faults = Object.entries(figures.errors).map(([code, times]) => `, ${times} x ${code}`);
  const verdict = figures.isTrue ? '' : '  WRONG: THE VALUE IS NOT WHAT THE ANSWERS ADD UP TO';
  return [
    `${what}, ${clients} clients at one key: ${whole(successesPerS)} successes/s, ` +
      `${figureText(attemptsPerSuccess)} attempts for each`,
    `  successes of a client: ${fewest} to ${most}, by node ${byNode.join(', ')}; longest pause ${whole(longestPauseMs)} ms; ` +
      `outcome unknown ${figures.unknown}${faults.join('')}`,
    `  value in the end: ${figures.counted}, successes: ${figures.successes}${verdict}`,
  ];
}
