/** Operations of a batch, as a node takes them and answers them. */

import { QuorateError, TransportError } from '../kernel/errors.ts';
import {
  errorOfProblem,
  type GetAnswer,
  type SiblingDocument,
  siblingOf,
  type WriteAnswer,
} from './answers.ts';
import type { Bytes, DeleteOptions, GetOptions, PutOptions } from './request-options.ts';
import { withoutEffect } from './retry-safety.ts';

interface OfKey {
  readonly bucket: string;
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

/** One operation's part of the answer. */
export interface ResultDocument {
  readonly status: number;
  readonly problem?: Readonly<Record<string, unknown>>;
  readonly context?: string;
  readonly siblings?: readonly SiblingDocument[];
  readonly revision?: number;
  readonly version?: string;
}

/** As it is sent; what is undefined is not. */
export function documentOfOperation(operation: BatchOperation): object {
  const { key, ...options } = operation;
  const value = 'value' in options ? bytesDocument('value', options.value) : {};
  return { ...options, ...bytesDocument('key', key), ...value };
}

function bytesDocument(name: 'key' | 'value', bytes: Bytes): object {
  if (typeof bytes === 'string') return { [name]: bytes };
  return { [name]: undefined, [`${name}Base64`]: Buffer.from(bytes).toString('base64') };
}

/** Throws the error that the operation was answered with, unless it is that there is nothing. */
export function outcomeOf(op: BatchOperation['op'], document: ResultDocument): BatchOutcome {
  const { problem, context, siblings = [], revision, version } = document;
  if (problem !== undefined && !(op === 'get' && problem.code === 'not_found')) {
    throw errorOfProblem(problem);
  }
  const versions = {
    ...(revision !== undefined && { revision }),
    ...(version !== undefined && { version }),
  };
  if (op !== 'get') return { op, answer: { context: context ?? '', quorum: '', ...versions } };
  const values = siblings.map(siblingOf);
  const lease = siblings[0]?.lease;
  const known = {
    ...(context !== undefined && { context }),
    ...(lease !== undefined && { lease }),
  };
  return { op, answer: { values, quorum: '', ...known, ...versions } };
}

/** A get changes nothing, though the request that it was part of might have. */
export function errorOfOperation(op: BatchOperation['op'], error: unknown): unknown {
  if (op !== 'get') return error;
  if (error instanceof QuorateError) return withoutEffect(error);
  if (!(error instanceof TransportError)) return error;
  const { failure, message, neverSent, cause } = error;
  return new TransportError(failure, message, { isRead: true, neverSent, cause });
}
