/**
 * Keys of an export on their way into a cluster. What is there already decides:
 *
 * - nothing: all values of the line are put, siblings as siblings;
 * - some of the values of the line and no others, as after an import that was cut short: the
 *   missing ones are put beside them;
 * - anything else: the key is left as it is, unless it is to be overwritten.
 *
 * So an import may be run again, and adds nothing the second time. In buckets with versions a value
 * is put only where there is none, or over the version that was seen, in one step; in dynamo
 * buckets a write that comes between the look and the put stays as a sibling. Where it is not known
 * what became of a put, the key is looked at again.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { BatchResult } from '../client/batch-result.ts';
import type { BucketDocument } from '../client/cluster-documents.ts';
import type { NodeClient } from '../client/http-client.ts';
import { isDefinite, isExpected, QuorateError } from '../kernel/errors.ts';
import { ttlText } from '../kernel/ttl.ts';
import type { ExportedValue, KeyLine } from './exchange-line.ts';
import { asChange, messageOf } from './exit.ts';

export interface NumberedKey {
  readonly number: number;
  readonly line: KeyLine;
  readonly bucket: BucketDocument;
}

export interface ImportOptions {
  readonly client: Pick<NodeClient, 'batch'>;
  readonly overwrite: boolean;
  /** For nodes that cannot take it for a moment. */
  readonly patienceMs: number;
}

export type KeyOutcome =
  | 'imported'
  | 'present'
  | 'conflict'
  | 'expired'
  | {
      readonly problem: string;
      /** It certainly was not imported. */
      readonly isDefinite: boolean;
    };

const TIMEOUT_MS = 30_000;
const PAUSE_MS = 250;
/** Shorter times to live are not taken. */
const TTL_MS_MIN = 1_000;
/** Below what a node takes in one batch. */
const OPERATIONS_AT_ONCE = 500;
const BYTES_AT_ONCE = 16 * 1024 * 1024;

type Operation = Readonly<Record<string, unknown>>;

interface Pending extends NumberedKey {
  readonly at: number;
  /** Those that are to be there. */
  readonly values: readonly ExportedValue[];
  hasWritten: boolean;
  /** What became of a put is not known. */
  isInDoubt: boolean;
}

/** What became of each, in their order. Throws where no node answers for as long as there is patience. */
export async function importKeys(
  options: ImportOptions,
  keys: readonly NumberedKey[],
): Promise<readonly KeyOutcome[]> {
  const outcomes: KeyOutcome[] = new Array(keys.length);
  const until = performance.now() + options.patienceMs;
  let waiting = keys.flatMap((key, at) => {
    const values = livingValues(key);
    if (typeof values !== 'string') {
      return [{ ...key, at, values, hasWritten: false, isInDoubt: false }];
    }
    outcomes[at] = values === 'expired' ? values : { problem: values, isDefinite: true };
    return [];
  });
  while (waiting.length > 0) {
    const isLast = performance.now() >= until;
    waiting = await lookAndPut(options, waiting, outcomes, isLast);
    if (waiting.length > 0) await sleep(PAUSE_MS);
  }
  return outcomes;
}

/** Or why there is none. */
function livingValues({ line, bucket }: NumberedKey): readonly ExportedValue[] | string {
  const living = line.values.filter((value) => ttlOf(value) !== 'expired');
  if (living.length === 0) return 'expired';
  if (bucket.mode !== 'dynamo' && living.length > 1) {
    return `the key has ${living.length} values, and bucket ${bucket.name} keeps one: resolve them first`;
  }
  if (bucket.conflict !== 'lww') return living;
  return [living.reduce((a, b) => ((b.wallTime ?? '') >= (a.wallTime ?? '') ? b : a))];
}

function ttlOf({ expiresAt, ttlMs }: ExportedValue): string | 'expired' {
  if (expiresAt === undefined && ttlMs === undefined) return 'none';
  const leftMs = expiresAt === undefined ? (ttlMs ?? 0) : Date.parse(expiresAt) - Date.now();
  return leftMs <= 0 ? 'expired' : ttlText(Math.max(TTL_MS_MIN, leftMs));
}

