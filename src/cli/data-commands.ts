/** `quorate put`, `get`, `delete`, `keys`, `increment` and `append`: one node's HTTP API from the shell. */

import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { GetAnswer, WriteAnswer } from '../client/answers.ts';
import type {
  AppendOptions,
  DeleteOptions,
  GetOptions,
  KeysOptions,
  PutOptions,
} from '../client/request-options.ts';
import { bufferOf, textOf } from '../kernel/bytes.ts';
import { asChange, EXIT, UsageError } from './exit.ts';
import { addJsonOption, type JsonFlag, printAs, tellAs } from './json-option.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { addend, leaseId, level, lifetime, version, wholeNumber } from './option-values.ts';
import { inSession, type SessionFlags, withSessionOptions } from './session-file.ts';
import { answerDocument, siblingsText } from './siblings-text.ts';
import { visible } from './terminal-text.ts';

const TIMEOUT_MS_MAX = 60_000;
const LIMIT_MAX = 999_999_999;

export function addDataCommands(program: Command): void {
  withSessionOptions(
    withWriteOptions(
      changeCommand(program, 'put <bucket> <key> [value]'),
      'what this write replaces',
    ),
  )
    .description('store a value; VALUE may be - for standard input')
    .option('--file <file>', 'store the content of this file')
    .option('--content-type <type>', 'of the value, kept with it; text/plain for a VALUE')
    .option(
      '--ttl <ttl>',
      'how long the value lives: 30s, 5m, 7d, none; else as its bucket',
      lifetime,
    )
    .option('--lease <id>', 'in a raft bucket: the key goes when this lease does', leaseId)
    .action(put);
  withSessionOptions(withReadOptions(dataCommand(program, 'get <bucket> <key>')))
    .description('print the value, or all siblings so that you can choose')
    .addOption(levelOption('--pr', "answers needed from the key's own replicas", 0))
    .option('--no-sloppy', ONLY_REPLICAS)
    .addOption(
      new Option('--read-repair <mode>', 'of replicas found behind').choices(READ_REPAIR_MODES),
    )
    .option('--json', 'print all there is to know, as JSON')
    .option('--verbose', 'print the context and who answered to standard error')
    .action(get);
  withSessionOptions(
    withReadOptions(
      withWriteOptions(changeCommand(program, 'delete <bucket> <key>'), 'what this deletes'),
    ),
  )
    .description('delete what is stored; without --context, what is found when asked')
    .action(remove);
  withReadOptions(dataCommand(program, 'keys <bucket>'))
    .description('print the keys of a bucket, one a line')
    .option('--prefix <prefix>', 'only keys that begin with this')
    .option('--limit <n>', 'at most this many keys', wholeNumber('keys', 1, LIMIT_MAX))
    .option('--json', 'print each key as a JSON object')
    .action(keys);
  withSessionOptions(withUpdateOptions(changeCommand(program, 'increment <bucket> <key>')))
    .description('add to a number in a paxos or raft bucket, and print what it has become')
    .option(
      '--by <n>',
      'what to add: 1 unless another number is given, which may be negative',
      addend,
    )
    .action(increment);
  withSessionOptions(withUpdateOptions(changeCommand(program, 'append <bucket> <key> [value]')))
    .description('put VALUE, or - for standard input, behind a value in a paxos or raft bucket')
    .option('--file <file>', 'append the content of this file')
    .option('--content-type <type>', 'of what is made where nothing was there')
    .action(append);
}

const ONLY_REPLICAS = "only the key's own replicas count, no others in their place";

const READ_REPAIR_MODES = ['async', 'blocking', 'off'];

function dataCommand(program: Command, nameAndArguments: string): Command {
  return addNodeOption(program.command(nameAndArguments)).option(
    '--timeout <ms>',
    'how long the node may take',
    wholeNumber('milliseconds', 1, TIMEOUT_MS_MAX),
  );
}

function changeCommand(program: Command, nameAndArguments: string): Command {
  return addJsonOption(
    dataCommand(program, nameAndArguments),
    'print the context and who acknowledged, or the revision or version, as JSON',
  );
}

function withReadOptions(command: Command): Command {
  return command.addOption(levelOption('--r', 'answers needed', 1));
}

function withWriteOptions(command: Command, seen: string): Command {
  const dynamo = command
    .addOption(levelOption('--w', 'acknowledgements needed', 1))
    .addOption(levelOption('--pw', "acknowledgements needed from the key's own replicas", 0))
    .option('--no-sloppy', ONLY_REPLICAS)
    .option('--context <token>', `from an earlier get or put: ${seen}`);
  return withAtomicOptions(dynamo);
}

function withAtomicOptions(command: Command): Command {
  return command
    .option('--if-match <version>', `${ATOMIC}: only if this is there, * anything`, version)
    .option('--if-none-match <version>', `${ATOMIC}: unless this is there, * anything`, version)
    .option('--idempotency-key <uuid>', `${ATOMIC}: run once under this UUID of version 7`);
}

function withUpdateOptions(command: Command): Command {
  return withAtomicOptions(command).option(
    '--ttl <ttl>',
    'in a paxos bucket: how long what is made lives where nothing was there',
    lifetime,
  );
}

const ATOMIC = 'in a paxos or raft bucket';

function levelOption(flag: string, description: string, least: 0 | 1): Option {
  return new Option(`${flag} <level>`, `${description}: ${least}.., one, quorum, all`).argParser(
    level(least),
  );
}

