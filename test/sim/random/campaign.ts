/**
 * Runs many scenarios in several processes, shrinks what fails, and tells which rare paths were
 * taken.
 */

import { addCounts } from '../counts.ts';
import { drawScenario } from './draw-scenario.ts';
import type { CampaignOptions } from './options.ts';
import { runScenario } from './run-scenario.ts';
import { replayLine, selected } from './selection.ts';
import { shrink } from './shrink.ts';
import type { Done } from './work.ts';
import { WorkerLostError, WorkerProcess } from './worker-process.ts';

const PROGRESS_EVERY = 500;
const FAILURES_MAX = 20;
const SHRUNK_MAX = 5;

interface Failure {
  readonly seed: number;
  readonly violations: readonly string[];
  /** Otherwise it is not run again here: this process would be lost as well. */
  readonly hasEnded: boolean;
}

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
  const shrinkable = failures.filter(({ hasEnded }) => hasEnded);
  for (const failure of shrinkable.slice(0, SHRUNK_MAX)) {
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

  /** Resolves when no seed is left. A process that hangs or crashes is replaced by another. */
  async employ(): Promise<void> {
    let worker = new WorkerProcess();
    for (let seed = this.#take(); seed !== undefined; seed = this.#take()) {
      try {
        this.#note(seed, await worker.run(seed));
      } catch (error) {
        if (!(error instanceof WorkerLostError)) throw error;
        this.#fail({ seed, violations: [`LOST: ${error.message}`], hasEnded: false });
        worker = new WorkerProcess();
      }
      this.#count();
    }
    addCounts(this.met, await worker.end());
  }

  /** A seed that nobody has run yet, while there is one and more failures are wanted. */
  #take(): number | undefined {
    const { seeds, firstSeed, stopsAtOnce } = this.#options;
    const isOver = this.failures.length >= (stopsAtOnce ? 1 : FAILURES_MAX);
    return isOver || this.#nextSeed >= firstSeed + seeds ? undefined : this.#nextSeed++;
  }

  #note(seed: number, { violations, met, virtualMs, cpuMs }: Done): void {
    addCounts(this.met, met);
    this.virtualMs += virtualMs;
    this.cpuMs += cpuMs;
    if (violations.length > 0) this.#fail({ seed, violations, hasEnded: true });
  }

  #fail(failure: Failure): void {
    this.failures.push(failure);
    const { seed, violations } = failure;
    const texts = violations.join('\n  ');
    console.log(`seed ${seed}: ${texts}\n  again: npm run sim -- --seed ${seed}`);
  }

  #count(): void {
    this.done++;
    if (this.done % PROGRESS_EVERY > 0) return;
    console.log(`${this.done} seeds, ${this.failures.length} failed`);
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
