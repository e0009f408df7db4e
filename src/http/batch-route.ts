/**
 * Many operations in one request: POST `/batch`.
 *
 * Each operation succeeds or fails by itself and is answered in its place; the batch is not
 * a transaction. Operations run side by side, so two on one key are concurrent.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { Bucket, QuorateNode, RevisionedValue, WriteContent } from '../node/index.ts';
import type { AppContext } from './app.ts';
import {
  bucketField,
  contentOf,
  keyField,
  leaseField,
  levelField,
  readRepairField,
  refuseUnknownFields,
  sloppyField,
  textField,
  ttlField,
} from './batch-fields.ts';
import { DYNAMO_ONLY, RAFT_ONLY, raftBucketNamed } from './bucket-mode.ts';
import { conditionOfFields, conditionUnsupported } from './conditions.ts';
import { HeldRequest } from './held-request.ts';
import { type Fields, isFields } from './json-document.ts';
import { parseQuery, refuse, timeoutParameter } from './parameters.ts';
import { asQuorateError, type OnUnexpected, problemOf } from './problem.ts';
import { readRaft, removeRaft, writeRaft } from './raft-kv-routes.ts';
import { etagOf, siblingDocument, valueDocument } from './representation.ts';
import { readBody } from './request-body.ts';
import { queryOf } from './request-target.ts';
import { refuseSession, SESSIONS_OF_ONE_KEY } from './session-headers.ts';
import { DEFAULT_CONTENT_TYPE } from './value-headers.ts';

export const BATCH_OPERATIONS_MAX = 1_000;
const BATCH_BYTES_MAX = 32 * 1024 * 1024;
/** Values in one answer; gets beyond are refused, so that a small batch cannot ask for a large heap. */
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
/** Operations of one batch that run at the same time. */
const BATCH_CONCURRENCY = 64;

/** Fields that only a raft bucket could check. */
const CONDITIONS = ['ifMatch', 'ifNoneMatch'];

type Operation = 'get' | 'put' | 'delete';

const COMMON_FIELDS = ['op', 'bucket', 'key', 'keyBase64'];
const VALUE_FIELDS = ['value', 'valueBase64', 'contentType', 'meta'];

const DYNAMO_FIELDS: Readonly<Record<Operation, readonly string[]>> = {
  get: [...COMMON_FIELDS, 'r', 'pr', 'sloppy', 'readRepair'],
  put: [...COMMON_FIELDS, ...VALUE_FIELDS, 'context', 'w', 'pw', 'sloppy', 'ttl'],
  delete: [...COMMON_FIELDS, 'context', 'w', 'pw', 'sloppy', 'r'],
};

const RAFT_FIELDS: Readonly<Record<Operation, readonly string[]>> = {
  get: COMMON_FIELDS,
  put: [...COMMON_FIELDS, ...VALUE_FIELDS, 'ifMatch', 'ifNoneMatch', 'lease'],
  delete: [...COMMON_FIELDS, 'ifMatch', 'ifNoneMatch'],
};

interface Run {
  readonly node: QuorateNode;
  /** Of the whole batch, in `performance.now()`. */
  readonly deadline: number;
  readonly onUnexpected: OnUnexpected;
  readonly held: HeldRequest;
  /** Of the values read so far. */
  answerBytes: number;
}

