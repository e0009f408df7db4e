/**
 * All workloads at the same time on one cluster of real processes, while a nemesis strikes it;
 * then everything is healed, and when replicas agree every key is read at every node.
 */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilCalm } from '../../bench/workloads/calm.ts';
import type { Round } from '../../bench/workloads/rounds.ts';
import type { Workload } from '../../bench/workloads/workload.ts';
import { WorkloadRun } from '../../bench/workloads/workload-run.ts';
import { type LocalCluster, startCluster } from '../../cluster/local-cluster.ts';
import { faultText, type Schedule } from '../../cluster/nemesis/fault.ts';
import { DEFAULT_PACE, type NemesisName, nemeses } from '../../cluster/nemesis/nemeses.ts';
import { runSchedule } from '../../cluster/nemesis/schedule-run.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { FaultWindow } from '../../src/checkers/history.ts';
import { ClusterClient } from '../../src/client/cluster-client.ts';
import { voterTarget } from '../../src/metadata/voters.ts';
import { SeededRandom } from '../../src/sim/seeded-random.ts';

export interface CampaignOptions {
  readonly workloads: readonly Workload[];
  readonly nemesis: NemesisName;
  readonly nodes: number;
  readonly durationMs: number;
  readonly seed: number;
  /** Where the nodes have their data and logs; it is left there. */
  readonly directory: string;
  readonly print: (line: string) => void;
  /** The end of what strikes and of what is asked, ahead of time. */
  readonly signal?: AbortSignal;
}

export interface Campaign {
  readonly records: readonly WorkloadRecord[];
  readonly faults: readonly FaultWindow[];
  /** What went wrong beside the histories; empty of a correct run. */
  readonly surprises: readonly string[];
}

export interface WorkloadRecord {
  readonly workload: Workload;
  readonly rounds: readonly Round[];
}

/** Of a client that asks one node after the other. */
const PATIENCE_MS = 3_000;
/** The nemesis draws anew what it does after so long. */
const STRETCH_MS = 60_000;
/** More often than not something is broken. */
const PACE = { ...DEFAULT_PACE, calmMs: 5_000 };
const PROGRESS_MS = 5_000;
const VOTERS_MS_MAX = 30_000;
const SURPRISES_SHOWN = 20;

export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const cluster = await startCluster({
    nodes: options.nodes,
    dataDirectory: join(options.directory, 'nodes'),
    startOptions: ['--enable-faults'],
  });
  const campaign = new RunningCampaign(cluster, options);
  try {
    await campaign.run();
    return campaign;
  } finally {
    await campaign.close();
  }
}

class RunningCampaign implements Campaign {
  readonly faults: FaultWindow[] = [];
  readonly #surprises = new Map<string, number>();
  readonly #cluster: LocalCluster;
  readonly #options: CampaignOptions;
  readonly #random: SeededRandom;
  readonly #names: readonly string[];
  readonly #anyone: ClusterClient;
  readonly #runs: readonly WorkloadRun[];
  #startedAt = 0;
  #schedule: Schedule = [];
  #scheduleFrom = 0;

