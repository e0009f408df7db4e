/**
 * Many operations in one request: POST `/batch`.
 *
 * Each operation succeeds or fails by itself and is answered in its place; the batch is not
 * a transaction. Operations run side by side, so two on one key are concurrent.
 */

import { QuorateError } from '../kernel/errors.ts';
import type { QuorateNode, WriteContent } from '../node/index.ts';
import type { AppContext } from './app.ts';
import {
  addendField,
  appendedOf,
  bucketField,
  contentOf,
  idempotencyField,
  keyField,
  leaseField,
  levelField,
  readRepairField,
  refuseUnknownFields,
  sloppyField,
  textField,
  ttlField,
} from './batch-fields.ts';
import { BATCH_OPERATIONS_MAX, RUN_BATCH } from './batch-operation.ts';
import { NOT_OF_DYNAMO, updateUnsupported } from './bucket-mode.ts';
import { conditionOfFields, conditionUnsupported } from './conditions.ts';
import { type Bearer, demandBucket } from './guard.ts';
import { HeldRequest } from './held-request.ts';
import { type Fields, isFields } from './json-document.ts';
import type { Route } from './openapi/operation.ts';
import { parametersOf, refuse, timeoutParameter } from './parameters.ts';
import { asQuorateError, type OnUnexpected, problemOf } from './problem.ts';
import { etagOf, siblingDocument } from './representation.ts';
import { readBody } from './request-body.ts';
import { queryOf } from './request-target.ts';
import { refuseSession, SESSIONS_OF_ONE_KEY } from './session-headers.ts';
import { valueDocument } from './value-document.ts';
import { DEFAULT_CONTENT_TYPE } from './value-headers.ts';
import type { Found, KeyChange } from './versioned-key.ts';
import { type VersionedTarget, versionedBucketNamed } from './versioned-kv-routes.ts';

const BATCH_BYTES_MAX = 32 * 1024 * 1024;
/** Values in one answer; gets beyond are refused, so that a small batch cannot ask for a large heap. */
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
/** Operations of one batch that run at the same time. */
const BATCH_CONCURRENCY = 64;

/** Fields that only a bucket with versions could check. */
const CONDITIONS = ['ifMatch', 'ifNoneMatch'];

const DYNAMO_OPERATIONS = ['get', 'put', 'delete'] as const;
const OPERATIONS = [...DYNAMO_OPERATIONS, 'increment', 'append'] as const;

type DynamoOperation = (typeof DYNAMO_OPERATIONS)[number];
type Operation = (typeof OPERATIONS)[number];

const COMMON_FIELDS = ['op', 'bucket', 'key', 'keyBase64'];
const VALUE_FIELDS = ['value', 'valueBase64', 'contentType', 'meta'];

const DYNAMO_FIELDS: Readonly<Record<DynamoOperation, readonly string[]>> = {
  get: [...COMMON_FIELDS, 'r', 'pr', 'sloppy', 'readRepair'],
  put: [...COMMON_FIELDS, ...VALUE_FIELDS, 'context', 'w', 'pw', 'sloppy', 'ttl'],
  delete: [...COMMON_FIELDS, 'context', 'w', 'pw', 'sloppy', 'r'],
};

const VERSIONED_FIELDS = [...COMMON_FIELDS, 'ifMatch', 'ifNoneMatch', 'idempotencyKey'];

export const BATCH_ROUTE: Route = {
  path: '/batch',
  methods: {
    POST: {
      operation: RUN_BATCH,
      serve:
        ({ node, onUnexpected }) =>
        (c) =>
          runBatch(c, node, onUnexpected),
    },
  },
};

interface Run {
  readonly node: QuorateNode;
  /** Of the whole batch, in `performance.now()`. */
  readonly deadline: number;
  readonly onUnexpected: OnUnexpected;
  readonly held: HeldRequest;
  readonly bearer: Bearer | undefined;
  /** Of the values read so far. */
  answerBytes: number;
}

