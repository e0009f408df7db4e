/**
 * The load generator as the benchmark sees it: a process of its own, so that what prints,
 * computes and waits for other things never delays a request.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { compiledModule } from '../../cluster/compiled-module.ts';
import type { WorkloadPlan } from './cases.ts';
import type { Period } from './closed-loop.ts';
import type { SdkClient, Target } from './contestant.ts';
import type { OpenPeriod } from './open-loop.ts';
import type { Measurement } from './recording.ts';

const PROCESS_FILE = compiledModule('bench/throughput/generator-process');

export type Drive =
  | ({ readonly loop: 'closed' } & Period)
  | ({ readonly loop: 'open' } & OpenPeriod)
  | { readonly loop: 'count'; readonly requests: number };

export interface GeneratorJob {
  readonly targets: readonly Target[];
  /** Spread evenly over the targets. */
  readonly connections: number;
  readonly workload: WorkloadPlan;
  readonly drive: Drive;
  /** Absent: the plain client. */
  readonly client?: SdkClient;
}

export class Generator {
  readonly #process: ChildProcess = fork(PROCESS_FILE, []);

  /** One job at a time. Rejects when the generator itself broke. */
  run(job: GeneratorJob): Promise<Measurement> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null) =>
        reject(new Error(`the load generator ended with code ${code}`));
      this.#process.once('exit', onExit);
      this.#process.once('message', (measurement) => {
        this.#process.off('exit', onExit);
        resolve(measurement as Measurement);
      });
      this.#process.send(job);
    });
  }

  stop(): void {
    this.#process.removeAllListeners('exit');
    this.#process.disconnect();
  }
}
