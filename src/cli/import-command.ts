/** `quorate import`: the lines of an export into a cluster. */

import { createReadStream } from 'node:fs';
import { type Command, Option } from 'commander';
import { EXIT, messageOf, UndecidedError } from './exit.ts';
import { ImportReport } from './import-report.ts';
import { ImportRun } from './import-run.ts';
import { addJsonOption, type JsonFlag, printAs } from './json-option.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { wholeNumber } from './option-values.ts';
import { startProgress } from './progress.ts';

interface ImportFlags extends NodeOption, JsonFlag {
  readonly bucket?: string;
  readonly overwrite?: true;
  readonly fromLine: number;
}

const PATIENCE_MS = 30_000;
const LINE_MAX = 1_000_000_000;

export function addImportCommand(program: Command): void {
  addJsonOption(addNodeOption(program.command('import [file]')), 'print the outcome as JSON')
    .description('store the lines of quorate export, of FILE or standard input; may be run again')
    .option('--bucket <name>', 'into this bucket, whichever the lines name')
    .option('--overwrite', 'replace what keys have that is not in their line')
    .addOption(
      new Option('--from-line <n>', 'skip the lines before it')
        .argParser(wholeNumber('lines', 1, LINE_MAX))
        .default(1),
    )
    .action(importFile);
}

async function importFile(path: string | undefined, flags: ImportFlags): Promise<void> {
  const input = path === undefined || path === '-' ? process.stdin : createReadStream(path);
  const report = new ImportReport();
  const { tally } = report;
  const stop = startProgress(() => `${tally.lines} lines, ${tally.imported} keys imported`);
  const failure = await importInto(flags, input, report).finally(stop);
  for (const { line, problem } of tally.problems) {
    process.stderr.write(`line ${line}: ${problem}\n`);
  }
  printAs(flags, report.document(), () => report.text());
  process.exitCode = report.exitCode;
  if (failure !== undefined) throw failure;
}

/** Or by what it was ended, when something had been done. Throws what kept it from all. */
async function importInto(
  flags: ImportFlags,
  input: AsyncIterable<Uint8Array>,
  report: ImportReport,
): Promise<Error | undefined> {
  const { bucket, fromLine, overwrite = false } = flags;
  const options = { bucket, fromLine, overwrite, patienceMs: PATIENCE_MS };
  try {
    await withClient(flags, (client) => new ImportRun(client, options, report).run(input));
    return undefined;
  } catch (error) {
    if (report.isEmpty) throw error;
    return endedBy(error, report);
  }
}

/** Whatever it was, some of the lines before may have been imported or not. */
function endedBy(failure: unknown, { tally, exitCode }: ImportReport): Error {
  const goOn = tally.goOnFrom === null ? '' : `: go on with --from-line ${tally.goOnFrom}`;
  const text = `${messageOf(failure)}${goOn}`;
  const isUndecided = exitCode === EXIT.undecided || failure instanceof UndecidedError;
  return isUndecided ? new UndecidedError(text) : new Error(text);
}