export async function runBatch(
  c: AppContext,
  node: QuorateNode,
  onUnexpected: OnUnexpected,
): Promise<Response> {
  const query = queryOf(c.env.incoming.url ?? '');
  refuseSession(c, query);
  const parameters = parseQuery(query, ['timeout']);
  const timeoutMs = timeoutParameter(parameters);
  const held = new HeldRequest(c, node);
  const operations = parseBatch(await readBody(c.env.incoming, BATCH_BYTES_MAX, held));
  const results: unknown[] = new Array(operations.length);
  const deadline = performance.now() + timeoutMs;
  const run: Run = { node, deadline, onUnexpected, held, answerBytes: 0 };
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

async function runOperation(run: Run, operation: unknown) {
  try {
    if (!isFields(operation)) throw new QuorateError('bad_request', 'an operation is an object');
    const op = operationField(operation);
    if (operation.session !== undefined) throw refuse('session', SESSIONS_OF_ONE_KEY);
    const bucket = bucketField(operation);
    const raft = await raftBucketNamed(run.node, bucket, timeLeftMs(run));
    return raft === undefined
      ? await runDynamo(run, op, operation)
      : await runRaft(run, op, operation, raft);
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

function operationField({ op }: Fields): Operation {
  if (op === 'get' || op === 'put' || op === 'delete') return op;
  throw refuse('op', 'must be get, put or delete');
}

function runDynamo(run: Run, op: Operation, fields: Fields) {
  refuseConditions(fields);
  refuseUnknownFields(fields, DYNAMO_FIELDS[op], RAFT_ONLY);
  return op === 'get'
    ? runGet(run, fields)
    : runWrite(run, fields, op === 'put' ? contentOf(fields) : null);
}

function refuseConditions(fields: Fields): void {
  const condition = CONDITIONS.find((name) => fields[name] !== undefined);
  if (condition !== undefined) throw conditionUnsupported(condition);
}

async function runGet(run: Run, fields: Fields) {
  const request = {
    bucket: bucketField(fields),
    key: keyField(fields),
    r: levelField(fields, 'r'),
    pr: levelField(fields, 'pr') ?? 0,
    sloppy: sloppyField(fields),
    readRepair: readRepairField(fields),
  };
  const { object, context } = await run.node.read(request, timeLeftMs(run));
  const { siblings, clock } = object;
  countAnswer(run, siblings);
  const known = clock.length > 0 && { context };
  if (siblings.length === 0) return { status: 404, ...known };
  return {
    status: siblings.length === 1 ? 200 : 300,
    ...known,
    etag: etagOf(object),
    siblings: siblings.map(siblingDocument),
  };
}

/** Gets beyond the bound are refused. */
function countAnswer(run: Run, values: readonly { readonly value: Uint8Array }[]): void {
  for (const { value } of values) {
    run.answerBytes += value.length;
    run.held.add(value.length);
  }
  if (run.answerBytes <= ANSWER_BYTES_MAX) return;
  throw new QuorateError(
    'value_too_large',
    `the values of this batch exceed ${ANSWER_BYTES_MAX} bytes together: ask for fewer at a time`,
  );
}

async function runWrite(run: Run, fields: Fields, content: WriteContent | null) {
  const context = textField(fields, 'context');
  const request = {
    bucket: bucketField(fields),
    key: keyField(fields),
    content,
    contexts: context === undefined ? [] : [context],
    w: levelField(fields, 'w'),
    pw: levelField(fields, 'pw') ?? 0,
    sloppy: sloppyField(fields),
    r: levelField(fields, 'r'),
    ttlMs: ttlField(fields),
    returnBody: false,
  };
  const result = await run.node.write(request, timeLeftMs(run));
  return { status: 204, context: result.context };
}

async function runRaft(run: Run, op: Operation, fields: Fields, bucket: Bucket) {
  refuseUnknownFields(fields, RAFT_FIELDS[op], DYNAMO_ONLY);
  const target = { node: run.node, bucket, key: keyField(fields) };
  if (op === 'get') {
    const found = await readRaft(target, timeLeftMs(run));
    if (found === undefined) return { status: 404 };
    countAnswer(run, [found]);
    return { status: 200, ...versionFields(found.revision), siblings: [raftDocument(found)] };
  }
  const condition = conditionOfFields(fields.ifMatch, fields.ifNoneMatch);
  if (op === 'delete') {
    return { status: 204, revision: await removeRaft(target, condition, timeLeftMs(run)) };
  }
  const content = { ...contentOf(fields), condition, lease: leaseField(fields) };
  return { status: 204, ...versionFields(await writeRaft(target, content, timeLeftMs(run))) };
}

function versionFields(revision: number) {
  return { revision, etag: `"${revision}"` };
}

function raftDocument({ value, contentType, meta, lease }: RevisionedValue) {
  return {
    ...valueDocument(value),
    contentType: contentType || DEFAULT_CONTENT_TYPE,
    ...(meta.length > 0 && { meta: Object.fromEntries(meta) }),
    ...(lease !== undefined && { lease }),
  };
}
