/**
 * A server in a process of its own, to be started, stopped, killed and paused.
 *
 * It may be started again after it has ended. It never outlives this process: it is killed
 * when this one exits, and holds a channel whose end tells it that this one is gone.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Agent, type Dispatcher, getGlobalDispatcher, request } from 'undici';
import { withoutSettings } from '../src/cli/config/variables.ts';
import type { TlsOptions } from '../src/client/connection.ts';
import { waitFor } from './wait-for.ts';

export interface ServerProcessOptions {
  /** For people. */
  readonly name: string;
  /** The compiled module to run, absolute. */
  readonly script: string;
  readonly arguments: readonly string[];
  /** Standard output and error are appended here; its directory exists. */
  readonly logFile: string;
  /** Answers 200 when the server can serve. */
  readonly readyUrl: string;
  /** The authority to trust there, PEM, where that is not one that Node trusts. */
  readonly readyCa?: TlsOptions['ca'];
  /** A command that runs the one that comes after it, in the same process. */
  readonly launcher?: readonly string[];
}

/** How a process ended: one of the two is null. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
}

const READY_MS_MAX = 20_000;
/** One answer to the question whether it is ready. */
const PROBE_MS_MAX = 1_000;
/** Longer than a node takes to give up the requests that it is carrying out. */
const STOP_MS_MAX = 10_000;
const TAIL_LINES = 15;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class ServerProcess {
  readonly name: string;
  /** What the next start runs: a compiled module, absolute. */
  script: string;
  readonly logFile: string;
  readonly #options: ServerProcessOptions;
  readonly #dispatcher: Dispatcher;
  #run: Run | undefined;
  /** Where in the log the last start begins: what is before it is of earlier ones. */
  #logStart = 0;

  constructor(options: ServerProcessOptions) {
    this.name = options.name;
    this.script = options.script;
    this.logFile = options.logFile;
    this.#options = options;
    const { readyCa: ca } = options;
    this.#dispatcher = ca === undefined ? getGlobalDispatcher() : new Agent({ connect: { ca } });
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  get pid(): number {
    return this.#running().child.pid as number;
  }

  /** Resolves when the process has ended, however that came. */
  get ended(): Promise<Ending> {
    return this.#running().ended;
  }

  /** It runs, and serves some time later or never: for those who do not wait for it. */
  launch(): void {
    this.#spawn();
  }

  /** Resolves when it can serve. Rejects, with the end of its log, when it does not get there. */
  async start(): Promise<void> {
    const run = this.#spawn();
    try {
      await waitFor(`${this.name} to be ready`, READY_MS_MAX, () => {
        if (this.#run !== run) return true;
        return isReady(this.#options.readyUrl, this.#dispatcher);
      });
      if (this.#run === run) return;
      throw new Error(`${this.name} ended while it started (${endingText(await run.ended)})`);
    } catch (error) {
      await this.kill();
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${message}\n${await this.logTail()}`, { cause: error });
    }
  }

  /** Ends it in order, which a paused process cannot: it goes on for that. */
  async stop(): Promise<void> {
    if (this.#run === undefined) return;
    const { child, ended } = this.#run;
    child.kill('SIGTERM');
    child.kill('SIGCONT');
    const limit = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await ended;
    clearTimeout(limit);
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    if (this.#run === undefined) return;
    const { child, ended } = this.#run;
    child.kill('SIGKILL');
    await ended;
  }

  /** It keeps its connections and answers nothing. */
  pause(): void {
    this.#running().child.kill('SIGSTOP');
  }

  resume(): void {
    this.#running().child.kill('SIGCONT');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** The last lines that it wrote since it was last started. */
  async logTail(): Promise<string> {
    const log = await readFile(this.logFile).catch(() => Buffer.alloc(0));
    const text = log.toString('utf8', this.#logStart);
    const lines = text.trimEnd().split('\n').slice(-TAIL_LINES);
    return `the end of ${this.logFile}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  }

  #running(): Run {
    if (this.#run === undefined) throw new Error(`${this.name} is not running`);
    return this.#run;
  }

  #spawn(): Run {
    if (this.#run !== undefined) throw new Error(`${this.name} is running already`);
    const { logFile, launcher = [] } = this.#options;
    const [execPath = process.execPath, ...execArgv] = [...launcher, process.execPath];
    const log = openSync(logFile, 'a');
    this.#logStart = fstatSync(log).size;
    const child = fork(this.script, this.#options.arguments, {
      stdio: ['ignore', log, log, 'ipc'],
      execPath,
      execArgv,
      // What a server is told stands in its arguments, whatever its user has set for nodes of his own.
      env: withoutSettings(process.env),
      // In a group of its own: Ctrl-C in the terminal is for us, who then stop it in order.
      detached: true,
    });
    closeSync(log);
    running.add(child);
    const ended = new Promise<Ending>((resolve) => {
      child.once('exit', (code, signal) => {
        running.delete(child);
        this.#run = undefined;
        resolve({ code, signal });
      });
    });
    this.#run = { child, ended };
    return this.#run;
  }
}

export function endingText({ code, signal }: Ending): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

async function isReady(url: string, dispatcher: Dispatcher): Promise<boolean> {
  const { statusCode, body } = await request(url, {
    dispatcher,
    signal: AbortSignal.timeout(PROBE_MS_MAX),
    headers: { connection: 'close' },
  });
  await body.dump();
  return statusCode === 200;
}
