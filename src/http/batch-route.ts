/**
 * Many operations in one request: POST `/batch`.
 *
 * Each operation succeeds or fails by itself and is answered in its place; the batch is not
 * a transaction. Operations run side by side, so two on one key are concurrent.
 */

import { utf8 } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { Level, QuorateNode, ReadRepairMode, WriteContent } from '../node/index.ts';
import type { AppContext } from './app.ts';
import { parseLevel, parseQuery, refuse, timeoutParameter } from './parameters.ts';
import { asQuorateError, type OnUnexpected, problemOf } from './problem.ts';
import { etagOf, siblingDocument } from './representation.ts';
import { readBody } from './request-body.ts';
import { queryOf } from './request-target.ts';
import { checkContentType, checkMeta } from './value-headers.ts';

export const BATCH_OPERATIONS_MAX = 1_000;
const BATCH_BYTES_MAX = 32 * 1024 * 1024;
/** Values in one answer; gets beyond are refused, so that a small batch cannot ask for a large heap. */
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
/** Operations of one batch that run at the same time. */
const BATCH_CONCURRENCY = 64;

type Fields = Readonly<Record<string, unknown>>;

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  get: ['r', 'pr', 'readRepair'],
  put: ['value', 'valueBase64', 'contentType', 'meta', 'context', 'w', 'pw'],
  delete: ['context', 'w', 'pw', 'r'],
};
const COMMON_FIELDS = ['op', 'bucket', 'key', 'keyBase64'];

interface Run {
  readonly node: QuorateNode;
  /** Of the whole batch, in `performance.now()`. */
  readonly deadline: number;
  readonly onUnexpected: OnUnexpected;
  /** Of the values read so far. */
  answerBytes: number;
}

export async function runBatch(
  c: AppContext,
  node: QuorateNode,
  onUnexpected: OnUnexpected,
): Promise<Response> {
  const parameters = parseQuery(queryOf(c.env.incoming.url ?? ''), ['timeout']);
  const timeoutMs = timeoutParameter(parameters);
  const operations = parseBatch(await readBody(c.env.incoming, BATCH_BYTES_MAX));
  const results: unknown[] = new Array(operations.length);
  const deadline = performance.now() + timeoutMs;
  const run: Run = { node, deadline, onUnexpected, answerBytes: 0 };
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < operations.length; at = next++) {
      results[at] = await runOperation(run, operations[at]);
    }
  };
  await Promise.all(Array.from({ length: BATCH_CONCURRENCY }, worker));
  return c.json({ results });
}

function parseBatch(body: Uint8Array): readonly unknown[] {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new QuorateError('bad_request', 'the body is not JSON: send {"operations": [...]}');
  }
  const operations = isFields(document) ? document.operations : undefined;
  if (!Array.isArray(operations)) {
    throw new QuorateError('bad_request', 'the body has no list "operations"');
  }
  if (operations.length > BATCH_OPERATIONS_MAX) {
    throw new QuorateError(
      'bad_request',
      `${operations.length} operations in one batch; at most ${BATCH_OPERATIONS_MAX} are taken`,
    );
  }
  return operations;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function runOperation(run: Run, operation: unknown) {
  try {
    if (!isFields(operation)) throw new QuorateError('bad_request', 'an operation is an object');
    const op = operation.op;
    const allowed = typeof op === 'string' && Object.hasOwn(FIELDS, op) ? FIELDS[op] : undefined;
    if (allowed === undefined) throw refuse('op', 'must be get, put or delete');
    refuseUnknownFields(operation, [...COMMON_FIELDS, ...allowed]);
    return op === 'get'
      ? await runGet(run, operation)
      : await runWrite(run, operation, op === 'put' ? contentOf(operation) : null);
  } catch (error) {
    if (!(error instanceof QuorateError)) run.onUnexpected(error);
    const problem = problemOf(asQuorateError(error));
    return { status: problem.status, problem };
  }
}

function timeLeftMs(run: Run): number {
  const left = run.deadline - performance.now();
  if (left > 0) return left;
  throw new QuorateError('out_of_time', 'the batch took all its time before this operation began');
}

