/** A process of another product, which knows nothing of us: it is ended whatever happens here. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

const STOP_MS_MAX = 5_000;

const running = new Set<ChildProcess>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class PeerProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param logFile what it prints is appended to it */
  static launch(command: string, options: readonly string[], logFile: string): PeerProcess {
    endThemWithThisProcess();
    const log = openSync(logFile, 'a');
    const child = spawn(command, options, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    running.add(child);
    const gone = () => running.delete(child);
    child.once('exit', gone);
    child.once('error', gone);
    return new PeerProcess(child);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** At once. */
  async kill(): Promise<void> {
    await this.#ended('SIGKILL');
  }

  async end(): Promise<void> {
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS_MAX);
    await this.#ended('SIGTERM');
    clearTimeout(limit);
  }

  async #ended(signal: NodeJS.Signals): Promise<void> {
    if (!running.has(this.#child)) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill(signal);
    await ended;
  }
}

/** What the command prints; undefined where it is not on the PATH or fails. */
export function outputOf(command: string, options: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, options, { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}

let isWatched = false;

/** They hold no channel to this process: without this a signal would leave them running. */
function endThemWithThisProcess(): void {
  if (isWatched) return;
  isWatched = true;
  process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
  for (const signal of SIGNALS) process.once(signal, () => process.exit(1));
}
