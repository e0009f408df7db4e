/**
 * A worker as the campaign sees it: asked for one thing after the other, and answering each. One
 * that says nothing for too long is killed, since a loop without an end would never hear of it.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Met } from './met.ts';
import type { Done, Order } from './work.ts';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));
/** Several hundred times what a seed takes: a run that goes on for so long will never end. */
const SILENT_MS_MAX = 60_000;

/** It came to no answer, and its process is gone. */
export class WorkerLostError extends Error {
  override readonly name = 'WorkerLostError';
}

export class WorkerProcess {
  readonly #process: ChildProcess;
  readonly #silentMsMax: number;
  /** Why it was killed, or could not be started. */
  #reason: string | undefined;

  /** @param program the compiled module that it runs */
  constructor(program = WORKER, silentMsMax = SILENT_MS_MAX) {
    this.#silentMsMax = silentMsMax;
    this.#process = fork(program);
    this.#process.on('error', ({ message }) => {
      this.#reason ??= message;
    });
  }

  /** Rejects with `WorkerLostError`. */
  run(seed: number): Promise<Done> {
    return this.#ask<Done>({ type: 'run', seed });
  }

  /** What it passed of the code; then it ends. Rejects with `WorkerLostError`. */
  async end(): Promise<Met> {
    const passed = await this.#ask<Met>({ type: 'coverage' });
    this.#process.disconnect();
    return passed;
  }

  #ask<Answer>(order: Order): Promise<Answer> {
    const process_ = this.#process;
    return new Promise((resolve, reject) => {
      const silent = setTimeout(() => {
        this.#reason = `not ended after ${this.#silentMsMax / 1_000} s`;
        process_.kill('SIGKILL');
      }, this.#silentMsMax);
      const settle = () => {
        clearTimeout(silent);
        process_.off('message', answered);
        process_.off('close', ended);
      };
      const answered = (answer: unknown) => {
        settle();
        resolve(answer as Answer);
      };
      const ended = (code: number | null, signal: string | null) => {
        settle();
        reject(new WorkerLostError(this.#reason ?? `its process ended with ${signal ?? code}`));
      };
      process_.on('message', answered);
      process_.on('close', ended);
      process_.send(order, (error) => {
        if (error !== null) ended(null, error.message);
      });
    });
  }
}
