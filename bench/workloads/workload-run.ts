/** The clients of one workload on a cluster, and what they record. */

import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../cluster/wait-for.ts';
import type { Outcome } from '../../src/checkers/history.ts';
import type { ClusterClient } from '../../src/client/cluster-client.ts';
import type { SeededRandom } from '../../src/sim/seeded-random.ts';
import { Rounds } from './rounds.ts';
import type { ClientWorld, End, Place, Workload, WorkloadClient } from './workload.ts';

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

  /** Each key at each node, again where there was no answer. */
  async readAtEnd(end: End): Promise<void> {
    const keys = this.rounds.all.flatMap((round) => [...round.keys]);
    const waiting = keys.flatMap((key) => this.#options.nodes.map((at) => ({ key, at })));
    const readers = Array.from({ length: LAST_READERS }, async (_, reader) => {
      const client = this.#client(CLIENTS + reader, this.#options.random.fork());
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        await this.#readOnce(client, next.key, next.at, end);
      }
    });
    await Promise.all(readers);
  }

  async #readOnce(client: WorkloadClient, key: string, at: Place, end: End): Promise<void> {
    const what = `${at.name} to read ${this.workload.bucket}/${key}`;
    try {
      await waitFor(what, LAST_READ_MS_MAX, () => client.readAtEnd(key, at, end));
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
