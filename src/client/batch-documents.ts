/** Operations of a batch, as a node takes them and answers them. */

import { bufferOf } from '../kernel/bytes.ts';
import { QuorateError, TransportError } from '../kernel/errors.ts';
import {
  errorOfProblem,
  type GetAnswer,
  type Mutable,
  siblingOf,
  type WriteAnswer,
} from './answers.ts';
import type { BatchResult } from './batch-result.ts';
import type { Bytes, DeleteOptions, GetOptions, PutOptions } from './request-options.ts';
import { withoutEffect } from './retry-safety.ts';

interface OfKey {
  readonly key: Bytes;
}

/** Sessions and the time of a request are those of requests for one key. */
type WithoutSession<Options> = Omit<Options, 'session' | 'sessionToken' | 'timeout' | 'returnBody'>;

export type BatchGet = OfKey & { readonly op: 'get' } & WithoutSession<GetOptions>;

export type BatchPut = OfKey & {
  readonly op: 'put';
  readonly value: Bytes;
} & WithoutSession<PutOptions>;

export type BatchDelete = OfKey & { readonly op: 'delete' } & WithoutSession<DeleteOptions>;

export type BatchOperation = BatchGet | BatchPut | BatchDelete;

/** What became of one operation; each succeeds or fails by itself. */
export type BatchOutcome =
  | { readonly op: 'get'; readonly answer: GetAnswer }
  | { readonly op: 'put' | 'delete'; readonly answer: WriteAnswer }
  | { readonly op: BatchOperation['op']; readonly error: unknown };

/**
 * Its document as it is sent, in JSON; what is undefined is not. Written member by member, which
 * takes half the time of making an object for each operation and that object into text.
 */
export function textOfOperation(bucket: string, operation: BatchOperation): string {
  const { op, key } = operation;
  const place = `{"op":"${op}"${member('bucket', bucket)}${bytesMember('key', key)}`;
  const sloppy = member('sloppy', operation.sloppy);
  if (op === 'get') {
    const { r, pr, readRepair } = operation;
    return `${place}${member('r', r)}${member('pr', pr)}${sloppy}${member('readRepair', readRepair)}}`;
  }
  const write = `${place}${sloppy}${writeMembers(operation)}`;
  if (op === 'delete') return `${write}${member('r', operation.r)}}`;
  const { contentType, meta, ttl, lease, value } = operation;
  const lifetime = `${member('ttl', ttl)}${member('lease', lease)}`;
  const annotations = `${member('contentType', contentType)}${member('meta', meta)}`;
  return `${write}${lifetime}${annotations}${bytesMember('value', value)}}`;
}

function writeMembers(operation: BatchPut | BatchDelete): string {
  const { w, pw, context, ifMatch, ifNoneMatch, idempotencyKey } = operation;
  const levels = `${member('w', w)}${member('pw', pw)}${member('context', context)}`;
  const condition = `${member('ifMatch', ifMatch)}${member('ifNoneMatch', ifNoneMatch)}`;
  return `${levels}${condition}${member('idempotencyKey', idempotencyKey)}`;
}

function member(name: string, value: unknown): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

function bytesMember(name: 'key' | 'value', bytes: Bytes): string {
  if (typeof bytes === 'string') return member(name, bytes);
  return `,"${name}Base64":"${bufferOf(bytes).toString('base64')}"`;
}

/** Throws the error that the operation was answered with, unless it is that there is nothing. */
export function outcomeOf(op: BatchOperation['op'], document: BatchResult): BatchOutcome {
  const { problem, context, siblings = [], revision, version } = document;
  if (problem !== undefined && !(op === 'get' && problem.code === 'not_found')) {
    throw errorOfProblem(problem);
  }
  if (op !== 'get') {
    const answer: Mutable<WriteAnswer> = { context: context ?? '', quorum: '' };
    return { op, answer: withVersion(answer, revision, version) };
  }
  const answer: Mutable<GetAnswer> = { values: siblings.map(siblingOf), quorum: '' };
  const lease = siblings[0]?.lease;
  if (context !== undefined) answer.context = context;
  if (lease !== undefined) answer.lease = lease;
  return { op, answer: withVersion(answer, revision, version) };
}

function withVersion<Answer extends Mutable<GetAnswer> | Mutable<WriteAnswer>>(
  answer: Answer,
  revision: number | undefined,
  version: string | undefined,
): Answer {
  if (revision !== undefined) answer.revision = revision;
  if (version !== undefined) answer.version = version;
  return answer;
}

/** A get changes nothing, though the request that it was part of might have. */
export function errorOfOperation(op: BatchOperation['op'], error: unknown): unknown {
  if (op !== 'get') return error;
  if (error instanceof QuorateError) return withoutEffect(error);
  if (!(error instanceof TransportError)) return error;
  const { failure, message, neverSent, cause } = error;
  return new TransportError(failure, message, { isRead: true, neverSent, cause });
}
