/**
 * `quorate check`: whether a recorded history is linearizable.
 *
 * It ends with 0 for yes, with 1 for no, and with 3 if that could not be decided within the
 * limits, so that no script takes an undecided history for a good one.
 */

import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Operation } from '../checkers/history.ts';
import { decodeHistory } from '../checkers/history-codec.ts';
import { HistoryError } from '../checkers/history-error.ts';
import { parseJepsenRegister } from '../checkers/jepsen-register.ts';
import type { CheckResult } from '../checkers/linearizability.ts';
import {
  checkHistory,
  MODEL_NAMES,
  ModelMismatchError,
  type ModelName,
  modelFor,
} from '../checkers/models.ts';
import { parsePorcupineKv } from '../checkers/porcupine-kv.ts';
import { type CheckSubject, verdictText } from '../checkers/verdict-text.ts';
import { EXIT, messageOf, UsageError } from './exit.ts';
import { wholeNumber } from './option-values.ts';
import { visible } from './terminal-text.ts';

const TIMEOUT_SECONDS = 60;
const TIMEOUT_SECONDS_MAX = 86_400;

const EXIT_OF_VERDICT = { ok: EXIT.done, violation: EXIT.failed, unknown: 3 } as const;

interface Format {
  /** Throws `HistoryError`. */
  readonly decode: (text: string) => readonly Operation[];
  readonly times: CheckSubject['times'];
}

const FORMATS = {
  quorate: { decode: decodeHistory, times: 'ms' },
  'jepsen-register': { decode: parseJepsenRegister, times: 'lines' },
  'porcupine-kv': { decode: parsePorcupineKv, times: 'lines' },
} as const satisfies Record<string, Format>;

interface CheckFlags {
  readonly format: keyof typeof FORMATS;
  readonly model?: ModelName;
  /** In seconds. */
  readonly timeout: number;
  readonly json?: true;
}

export function addCheckCommand(program: Command): void {
  program
    .command('check <file>')
    .description('tell whether a recorded history is linearizable; ends with 0, 1 or, unknown, 3')
    .addOption(
      new Option('--format <format>', 'of the file')
        .choices(Object.keys(FORMATS))
        .default('quorate'),
    )
    .addOption(
      new Option(
        '--model <model>',
        'what the keys are; by default append if anything appends, versioned if there are versions, else register',
      ).choices(MODEL_NAMES),
    )
    .option(
      '--timeout <seconds>',
      'after which the verdict is unknown',
      wholeNumber('seconds', 0, TIMEOUT_SECONDS_MAX),
      TIMEOUT_SECONDS,
    )
    .option('--json', 'print the verdict as JSON')
    .action(check);
}

async function check(file: string, flags: CheckFlags): Promise<void> {
  const { decode, times } = FORMATS[flags.format];
  const history = await readHistory(file, decode);
  const model = flags.model ?? modelFor(history);
  const now = () => performance.now();
  const startedAt = now();
  const result = checkedOrRefused(file, () =>
    checkHistory(history, model, { now, timeMs: flags.timeout * 1_000 }),
  );
  const subject: CheckSubject = {
    model,
    operations: history.length,
    keys: new Set(history.map(({ key }) => key)).size,
    tookMs: now() - startedAt,
    times,
  };
  const text = flags.json
    ? JSON.stringify(verdictDocument(result, subject), null, 2)
    : verdictText(result, subject).split('\n').map(visible).join('\n');
  process.stdout.write(`${text}\n`);
  process.exitCode = EXIT_OF_VERDICT[result.verdict];
}

async function readHistory(file: string, decode: Format['decode']): Promise<readonly Operation[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`);
  });
  const history = checkedOrRefused(file, () => decode(text));
  if (history.length > 0) return history;
  throw new UsageError(`${file} has no operations: give a history with at least one`);
}

/** A file that is not what it was said to be was asked for wrongly. */
function checkedOrRefused<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof HistoryError || error instanceof ModelMismatchError) {
      throw new UsageError(`${file}, ${error.message}`);
    }
    throw error;
  }
}

function verdictDocument(result: CheckResult<Operation>, subject: CheckSubject) {
  const { verdict } = result;
  switch (verdict) {
    case 'ok':
      return { verdict, ...subject };
    case 'unknown':
      return { verdict, ...subject, limit: result.limit, undecided: result.keys };
    case 'violation': {
      const { key, blocked, placed, states } = result.witness;
      return {
        verdict,
        ...subject,
        key,
        blocked: blocked.operation,
        states,
        placed: placed.map(({ operation }) => operation),
      };
    }
  }
}