interface PutFlags extends NodeOption, PutOptions, SessionFlags, JsonFlag {
  readonly file?: string;
}

async function put(bucket: string, key: string, text: string | undefined, flags: PutFlags) {
  const value = await valueToPut(text, flags.file);
  const given = text !== undefined && text !== '-' ? TYPED : {};
  await withClient(flags, async (client) => {
    const answer = await inSession(flags, (session) =>
      asChange(client.put(bucket, key, value, { ...given, ...flags, ...session })),
    );
    const next = isVersioned(answer) ? '' : `\ncontext: ${answer.context}`;
    tellAs(flags, writtenDocument(answer), () => `stored (${howWritten(answer)})${next}`);
  });
}

function isVersioned({ revision, version }: WriteAnswer): boolean {
  return revision !== undefined || version !== undefined;
}

function writtenDocument({ context, quorum, revision, version }: WriteAnswer) {
  if (revision !== undefined) return { revision };
  return version === undefined ? { context, quorum } : { version, quorum };
}

function howWritten({ quorum, revision, version }: WriteAnswer): string {
  if (revision !== undefined) return `revision ${revision}`;
  return version === undefined ? quorum : `version ${version}; ${quorum}`;
}

/** What was typed on the command line is text. */
const TYPED: PutOptions = { contentType: 'text/plain' };

async function valueToPut(
  text: string | undefined,
  file: string | undefined,
): Promise<Uint8Array | string> {
  if (file !== undefined && text === undefined) return readFile(file);
  if (text === undefined || file !== undefined) {
    throw new UsageError('give either a VALUE (- for standard input) or --file FILE');
  }
  return text === '-' ? buffer(process.stdin) : text;
}

interface GetFlags extends NodeOption, GetOptions, SessionFlags {
  readonly json?: true;
  readonly verbose?: true;
}

async function get(bucket: string, key: string, flags: GetFlags) {
  await withClient(flags, async (client) => {
    const answer = await inSession(flags, (session) =>
      client.get(bucket, key, { ...flags, ...session }),
    );
    const [first, ...more] = answer.values;
    if (flags.json === true) {
      process.stdout.write(`${JSON.stringify(answerDocument(answer), null, 2)}\n`);
    } else if (more.length > 0) {
      process.stdout.write(siblingsText(answer, { bucket, key, node: flags.node }));
    } else if (first !== undefined) {
      if (first.expiresAt !== undefined) process.stderr.write(`expires ${first.expiresAt}\n`);
      process.stdout.write(first.value);
    }
    if (flags.verbose === true) {
      process.stderr.write(knownText(answer));
    }
    if (first !== undefined) return;
    process.stderr.write(`there is no value under ${bucket}/${key}\n`);
    process.exitCode = EXIT.failed;
  });
}

function knownText({ context = 'none', quorum, revision, version }: GetAnswer): string {
  if (revision !== undefined) return `revision: ${revision}\n`;
  if (version !== undefined) return `version: ${version}\nquorum: ${quorum}\n`;
  return `context: ${context}\nquorum: ${quorum}\n`;
}

interface DeleteFlags extends NodeOption, DeleteOptions, SessionFlags, JsonFlag {}

async function remove(bucket: string, key: string, flags: DeleteFlags) {
  await withClient(flags, async (client) => {
    const answer = await inSession(flags, (session) =>
      asChange(client.delete(bucket, key, { ...flags, ...session })),
    );
    tellAs(flags, writtenDocument(answer), () => `deleted (${howWritten(answer)})`);
  });
}

interface UpdateFlags extends NodeOption, AppendOptions, SessionFlags, JsonFlag {}

async function increment(
  bucket: string,
  key: string,
  flags: UpdateFlags & { readonly by?: number },
) {
  await withClient(flags, async (client) => {
    const answer = await inSession(flags, (session) =>
      asChange(client.increment(bucket, key, flags.by, { ...flags, ...session })),
    );
    const { number } = answer;
    printAs(flags, { number, ...writtenDocument(answer) }, () => String(number));
  });
}

async function append(
  bucket: string,
  key: string,
  text: string | undefined,
  flags: UpdateFlags & { readonly file?: string },
) {
  const bytes = await valueToPut(text, flags.file);
  const given = text !== undefined && text !== '-' ? TYPED : {};
  await withClient(flags, async (client) => {
    const answer = await inSession(flags, (session) =>
      asChange(client.append(bucket, key, bytes, { ...given, ...flags, ...session })),
    );
    tellAs(flags, writtenDocument(answer), () => `appended (${howWritten(answer)})`);
  });
}

interface KeysFlags extends NodeOption, KeysOptions {
  readonly json?: true;
}

async function keys(bucket: string, flags: KeysFlags) {
  await withClient(flags, async (client) => {
    for await (const key of client.keys(bucket, flags)) {
      process.stdout.write(flags.json === true ? `${keyDocument(key)}\n` : keyLine(key));
    }
  });
}

const NEWLINE = Buffer.from('\n');

/** A program gets the key as it is, a terminal what it can show. */
function keyLine(key: Uint8Array): Uint8Array | string {
  if (process.stdout.isTTY) return `${visible(bufferOf(key).toString('utf8'))}\n`;
  return Buffer.concat([key, NEWLINE]);
}

function keyDocument(key: Uint8Array): string {
  const text = textOf(key);
  const base64 = bufferOf(key).toString('base64');
  return JSON.stringify(text === undefined ? { keyBase64: base64 } : { key: text });
}
