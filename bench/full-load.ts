/**
 * A cluster on a machine without a processor to spare: each kind of requests comes from a
 * process of its own that keeps every connection busy, and these, the nodes and whatever looks
 * on share the cores.
 */

import type { LocalCluster } from '../cluster/local-cluster.ts';
import { whole } from './command-line.ts';
import type { WorkloadPlan } from './throughput/cases.ts';
import { writeKeys } from './throughput/contest.ts';
import { targetOf } from './throughput/contestant.ts';
import { type ProcessorTime, processorTime } from './throughput/cpu-time.ts';
import { Generator } from './throughput/generator.ts';
import type { Measurement } from './throughput/recording.ts';

export interface LoadFigures {
  readonly seconds: number;
  /** By the name of the workload. */
  readonly load: Readonly<Record<string, Measurement>>;
  /** Shares of the time of all processors. */
  readonly busy: number;
  readonly stolen: number;
}

export class FullLoad {
  readonly #cluster: LocalCluster;
  readonly #workloads: Readonly<Record<string, WorkloadPlan>>;
  /** For each workload. */
  readonly #connections: number;
  readonly #generators: readonly Generator[];

  constructor(
    cluster: LocalCluster,
    workloads: Readonly<Record<string, WorkloadPlan>>,
    connections: number,
  ) {
    this.#cluster = cluster;
    this.#workloads = workloads;
    this.#connections = connections;
    this.#generators = Object.values(workloads).map(() => new Generator());
  }

  /** Writes each key of the workload once, on this many nodes. */
  async write(workload: WorkloadPlan, level: number): Promise<void> {
    const [generator] = this.#generators as [Generator];
    await writeKeys(generator, this.#jobOf({ ...workload, operation: 'put', level }));
  }

  async run(minutes: number): Promise<LoadFigures> {
    const drive = { loop: 'closed', warmUpMs: 0, measureMs: minutes * 60_000 } as const;
    const before = processorTime();
    const startedAt = performance.now();
    const measured = await Promise.all(
      Object.entries(this.#workloads).map(async ([name, workload], i) => {
        const generator = this.#generators[i] as Generator;
        return [name, await generator.run({ ...this.#jobOf(workload), drive })] as const;
      }),
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    return { seconds, load: Object.fromEntries(measured), ...sharesOf(before, processorTime()) };
  }

  stop(): void {
    for (const generator of this.#generators) generator.stop();
  }

  #jobOf(workload: WorkloadPlan) {
    const targets = this.#cluster.nodes.map(targetOf);
    return { targets, connections: this.#connections, workload };
  }
}

function sharesOf(before: ProcessorTime, after: ProcessorTime) {
  const total = after.total - before.total;
  const idle = (after.idle - before.idle) / total;
  const stolen = (after.stolen - before.stolen) / total;
  return { busy: 1 - idle - stolen, stolen };
}

export function failedRequests({ load }: LoadFigures): number {
  const errors = Object.values(load).flatMap((measurement) => Object.values(measurement.errors));
  return errors.reduce((sum, times) => sum + times, 0);
}

export function loadLines(figures: LoadFigures): readonly string[] {
  const { load, busy, stolen } = figures;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    `failed requests: ${whole(failedRequests(figures))}`,
    ...Object.entries(load).map(([name, measurement]) => `  ${loadText(name, measurement)}`),
    `processors: ${percent(busy)} busy, ${percent(stolen)} taken by other machines`,
  ];
}

function loadText(name: string, { opsPerS, p50Ms, p99Ms, maxMs, errors }: Measurement): string {
  const faults = Object.entries(errors).map(([fault, times]) => `; ${times} x ${fault}`);
  const figures = [p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(0));
  const latency = `p50 ${figures[0]}, p99 ${figures[1]}, slowest ${figures[2]} ms`;
  return `${name.padEnd(10)} ${whole(opsPerS).padStart(7)}/s  ${latency}${faults.join('')}`;
}