async function runBatch(
  c: AppContext,
  node: QuorateNode,
  onUnexpected: OnUnexpected,
): Promise<Response> {
  const query = queryOf(c.env.incoming.url ?? '');
  refuseSession(c, query);
  const timeoutMs = timeoutParameter(parametersOf(c, RUN_BATCH));
  const held = new HeldRequest(c, node);
  const operations = parseBatch(await readBody(c.env.incoming, BATCH_BYTES_MAX, held));
  const results: unknown[] = new Array(operations.length);
  const deadline = performance.now() + timeoutMs;
  const bearer = c.get('bearer');
  const run: Run = { node, deadline, onUnexpected, held, bearer, answerBytes: 0 };
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < operations.length; at = next++) {
      results[at] = await runOperation(run, operations[at]);
    }
  };
  await Promise.all(Array.from({ length: BATCH_CONCURRENCY }, worker));
  return c.json({ results }, 200, epochHeaders(node));
}

/** Of the ring, so that clients who went by an earlier one ask for it. */
function epochHeaders(node: QuorateNode): Record<string, string> {
  return node.ready ? { 'x-quorate-epoch': String(node.ring().epoch) } : {};
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
    const { node } = run;
    if (operation.session !== undefined) throw refuse('session', SESSIONS_OF_ONE_KEY);
    const bucket = bucketField(operation);
    demandBucket(run.bearer, op === 'get' ? 'read' : 'write', bucket);
    const versioned = await versionedBucketNamed(node, bucket, timeLeftMs(run));
    if (versioned === undefined) return await runDynamo(run, op, operation);
    const target = { node, key: keyField(operation), ...versioned };
    return await runVersioned(run, op, operation, target);
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
  const found = OPERATIONS.find((operation) => operation === op);
  if (found !== undefined) return found;
  throw refuse('op', 'must be get, put, delete, increment or append');
}

function runDynamo(run: Run, op: Operation, fields: Fields) {
  if (op === 'increment' || op === 'append') throw updateUnsupported();
  refuseConditions(fields);
  refuseUnknownFields(fields, DYNAMO_FIELDS[op], NOT_OF_DYNAMO);
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

async function runVersioned(run: Run, op: Operation, fields: Fields, target: VersionedTarget) {
  const { mode } = target;
  refuseUnknownFields(fields, versionedFieldsOf(op, mode.lifetime), mode.misplaced);
  if (op === 'get') {
    const found = await mode.get(target, timeLeftMs(run));
    if (found.content === undefined) return { status: 404 };
    countAnswer(run, [found.content]);
    return { status: 200, ...found.result, siblings: [foundDocument(found, found.content)] };
  }
  const change = versionedChangeOf(op, fields, target);
  const { result, number } = await mode.change(target, change, timeLeftMs(run));
  return number === undefined ? { status: 204, ...result } : { status: 200, ...result, number };
}

function versionedFieldsOf(op: Operation, lifetime: 'ttl' | 'lease'): readonly string[] {
  const ofUpdates = lifetime === 'ttl' ? ['ttl'] : [];
  switch (op) {
    case 'get':
      return COMMON_FIELDS;
    case 'put':
      return [...VERSIONED_FIELDS, ...VALUE_FIELDS, lifetime];
    case 'delete':
      return VERSIONED_FIELDS;
    case 'increment':
      return [...VERSIONED_FIELDS, 'by', ...ofUpdates];
    case 'append':
      return [...VERSIONED_FIELDS, 'value', 'valueBase64', 'contentType', ...ofUpdates];
  }
}

function versionedChangeOf(
  op: Exclude<Operation, 'get'>,
  fields: Fields,
  { node, mode }: VersionedTarget,
): KeyChange {
  const condition = conditionOfFields(fields, mode);
  const write = { condition, requestId: idempotencyField(fields, node) };
  const ttlMs = ttlField(fields);
  switch (op) {
    case 'put':
      return { type: op, content: contentOf(fields), ttlMs, lease: leaseField(fields), ...write };
    case 'delete':
      return { type: op, ...write };
    case 'increment':
      return { type: op, by: addendField(fields), ttlMs, ...write };
    case 'append':
      return { type: op, ...appendedOf(fields), ttlMs, ...write };
  }
}

function foundDocument({ beside }: Found, { value, contentType, meta }: WriteContent) {
  return {
    ...valueDocument(value),
    contentType: contentType || DEFAULT_CONTENT_TYPE,
    ...(meta.length > 0 && { meta: Object.fromEntries(meta) }),
    ...beside,
  };
}
