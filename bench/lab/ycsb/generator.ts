/** The load generator: a process of its own, so that nothing else delays a request. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { compiledModule } from '../../../cluster/compiled-module.ts';
import type { GeneratorJob, Measured } from './generator-job.ts';

const PROCESS_FILE = compiledModule('bench/lab/ycsb/generator-process');

type Told = { readonly measured: Measured } | { readonly error: string };

export class YcsbGenerator {
  readonly #process: ChildProcess = fork(PROCESS_FILE, []);

  /** One job at a time. Rejects when the store cannot be reached, or the generator broke. */
  async run(job: GeneratorJob, signal: AbortSignal): Promise<Measured> {
    const over = new AbortController();
    const waiting = { signal: AbortSignal.any([signal, over.signal]) };
    this.#process.send(job);
    try {
      return await Promise.race([this.#answer(waiting), this.#end(waiting)]);
    } finally {
      over.abort();
    }
  }

  stop(): void {
    this.#process.kill('SIGKILL');
  }

  async #answer(waiting: { signal: AbortSignal }): Promise<Measured> {
    const [told] = (await once(this.#process, 'message', waiting)) as [Told];
    if ('error' in told) throw new Error(told.error);
    return told.measured;
  }

  async #end(waiting: { signal: AbortSignal }): Promise<never> {
    const [code] = await once(this.#process, 'exit', waiting);
    throw new Error(`the load generator ended with code ${code}`);
  }
}
