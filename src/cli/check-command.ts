/**
 * `quorate check`: what a recorded history proves of the store it was recorded on.
 *
 * It ends with 0 if every check holds, with 1 if one does not, and with 3 if that could not be
 * decided within the limits, so that no script takes an undecided history for a good one.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type CheckReport, checksOf, runChecks, verdictOf } from '../checkers/checks.ts';
import type { History, Operation } from '../checkers/history.ts';
import { decodeHistory } from '../checkers/history-codec.ts';
import { HistoryError, UncheckableError } from '../checkers/history-error.ts';
import { parseJepsenRegister } from '../checkers/jepsen-register.ts';
import { MODEL_NAMES, type ModelName } from '../checkers/models.ts';
import type { Times } from '../checkers/operation-text.ts';
import { parsePorcupineKv } from '../checkers/porcupine-kv.ts';
import { timelinePage } from '../checkers/timeline/page.ts';
import { type CheckSubject, verdictText } from '../checkers/verdict-text.ts';
import { CHECK_NAMES, type CheckName } from '../checkers/violation.ts';
import { EXIT, messageOf, UsageError } from './exit.ts';
import { wholeNumber } from './option-values.ts';
import { visible } from './terminal-text.ts';

const TIMEOUT_SECONDS = 60;
const TIMEOUT_SECONDS_MAX = 86_400;

const EXIT_OF_VERDICT = { ok: EXIT.done, violation: EXIT.failed, unknown: EXIT.undecided } as const;

type Verdict = keyof typeof EXIT_OF_VERDICT;

interface Format {
  /** Throws `HistoryError`. */
  readonly decode: (text: string) => History;
  readonly times: Times;
}

const FORMATS = {
  quorate: { decode: decodeHistory, times: 'ms' },
  'jepsen-register': { decode: ofOperations(parseJepsenRegister), times: 'lines' },
  'porcupine-kv': { decode: ofOperations(parsePorcupineKv), times: 'lines' },
} as const satisfies Record<string, Format>;

interface CheckFlags {
  readonly format: keyof typeof FORMATS;
  readonly check?: readonly CheckName[];
  readonly model?: ModelName;
  /** In seconds. */
  readonly timeout: number;
  /** Where the timeline goes. */
  readonly html?: string;
  readonly json?: true;
}

export function addCheckCommand(program: Command): void {
  program
    .command('check <file>')
    .description('tell what a recorded history proves; ends with 0, 1 or, undecided, 3')
    .addOption(
      new Option('--format <format>', 'of the file')
        .choices(Object.keys(FORMATS))
        .default('quorate'),
    )
    .option(
      '--check <names>',
      `what to check, with commas between: ${CHECK_NAMES.join(', ')}; by default what the history names, or has what is needed for`,
      checkNames,
    )
    .addOption(
      new Option(
        '--model <model>',
        'what keys are, for linearizable; by default append, counter or set if anything appends, increments or adds, versioned if there are versions, else register',
      ).choices(MODEL_NAMES),
    )
    .option(
      '--timeout <seconds>',
      'after which it is unknown whether the history is linearizable',
      wholeNumber('seconds', 0, TIMEOUT_SECONDS_MAX),
      TIMEOUT_SECONDS,
    )
    .option('--html <out>', 'write the history as a timeline for a browser, one file')
    .option('--json', 'print the verdicts as JSON')
    .action(check);
}

function checkNames(text: string): readonly CheckName[] {
  return text.split(',').map((name) => {
    const known = CHECK_NAMES.find((one) => one === name);
    if (known !== undefined) return known;
    throw new InvalidArgumentError(`Give some of ${CHECK_NAMES.join(', ')}, commas between.`);
  });
}

async function check(file: string, flags: CheckFlags): Promise<void> {
  const { decode, times } = FORMATS[flags.format];
  const history = await readHistory(file, decode);
  const now = () => performance.now();
  const startedAt = now();
  const reports = checkedOrRefused(file, () => {
    const checks = flags.check && { checks: checksOf(history, flags.check) };
    const model = flags.model && { model: flags.model };
    return runChecks(history, { now, timeMs: flags.timeout * 1_000, ...checks, ...model });
  });
  const subject: CheckSubject = { history, tookMs: now() - startedAt, times };
  if (flags.html !== undefined) {
    await writePage(flags.html, timelinePage(reports, subject));
  }
  const text = flags.json
    ? JSON.stringify(verdictDocument(reports, subject), null, 2)
    : verdictText(reports, subject).split('\n').map(visible).join('\n');
  process.stdout.write(`${text}\n`);
  process.exitCode = EXIT_OF_VERDICT[worstOf(reports)];
}

function ofOperations(parse: (text: string) => readonly Operation[]): Format['decode'] {
  return (text) => ({ facts: {}, operations: parse(text), faults: [] });
}

async function readHistory(file: string, decode: Format['decode']): Promise<History> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`);
  });
  const history = checkedOrRefused(file, () => decode(text));
  if (history.operations.length > 0) return history;
  throw new UsageError(`${file} has no operations: give a history with at least one`);
}

async function writePage(file: string, page: string): Promise<void> {
  await writeFile(file, page).catch((error: unknown) => {
    throw new UsageError(`${file} cannot be written: ${messageOf(error)}`);
  });
}

/** A file that is not what it was said to be was asked for wrongly. */
function checkedOrRefused<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof HistoryError || error instanceof UncheckableError) {
      throw new UsageError(`${file}, ${error.message}`);
    }
    throw error;
  }
}

function worstOf(reports: readonly CheckReport[]): Verdict {
  const verdicts = reports.map(verdictOf);
  if (verdicts.includes('violation')) return 'violation';
  return verdicts.includes('unknown') ? 'unknown' : 'ok';
}

function verdictDocument(
  reports: readonly CheckReport[],
  { history, tookMs, times }: CheckSubject,
) {
  const { operations } = history;
  return {
    verdict: worstOf(reports),
    operations: operations.length,
    keys: new Set(operations.map(({ key }) => key)).size,
    times,
    tookMs,
    checks: reports.map((report) => ({
      verdict: verdictOf(report),
      ...reportDocument(report, history),
    })),
  };
}

function reportDocument(report: CheckReport, { operations }: History) {
  if (report.check !== 'linearizable') {
    const { check, violations } = report;
    const told = violations.map(({ key, text, operations: places }) => ({
      key,
      text,
      operations: places.map((at) => operations[at]),
    }));
    return { check, violations: told };
  }
  const { check, models, result } = report;
  if (result.verdict === 'ok') return { check, models };
  if (result.verdict === 'unknown') {
    return { check, models, limit: result.limit, undecided: result.keys };
  }
  const { key, blocked, placed, states } = result.witness;
  const placedInOrder = placed.map(({ operation }) => operation);
  return { check, models, key, blocked: blocked.operation, states, placed: placedInOrder };
}
