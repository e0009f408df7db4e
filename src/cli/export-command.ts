/** `quorate export`: keys and values as lines of JSON. */

import type { Command } from 'commander';
import type { BatchResult } from '../client/batch-result.ts';
import type { BucketDocument } from '../client/cluster-documents.ts';
import type { NodeClient } from '../client/http-client.ts';
import type { LevelOption } from '../client/request-options.ts';
import { bufferOf, textOf } from '../kernel/bytes.ts';
import type { BucketLine, ExportedValue, KeyFields, KeyLine } from './exchange-line.ts';
import { addJsonOption, type JsonFlag } from './json-option.ts';
import { addNodeOption, type NodeOption, withClient } from './node-option.ts';
import { level } from './option-values.ts';
import { startProgress } from './progress.ts';
import { writeOut } from './standard-output.ts';

interface ExportFlags extends NodeOption, JsonFlag {
  readonly bucket?: readonly string[];
  readonly r?: LevelOption;
}

const KEYS_AT_ONCE = 200;
const TIMEOUT_MS = 30_000;

export function addExportCommand(program: Command): void {
  addJsonOption(
    addNodeOption(program.command('export')),
    'only the lines: tell nothing beside them',
  )
    .description('print keys and values as lines of JSON, which quorate import reads')
    .option('--bucket <name...>', 'of these buckets instead of all')
    .option('--r <level>', 'answers needed: 1.., one, quorum, all', level(1))
    .action(exportBuckets);
}

async function exportBuckets(flags: ExportFlags): Promise<void> {
  await withClient(flags, async (client) => {
    let keys = 0;
    const text = () => `${keys} keys exported`;
    const stop = flags.json === true ? () => {} : startProgress(text);
    try {
      for (const bucket of await chosen(client, flags)) {
        await print([bucketLine(bucket)]);
        for await (const lines of linesOf(client, bucket, flags)) {
          keys += lines.length;
          await print(lines);
        }
      }
    } finally {
      stop();
    }
    if (flags.json !== true) process.stderr.write(`${text()}\n`);
  });
}

async function chosen(
  client: NodeClient,
  { bucket: names }: ExportFlags,
): Promise<readonly BucketDocument[]> {
  if (names === undefined) return client.buckets();
  return Promise.all(names.map((name) => client.bucket(name)));
}

function bucketLine({ name, ...settings }: BucketDocument): BucketLine {
  return { bucket: name, settings } as BucketLine;
}

function print(lines: readonly unknown[]): Promise<void> {
  return writeOut(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

async function* linesOf(
  client: NodeClient,
  bucket: BucketDocument,
  flags: ExportFlags,
): AsyncGenerator<readonly KeyLine[]> {
  let keys: KeyFields[] = [];
  for await (const key of client.keys(bucket.name, {
    timeout: TIMEOUT_MS,
    ...levelOf(bucket, flags),
  })) {
    keys.push(fieldsOf(key));
    if (keys.length < KEYS_AT_ONCE) continue;
    yield await read(client, bucket, keys, flags);
    keys = [];
  }
  if (keys.length > 0) yield await read(client, bucket, keys, flags);
}

function fieldsOf(key: Uint8Array): KeyFields {
  const text = textOf(key);
  return text === undefined ? { keyBase64: bufferOf(key).toString('base64') } : { key: text };
}

function levelOf({ mode }: BucketDocument, { r }: ExportFlags): { readonly r?: LevelOption } {
  return mode === 'dynamo' && r !== undefined ? { r } : {};
}

async function read(
  client: NodeClient,
  bucket: BucketDocument,
  keys: readonly KeyFields[],
  flags: ExportFlags,
): Promise<readonly KeyLine[]> {
  const lines: KeyLine[] = [];
  let waiting = keys;
  while (waiting.length > 0) {
    const operations = waiting.map((key) => ({
      ...{ op: 'get', bucket: bucket.name, ...key },
      ...levelOf(bucket, flags),
    }));
    const results = await client.batch(operations, TIMEOUT_MS);
    const tooMany = waiting.filter((key, at) => {
      const result = results[at] as BatchResult;
      // One answer holds only so many values: the others are asked for again.
      if (result.problem?.code === 'value_too_large' && at > 0) return true;
      const line = lineOf(bucket.name, key, result);
      if (line !== undefined) lines.push(line);
      return false;
    });
    waiting = tooMany;
  }
  return lines;
}

/** Undefined: there is none, or it goes with its lease, which nobody could hold elsewhere. */
function lineOf(bucket: string, key: KeyFields, result: BatchResult): KeyLine | undefined {
  const { status, siblings = [], problem, version, revision } = result;
  const values: readonly AnsweredValue[] = siblings;
  if (status === 404 || values.some(({ lease }) => lease !== undefined)) return undefined;
  if (problem !== undefined) {
    const name = 'key' in key ? key.key : `base64 ${key.keyBase64}`;
    throw new Error(`${bucket}/${name} cannot be read: ${problem.detail} (${problem.code})`);
  }
  const told = version ?? revision;
  return {
    bucket,
    ...key,
    ...(told !== undefined && { version: told }),
    values: values.map(withTimeLeft),
  };
}

interface AnsweredValue extends ExportedValue {
  /** Of a value in a raft bucket. */
  readonly lease?: number;
}

function withTimeLeft(value: ExportedValue): ExportedValue {
  if (value.expiresAt === undefined) return value;
  return { ...value, ttlMs: Math.max(0, Date.parse(value.expiresAt) - Date.now()) };
}