async function runGet(run: Run, fields: Fields) {
  const request = {
    ...targetOf(fields),
    r: levelField(fields, 'r'),
    pr: levelField(fields, 'pr') ?? 0,
    readRepair: readRepairField(fields),
  };
  const { object, context } = await run.node.read(request, timeLeftMs(run));
  const { siblings, clock } = object;
  for (const { value } of siblings) run.answerBytes += value.length;
  if (run.answerBytes > ANSWER_BYTES_MAX) {
    throw new QuorateError(
      'value_too_large',
      `the values of this batch exceed ${ANSWER_BYTES_MAX} bytes together: ask for fewer at a time`,
    );
  }
  const known = clock.length > 0 && { context };
  if (siblings.length === 0) return { status: 404, ...known };
  return {
    status: siblings.length === 1 ? 200 : 300,
    ...known,
    etag: etagOf(object),
    siblings: siblings.map(siblingDocument),
  };
}

async function runWrite(run: Run, fields: Fields, content: WriteContent | null) {
  const context = textField(fields, 'context');
  const request = {
    ...targetOf(fields),
    content,
    contexts: context === undefined ? [] : [context],
    w: levelField(fields, 'w'),
    pw: levelField(fields, 'pw') ?? 0,
    r: levelField(fields, 'r'),
    returnBody: false,
  };
  const result = await run.node.write(request, timeLeftMs(run));
  return { status: 204, context: result.context };
}

function targetOf(fields: Fields): { bucket: string; key: Uint8Array } {
  const bucket = textField(fields, 'bucket');
  if (bucket === undefined) throw refuse('bucket', 'is missing');
  const key = bytesField(fields, 'key', 'keyBase64');
  if (key === undefined) throw refuse('key', 'is missing: give key or keyBase64');
  return { bucket, key };
}

function contentOf(fields: Fields): WriteContent {
  const value = bytesField(fields, 'value', 'valueBase64');
  if (value === undefined) throw refuse('value', 'is missing: give value or valueBase64');
  const contentType = textField(fields, 'contentType') ?? '';
  checkContentType(contentType);
  const given = fields.meta ?? {};
  if (!isFields(given)) throw refuse('meta', 'must be an object of texts');
  const meta = Object.entries(given).map(([name, text]): [string, string] => {
    if (typeof text !== 'string') throw refuse('meta', 'must be an object of texts');
    return [name.toLowerCase(), text];
  });
  if (new Set(meta.map(([name]) => name)).size < meta.length) {
    throw refuse('meta', 'has two names that differ in their case only');
  }
  checkMeta(meta);
  return { value, contentType, meta };
}

function refuseUnknownFields(fields: Fields, allowed: readonly string[]): void {
  const unknown = Object.keys(fields).find((name) => !allowed.includes(name));
  if (unknown !== undefined) {
    throw refuse(unknown, `is not a field of this operation: use ${allowed.join(', ')}`);
  }
}

function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || typeof value === 'string') return value;
  throw refuse(name, 'must be a text');
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function bytesField(fields: Fields, asText: string, asBase64: string): Uint8Array | undefined {
  const text = textField(fields, asText);
  const base64 = textField(fields, asBase64);
  if (text !== undefined && base64 !== undefined) {
    throw refuse(asText, `and ${asBase64} are both given: give one of them`);
  }
  if (base64 === undefined) return text === undefined ? undefined : utf8(text);
  if (!BASE64.test(base64)) throw refuse(asBase64, 'is not base64');
  return Buffer.from(base64, 'base64');
}

function levelField(fields: Fields, name: 'r' | 'w' | 'pr' | 'pw'): Level | undefined {
  const value = fields[name];
  return value === undefined ? undefined : parseLevel(name, String(value), name[0] === 'p' ? 0 : 1);
}

function readRepairField(fields: Fields): ReadRepairMode {
  const value = textField(fields, 'readRepair') ?? 'async';
  if (value === 'async' || value === 'blocking' || value === 'off') return value;
  throw refuse('readRepair', 'must be async, blocking or off');
}
