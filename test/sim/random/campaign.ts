/**
 * Runs many scenarios in several processes, shrinks what fails, and tells which rare paths were
 * taken.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { addCounts } from '../counts.ts';
import { drawScenario } from './draw-scenario.ts';
import type { CampaignOptions } from './options.ts';
import { runScenario } from './run-scenario.ts';
import { replayLine, selected } from './selection.ts';
import { shrink } from './shrink.ts';
import type { Done, Failure, Order } from './work.ts';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));
const SEEDS_AT_ONCE = 10;
/** A run that goes on for so long will never end. */
const SILENT_MS_MAX = 300_000;
const PROGRESS_EVERY = 500;
const FAILURES_MAX = 20;
const SHRUNK_MAX = 5;

/** Whether nothing was wrong. */
export async function runCampaign(options: CampaignOptions): Promise<boolean> {
  const { seeds, firstSeed, workers, demandsCoverage } = options;
  const startedAt = performance.now();
  const campaign = new Campaign(options);
  await Promise.all(Array.from({ length: workers }, () => campaign.employ()));
  const { failures, met, done, virtualMs, cpuMs } = campaign;
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(
    `${done} of ${seeds} seeds from ${firstSeed} on in ${seconds.toFixed(1)} s: ` +
      `${(done / seconds).toFixed(1)} a second, ${(cpuMs / done).toFixed(0)} ms of a core and ` +
      `${(virtualMs / done).toFixed(0)} virtual ms each; ${failures.length} failed`,
  );
  const never = Object.keys(met).filter((name) => met[name] === 0);
  if (demandsCoverage) console.log(tableOf(met));
  if (demandsCoverage && never.length > 0) console.log(`never met: ${never.join(', ')}`);
  for (const failure of failures.slice(0, SHRUNK_MAX)) {
    console.log(await shrunkText(failure, options.shrinkSeconds));
  }
  return failures.length === 0 && (!demandsCoverage || never.length === 0);
}

class Campaign {
  readonly failures: Failure[] = [];
  readonly met: Record<string, number> = {};
  done = 0;
  virtualMs = 0;
  cpuMs = 0;
  readonly #options: CampaignOptions;
  #nextSeed: number;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#nextSeed = options.firstSeed;
  }

  /** Resolves when a process has done its part. */
  employ(): Promise<void> {
    const worker = fork(WORKER);
    const { promise, resolve, reject } = withResolvers<void>();
    let firstSeed = 0;
    const watch = setTimeout(() => {
      reject(new Error(`one of ${SEEDS_AT_ONCE} seeds from ${firstSeed} on does not end`));
      worker.kill('SIGKILL');
    }, SILENT_MS_MAX);
    const order = () => {
      firstSeed = this.#nextSeed;
      watch.refresh();
      this.#order(worker);
    };
    worker.on('message', (done: Done) => {
      this.#take(done);
      if (done.passed === undefined) order();
      else worker.disconnect();
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      clearTimeout(watch);
      if (code === 0) resolve();
      else reject(new Error(`a worker ended with ${code}, about seed ${this.#nextSeed}`));
    });
    order();
    return promise;
  }

  #order(worker: ChildProcess): void {
    const { seeds, firstSeed, stopsAtOnce } = this.#options;
    const endSeed = firstSeed + seeds;
    const isOver = this.failures.length >= (stopsAtOnce ? 1 : FAILURES_MAX);
    const count = isOver ? 0 : Math.min(SEEDS_AT_ONCE, endSeed - this.#nextSeed);
    const order: Order = { firstSeed: this.#nextSeed, seeds: Math.max(0, count) };
    this.#nextSeed += Math.max(0, count);
    worker.send(order);
  }

  #take({ seeds, failures, met, virtualMs, cpuMs, passed }: Done): void {
    addCounts(this.met, met);
    if (passed !== undefined) addCounts(this.met, passed);
    for (const failure of failures) {
      this.failures.push(failure);
      const { seed, violations } = failure;
      console.log(
        `seed ${seed}: ${violations.join('\n  ')}\n  again: npm run sim -- --seed ${seed}`,
      );
    }
    const before = this.done;
    this.done += seeds;
    this.virtualMs += virtualMs;
    this.cpuMs += cpuMs;
    if (Math.floor(this.done / PROGRESS_EVERY) > Math.floor(before / PROGRESS_EVERY)) {
      console.log(`${this.done} seeds, ${this.failures.length} failed`);
    }
  }
}

async function shrunkText({ seed, violations }: Failure, seconds: number): Promise<string> {
  const scenario = drawScenario(seed);
  const kind = kindOf(violations);
  const untilMs = performance.now() + seconds * 1_000;
  const run = (selection: Parameters<typeof selected>[1]) =>
    runScenario(selected(scenario, selection));
  const { selection, runs, isMinimal } = await shrink(
    scenario,
    async (smaller) => kindOf((await run(smaller)).violations) === kind,
    () => performance.now() < untilMs,
  );
  const report = await run(selection);
  const { faults, operations } = selection;
  return [
    `seed ${seed} shrunk${isMinimal ? '' : ' as far as time allowed'} in ${runs} runs to ` +
      `${operations.length} of ${scenario.operations.length} operations and ` +
      `${faults.length} of ${scenario.faults.length} faults:`,
    ...report.violations,
    `  again: ${replayLine(scenario, selection)} --hash ${report.traceHash}`,
  ].join('\n');
}

/** What sort of failure it is: another one is not what is looked for. */
function kindOf([first]: readonly string[]): string | undefined {
  return first?.split(' ', 1)[0];
}

function tableOf(met: Readonly<Record<string, number>>): string {
  const width = Math.max(...Object.keys(met).map((name) => name.length));
  return Object.entries(met)
    .map(([name, count]) => `${name.padEnd(width)} ${count}`)
    .join('\n');
}

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