/** Those that have to be looked at again. */
async function lookAndPut(
  { client, overwrite }: ImportOptions,
  waiting: readonly Pending[],
  outcomes: KeyOutcome[],
  isLast: boolean,
): Promise<Pending[]> {
  const again: Pending[] = [];
  const settle = (pending: Pending, { problem }: BatchResult) => {
    const isPassing = problem?.retry === true || problem?.definite === false;
    const wasOvertaken = problem?.code === 'condition_failed';
    if ((isPassing || wasOvertaken) && !isLast) again.push(pending);
    else {
      const told = `${problem?.detail} (${problem?.code})`;
      outcomes[pending.at] = { problem: told, isDefinite: !pending.isInDoubt };
    }
  };
  const gets = waiting.map(({ line, bucket }) => ({ op: 'get', ...addressOf(line, bucket) }));
  const wasInDoubt = waiting.some(({ isInDoubt }) => isInDoubt);
  const looking = send(client, gets, isLast);
  const found = await (wasInDoubt ? asChange(looking, wasInDoubt) : looking);
  const puts: { readonly pending: Pending; readonly operation: Operation }[] = [];
  for (const [i, pending] of waiting.entries()) {
    const result = found[i] as BatchResult;
    // One answer holds only so many values: the others are asked for again.
    if (result.problem?.code === 'value_too_large' && i > 0) again.push(pending);
    else if (result.problem !== undefined) settle(pending, result);
    else {
      const needed = putsFor(pending, result, overwrite);
      if (typeof needed === 'string') outcomes[pending.at] = needed;
      else puts.push(...needed.map((operation) => ({ pending, operation })));
    }
  }
  const operations = puts.map(({ operation }) => operation);
  const results = await asChange(send(client, operations, isLast), wasInDoubt);
  const failures = new Map<Pending, BatchResult>();
  for (const [i, { pending }] of puts.entries()) {
    const result = results[i] as BatchResult;
    if (result.problem !== undefined) failures.set(pending, result);
    pending.hasWritten = true;
    if (result.problem?.definite === false) pending.isInDoubt = true;
  }
  for (const pending of new Set(puts.map(({ pending }) => pending))) {
    const failure = failures.get(pending);
    if (failure === undefined) outcomes[pending.at] = 'imported';
    else settle(pending, failure);
  }
  return again;
}

/** What is to be put where that was found, or that nothing is. */
function putsFor(
  { line, bucket, values, hasWritten }: Pending,
  { siblings = [], context, version, revision }: BatchResult,
  overwrite: boolean,
): readonly Operation[] | 'imported' | 'present' | 'conflict' {
  const isAmong = (value: ExportedValue, others: readonly ExportedValue[]) =>
    others.some((other) => isDeepStrictEqual(contentOf(value), contentOf(other)));
  const missing = values.filter((value) => !isAmong(value, siblings));
  const isForeign = siblings.some((value) => !isAmong(value, values));
  if (missing.length === 0 && !isForeign) return hasWritten ? 'imported' : 'present';
  if (isForeign && !overwrite) return 'conflict';
  const put = (value: ExportedValue) => ({
    ...{ op: 'put', ...addressOf(line, bucket), ...contentOf(value) },
    ...(bucket.mode !== 'raft' && { ttl: ttlOf(value) }),
  });
  if (bucket.mode === 'dynamo') {
    // All that was seen goes, and those that come instead do not replace each other.
    if (isForeign) return values.map((value) => ({ ...put(value), context }));
    return missing.map(put);
  }
  const seen = version ?? revision;
  const condition = seen === undefined ? { ifNoneMatch: '*' } : { ifMatch: seen };
  return values.map((value) => ({ ...put(value), ...condition }));
}

function addressOf(line: KeyLine, { name }: BucketDocument): Operation {
  return 'key' in line
    ? { bucket: name, key: line.key }
    : { bucket: name, keyBase64: line.keyBase64 };
}

const UNTYPED = 'application/octet-stream';

/** In one form, however the line has it. */
function contentOf({ value, valueBase64, contentType, meta }: ExportedValue) {
  const bytes = value === undefined ? Buffer.from(valueBase64 ?? '', 'base64') : Buffer.from(value);
  return {
    valueBase64: bytes.toString('base64'),
    contentType: contentType ?? UNTYPED,
    meta: meta ?? {},
  };
}

async function send(
  client: Pick<NodeClient, 'batch'>,
  operations: readonly Operation[],
  isLast: boolean,
): Promise<readonly BatchResult[]> {
  const results: BatchResult[] = [];
  for (let from = 0; from < operations.length; ) {
    let to = from;
    for (let bytes = 0; to < operations.length && to - from < OPERATIONS_AT_ONCE; to++) {
      bytes += String(operations[to]?.valueBase64 ?? '').length;
      if (bytes > BYTES_AT_ONCE && to > from) break;
    }
    results.push(...(await resultsOf(client, operations.slice(from, to), isLast)));
    from = to;
  }
  return results;
}

/** Where no answer comes, or none for now, that is the problem of each. */
async function resultsOf(
  client: Pick<NodeClient, 'batch'>,
  operations: readonly Operation[],
  isLast: boolean,
): Promise<readonly BatchResult[]> {
  try {
    return await client.batch(operations, TIMEOUT_MS);
  } catch (error) {
    const isPassing = !(error instanceof QuorateError) || error.retry || !error.definite;
    if (isLast || !isExpected(error) || !isPassing) throw error;
    const definite = isDefinite(error);
    const problem = { code: 'no_answer', detail: messageOf(error), definite, retry: true };
    return operations.map(() => ({ status: 503, problem }));
  }
}
