/** `quorate tokens`: the file of tokens that a node started with --tokens-file asks for. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { changeTokens, newToken, readTokens, type StoredToken } from '../adapters/tokens-file.ts';
import { grantText, ROLES, type Role } from '../kernel/grant.ts';
import { nodeName } from './option-values.ts';
import { tableText } from './table-text.ts';

interface FileFlags {
  readonly file: string;
  readonly json?: true;
}

interface AddFlags extends FileFlags {
  readonly name: string;
  readonly role: Role;
  readonly prefix: readonly string[];
}

interface RemoveFlags extends FileFlags {
  readonly name: string;
}

const BUCKET_PREFIX = /^[A-Za-z0-9._-]+$/;

export function addTokensCommands(program: Command): void {
  const tokens = program.command('tokens').description('the tokens that nodes ask clients for');
  addFileOption(tokens.command('add'))
    .description('make a token, print it once, and keep its hash in the file')
    .requiredOption('--name <name>', 'whose it is', nodeName)
    .addOption(
      new Option('--role <role>', 'what it allows; each role includes those before it')
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .option(
      '--prefix <prefix>',
      'only buckets that begin so, and not the cluster; may be repeated',
      (text: string, before: readonly string[]) => [...before, bucketPrefix(text)],
      [] as readonly string[],
    )
    .option('--json', 'print it with what it allows, as JSON')
    .action(add);
  addFileOption(tokens.command('list'))
    .description('print what tokens there are; nobody can print the tokens themselves')
    .option('--json', 'print it as JSON')
    .action(list);
  addFileOption(tokens.command('remove'))
    .description('take a token back: nodes that use the file refuse it within seconds')
    .requiredOption('--name <name>', 'of the token')
    .action(remove);
}

function addFileOption(command: Command): Command {
  return command.requiredOption('--file <file>', 'what nodes are started with as --tokens-file');
}

function bucketPrefix(text: string): string {
  if (BUCKET_PREFIX.test(text)) return text;
  throw new InvalidArgumentError('Give the beginning of a bucket name.');
}

function add({ file, name, role, prefix: prefixes, json }: AddFlags): void {
  const grant = { name, role, prefixes };
  const { token, stored } = newToken(grant, new Date());
  changeTokens(file, (tokens) => {
    if (tokens.some((other) => other.name === name)) {
      throw new Error(`${file} has a token ${name}: remove it first, or choose another --name`);
    }
    return [...tokens, stored];
  });
  const text = json === true ? JSON.stringify({ ...grant, token }, null, 2) : token;
  process.stdout.write(`${text}\n`);
  process.stderr.write(`this is the only time that the token is shown: ${grantText(stored)}\n`);
}

function list({ file, json }: FileFlags): void {
  const tokens = readTokens(file);
  const shown = tokens.map(({ sha256: _, ...token }) => token);
  process.stdout.write(
    `${json === true ? JSON.stringify({ tokens: shown }, null, 2) : listText(tokens)}\n`,
  );
}

function listText(tokens: readonly StoredToken[]): string {
  if (tokens.length === 0) return 'there are no tokens: quorate tokens add makes one';
  const rows = tokens.map(({ name, role, prefixes, created }) => {
    return [name, role, prefixes.map((prefix) => `${prefix}*`).join(' ') || 'all', created];
  });
  return tableText(['name', 'role', 'buckets', 'made'], rows);
}

function remove({ file, name }: RemoveFlags): void {
  changeTokens(file, (tokens) => {
    const left = tokens.filter((token) => token.name !== name);
    if (left.length < tokens.length) return left;
    throw new Error(`${file} has no token ${name}`);
  });
  process.stderr.write(`${name} is removed: nodes that use ${file} refuse its token\n`);
}
