/** The clients of one workload on a cluster, and what they record. */

import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../cluster/wait-for.ts';
import type { Outcome } from '../../src/checkers/history.ts';
import type { ClusterClient } from '../../src/client/cluster-client.ts';
import type { SeededRandom } from '../../src/sim/seeded-random.ts';
import { Rounds } from './rounds.ts';
import type { ClientWorld, Place, Workload, WorkloadClient } from './workload.ts';

export interface WorkloadRunOptions {
  readonly workload: Workload;
  readonly nodes: readonly Place[];
  readonly anyone: ClusterClient;
  readonly random: SeededRandom;
  /** Milliseconds since the run began. */
  readonly now: () => number;
  /** What no fault excuses. */
  readonly onSurprise: (text: string) => void;
}

const CLIENTS = 4;
/** From the end of one step to the beginning of the next, on the average. */
const PAUSE_MS = 40;
/** After a step that came to nothing: else clients would mostly ask nodes that are down. */
const BACK_OFF_MS = 200;
/** At the same time. */
const LAST_READERS = 4;
const LAST_READ_MS_MAX = 30_000;

interface LastQuestion {
  readonly key: string;
  readonly at: Place;
}

export class WorkloadRun {
  readonly workload: Workload;
  readonly rounds: Rounds;
  readonly #options: WorkloadRunOptions;

  constructor(options: WorkloadRunOptions) {
    this.#options = options;
    this.workload = options.workload;
    this.rounds = new Rounds(options.workload, options.now);
  }

  /** Resolves when the signal was given and every client has its last answer. */
  async ask(signal: AbortSignal): Promise<void> {
    const clients = Array.from({ length: CLIENTS }, async (_, process) => {
      const random = this.#options.random.fork();
      let pauseMs = PAUSE_MS;
      const client = this.#client(process, random, (outcome) => {
        pauseMs = outcome === 'ok' ? PAUSE_MS : BACK_OFF_MS;
      });
      while (!signal.aborted) {
        await client.step(this.rounds.keyNow(random.float()));
        await sleep(2 * random.float() * pauseMs);
      }
    });
    await Promise.all(clients);
  }

  /** Each key once, at any node. */
  async settle(): Promise<void> {
    const { nodes, random } = this.#options;
    const asked = this.#keys.map((key) => ({ key, at: random.pick(nodes) }));
    await this.#askAtEnd('settle', asked);
  }

  /** Each key at each node. */
  async readAtEnd(): Promise<void> {
    const { nodes } = this.#options;
    await this.#askAtEnd(
      'readAtEnd',
      this.#keys.flatMap((key) => nodes.map((at) => ({ key, at }))),
    );
  }

  get #keys(): readonly string[] {
    return this.rounds.all.flatMap((round) => [...round.keys]);
  }

  async #askAtEnd(what: 'settle' | 'readAtEnd', asked: readonly LastQuestion[]): Promise<void> {
    const waiting = [...asked];
    const readers = Array.from({ length: LAST_READERS }, async (_, reader) => {
      const client = this.#client(CLIENTS + reader, this.#options.random.fork());
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        await this.#untilAnswered(client, what, next);
      }
    });
    await Promise.all(readers);
  }

  async #untilAnswered(
    client: WorkloadClient,
    what: 'settle' | 'readAtEnd',
    { key, at }: LastQuestion,
  ): Promise<void> {
    const wanted = `${at.name} to answer ${what} of ${this.workload.bucket}/${key}`;
    try {
      await waitFor(wanted, LAST_READ_MS_MAX, () => client[what](key, at));
    } catch (error) {
      this.#options.onSurprise(String(error));
    }
  }

  #client(
    process: number,
    random: SeededRandom,
    onHeard: (outcome: Outcome) => void = () => {},
  ): WorkloadClient {
    const { nodes, anyone, onSurprise } = this.#options;
    const { bucket } = this.workload;
    const world: ClientWorld = {
      process,
      bucket,
      random,
      nodes,
      anyone,
      begin: (asked) => {
        const end = this.rounds.begin(asked);
        return (heard) => {
          end(heard);
          onHeard(heard.outcome);
        };
      },
      onSurprise: (text) => onSurprise(`${bucket}: ${text}`),
    };
    return this.workload.client(world);
  }
}