  constructor(cluster: LocalCluster, options: CampaignOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#names = cluster.nodes.map(({ name }) => name);
    this.#anyone = ClusterClient.inTurn(cluster.urls, { timeoutMs: PATIENCE_MS });
    this.#runs = options.workloads.map((workload) => {
      return new WorkloadRun({
        workload,
        nodes: this.#names.map((name) => ({ name, client: cluster.client(name) })),
        anyone: this.#anyone,
        random: this.#random.fork(),
        now: () => this.#now(),
        onSurprise: (text) => this.#surprise(text),
      });
    });
  }

  get records(): readonly WorkloadRecord[] {
    return this.#runs.map(({ workload, rounds }) => ({ workload, rounds: rounds.all }));
  }

  get surprises(): readonly string[] {
    const all = [...this.#surprises].map(([text, times]) => {
      return times === 1 ? text : `${text} (${times} times)`;
    });
    const more = all.length - SURPRISES_SHOWN;
    return more > 0 ? [...all.slice(0, SURPRISES_SHOWN), `and ${more} more`] : all;
  }

  async run(): Promise<void> {
    await this.#prepare();
    this.#startedAt = performance.now();
    const end = new AbortController();
    const progress = this.#tellProgress(end.signal);
    const asking = this.#noting(Promise.all(this.#runs.map((run) => run.ask(end.signal))));
    const isHealed = await this.#noting(this.#strike());
    end.abort();
    await Promise.all([asking, progress]);
    if (isHealed) await this.#noting(this.#readWhenCalm());
  }

  async close(): Promise<void> {
    await this.#anyone.close();
    await this.#cluster.kill();
  }

  async #prepare(): Promise<void> {
    const client = this.#cluster.client('n1');
    const wanted = voterTarget(this.#names.length);
    await waitFor(`${wanted} voters`, VOTERS_MS_MAX, async () => {
      const { voters, outgoing } = await client.groupStatus();
      return voters.length === wanted && outgoing.length === 0;
    });
    for (const { bucket, settings } of this.#options.workloads) {
      await client.putBucket(bucket, settings);
    }
  }

  /** Stretch after stretch; the cluster is healed after each. */
  async #strike(): Promise<void> {
    const { durationMs, nemesis, signal } = this.#options;
    const random = this.#random.fork();
    for (let left = durationMs; left > 0; left = durationMs - this.#now()) {
      if (signal?.aborted) return;
      const stretchMs = Math.min(left, STRETCH_MS);
      const pace = { ...PACE, durationMs: stretchMs };
      this.#schedule = nemeses[nemesis](random.fork(), this.#names, pace);
      this.#scheduleFrom = this.#now();
      const run = runSchedule(this.#cluster, this.#schedule, {
        now: () => this.#now(),
        ...(signal && { signal }),
      });
      const { faults, surprises } = await run;
      this.faults.push(...faults);
      for (const { node, ending } of surprises) {
        this.#surprise(`${node} ended by itself: ${ending}`);
      }
      // What is left of the stretch is quiet; the last one ends with it.
      const restMs = this.#scheduleFrom + stretchMs - this.#now();
      if (restMs > 0) await sleep(restMs, undefined, { ...(signal && { signal }) }).catch(() => {});
    }
  }

  async #readWhenCalm(): Promise<void> {
    const { print } = this.#options;
    print(`${this.#clock()}  healed; waiting until replicas agree`);
    await untilCalm(this.#cluster, this.#names);
    print(`${this.#clock()}  reading everything at every node`);
    await Promise.all(this.#runs.map((run) => run.settle()));
    await Promise.all(this.#runs.map((run) => run.readAtEnd()));
  }

  async #tellProgress(signal: AbortSignal): Promise<void> {
    let before = 0;
    for (;;) {
      await sleep(PROGRESS_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const all = this.#runs.reduce((sum, { rounds }) => sum + rounds.operations, 0);
      const rate = Math.round(((all - before) * 1_000) / PROGRESS_MS);
      before = all;
      this.#options.print(`${this.#clock()}  ${String(rate).padStart(5)} ops/s  ${this.#struck()}`);
    }
  }

  /** What strikes now, for a person. */
  #struck(): string {
    const atMs = this.#now() - this.#scheduleFrom;
    const now = this.#schedule.filter((fault) => fault.atMs <= atMs && atMs < fault.until);
    const texts = now.map(({ fault }) => faultText(fault));
    return texts.length === 0 ? 'calm' : texts.join(', ');
  }

  /** Whether it went well; what was recorded is judged in any case. */
  async #noting(work: Promise<unknown>): Promise<boolean> {
    try {
      await work;
      return true;
    } catch (error) {
      this.#surprise(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return false;
    }
  }

  #surprise(text: string): void {
    this.#surprises.set(text, (this.#surprises.get(text) ?? 0) + 1);
  }

  /** Milliseconds since the clients began. */
  #now(): number {
    return performance.now() - this.#startedAt;
  }

  #clock(): string {
    return `${(this.#now() / 1_000).toFixed(0).padStart(5)} s`;
  }
}
