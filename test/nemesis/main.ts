/** `npm run test:nemesis -- --minutes 10`: what real nodes promise, while everything breaks. */

import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { workloads } from '../../bench/workloads/workloads.ts';
import { type NemesisName, nemeses } from '../../cluster/nemesis/nemeses.ts';
import { EXIT, exitCodeOf } from '../../src/cli/exit.ts';
import { wholeNumber } from '../../src/cli/option-values.ts';
import { runCampaign } from './campaign.ts';
import { type Report, reportOf, reportTable } from './report.ts';

interface NemesisOptions {
  readonly minutes: number;
  readonly nodes: number;
  readonly seed: number;
  readonly nemesis: NemesisName;
  /** Names of groups. */
  readonly workloads: readonly string[];
  readonly out?: string;
}

const SEED_MAX = 999_999_999;
const NAMES = [...new Set(workloads.map(({ name }) => name))];
/** Of checks that did not come to an end, as of `quorate check`. */
const EXIT_UNDECIDED = 3;

const program = new Command('npm run test:nemesis --')
  .description('run workloads on real nodes while a nemesis strikes, and judge what was answered')
  .option('--minutes <n>', 'how long', minutes, 10)
  .option('--nodes <n>', 'how many nodes', wholeNumber('nodes', 3, 9), 5)
  .option('--seed <n>', 'of all that is left to chance', wholeNumber('the seed', 0, SEED_MAX))
  .addOption(
    new Option('--nemesis <name>', 'what strikes')
      .choices(Object.keys(nemeses))
      .default('random-mixture'),
  )
  .option('--workloads <names>', `with commas between: ${NAMES.join(', ')}`, namesOf, NAMES)
  .option('--out <dir>', 'keep all histories and logs there; without it, of a failed run only')
  .exitOverride()
  .action(run);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? EXIT.done : EXIT.usage);
  process.stderr.write(`error: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(exitCodeOf(error));
}

async function run(options: NemesisOptions): Promise<void> {
  const { nodes, nemesis, out, seed = randomInt(SEED_MAX) } = options;
  const directory =
    out === undefined ? await mkdtemp(join(tmpdir(), 'quorate-nemesis-')) : resolve(out);
  print(`seed ${seed}, ${nodes} nodes, ${nemesis}, ${options.minutes} minutes; logs: ${directory}`);
  const chosen = workloads.filter(({ name }) => options.workloads.includes(name));
  const campaign = await runCampaign({
    workloads: chosen,
    nemesis,
    nodes,
    seed,
    directory,
    durationMs: options.minutes * 60_000,
    print,
    signal: whenInterrupted(),
  });
  print(`${campaign.faults.length} faults; judging`);
  const facts = { seed, nemesis, nodes };
  const report = await reportOf(campaign, {
    facts,
    directory: join(directory, 'histories'),
    keepAll: out !== undefined,
  });
  print(`\n${reportTable(report.rows)}\n`);
  tellBad(report, campaign.surprises);
  const isWell = report.bad.length === 0 && campaign.surprises.length === 0;
  if (isWell && out === undefined) await rm(directory, { recursive: true, force: true });
  else print(`histories and logs: ${directory}`);
  process.exit(exitOf(report, campaign.surprises));
}

function tellBad({ bad }: Report, surprises: readonly string[]): void {
  for (const surprise of surprises) print(`NOT WELL: ${surprise}`);
  for (const { file, verdict } of bad) {
    print(`${verdict.text}\nsee: quorate check ${file} --html ${file}.html\n`);
  }
}

function exitOf({ rows }: Report, surprises: readonly string[]): number {
  if (surprises.length > 0 || rows.some(({ violations }) => violations > 0)) return EXIT.failed;
  return rows.some(({ undecided }) => undecided > 0) ? EXIT_UNDECIDED : EXIT.done;
}

/** At the first Ctrl-C the run comes to its end; the second one ends it at once. */
function whenInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  return interrupted.signal;
}

function minutes(text: string): number {
  const number = Number(text);
  if (number > 0 && number <= 1_440) return number;
  throw new InvalidArgumentError('Give a number of minutes up to 1440, such as 10 or 0.5.');
}

function namesOf(text: string): readonly string[] {
  const names = text.split(',');
  if (names.every((name) => NAMES.includes(name))) return names;
  throw new InvalidArgumentError(`Give some of ${NAMES.join(', ')}, with commas between.`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
