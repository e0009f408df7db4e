/** `--json`, which every command has that prints data. */

import type { Command } from 'commander';

export interface JsonFlag {
  readonly json?: true | undefined;
}

export function addJsonOption(command: Command, description = 'print it as JSON'): Command {
  return command.option('--json', description);
}

/** The document itself for programs, its text for people; both on standard output. */
export function printAs<Document>(
  { json }: JsonFlag,
  document: Document,
  textOf: (document: Document) => string,
): void {
  if (json === true) printJson(document);
  else process.stdout.write(`${textOf(document)}\n`);
}

export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** Of what was done: programs get the document, people are told on standard error. */
export function tellAs<Document>(
  { json }: JsonFlag,
  document: Document,
  textOf: (document: Document) => string,
): void {
  if (json === true) printJson(document);
  else process.stderr.write(`${textOf(document)}\n`);
}
