/**
 * Query parameters: each route names those it takes, anything else is refused with a text
 * that says what would be right.
 */

import { DecodeError, fromBase64Url, textOf, toBase64Url } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import { PAUSE_MS_MAX } from '../kernel/fault-table.ts';
import { KEY_BYTES_MAX } from '../kernel/names.ts';
import { percentDecode } from '../kernel/percent.ts';
import type { Trace } from '../kernel/trace.ts';
import { TTL_FORM, ttlOf } from '../kernel/ttl.ts';
import {
  DEFAULT_TIMEOUT_MS,
  LEASE_TTL_MS_MAX,
  LEASE_TTL_MS_MIN,
  type Level,
  type ReadRepairMode,
  TIMEOUT_MS_MAX,
} from '../node/index.ts';
import type { AppContext } from './app.ts';
import { type Operation, queryNames } from './openapi/operation.ts';
import { queryOf } from './request-target.ts';

export const LIST_LIMIT_DEFAULT = 1_000;
export const LIST_LIMIT_MAX = 10_000;

/** Parameters of one request by name, their texts still encoded. */
export type Parameters = ReadonlyMap<string, string>;

const NONE: Parameters = new Map();

/** Names that belong to buckets of another mode, and what a client who sends one is told. */
export type Misplaced = Readonly<Record<string, string>>;

/** Of a request, by what its operation declares. Throws as `parseQuery` does. */
export function parametersOf(c: AppContext, operation: Operation): Parameters {
  return parseQuery(queryOf(c.env.incoming.url ?? '/'), queryNames(operation));
}

/** Throws `bad_parameter` at an unknown or repeated name, `bucket_mode` at a misplaced one. */
export function parseQuery(
  query: string,
  allowed: readonly string[],
  misplaced: Misplaced = {},
): Parameters {
  if (query === '') return NONE;
  const parameters = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeText(equals === -1 ? pair : pair.slice(0, equals), 'the query');
    if (!allowed.includes(name)) {
      refuseMisplaced(name, misplaced);
      throw refuse(name, `is not a parameter of this request: ${useOf(allowed)}`);
    }
    if (parameters.has(name)) throw refuse(name, 'is given twice: give it once');
    parameters.set(name, equals === -1 ? '' : pair.slice(equals + 1));
  }
  return parameters;
}

/** Throws `bucket_mode` where it is one of them. */
export function refuseMisplaced(name: string, misplaced: Misplaced): void {
  if (!Object.hasOwn(misplaced, name)) return;
  throw new QuorateError('bucket_mode', `${name} ${misplaced[name]}`, { parameter: name });
}

function useOf(allowed: readonly string[]): string {
  return allowed.length === 0 ? 'it takes none' : `use ${allowed.join(', ')}`;
}

/** As in forms, a plus stands for a space. Throws `bad_parameter` at a malformed escape. */
function decode(encoded: string, name: string): Uint8Array {
  try {
    return percentDecode(encoded.replaceAll('+', ' '));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw refuse(name, `${error.message}: write % followed by two hexadecimal digits`);
  }
}

const NEEDS_NO_DECODING = /^[\w.-]*$/;

function decodeText(encoded: string, name: string): string {
  if (NEEDS_NO_DECODING.test(encoded)) return encoded;
  return textOf(decode(encoded, name)) ?? '\ufffd';
}

export function textParameter(parameters: Parameters, name: string): string | undefined {
  const encoded = parameters.get(name);
  return encoded === undefined ? undefined : decodeText(encoded, name);
}

/** Any bytes, percent-encoded. */
export function prefixParameter(parameters: Parameters): Uint8Array {
  return checkLength('prefix', decode(parameters.get('prefix') ?? '', 'prefix'));
}

function checkLength(name: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length <= KEY_BYTES_MAX) return bytes;
  throw refuse(name, `has ${bytes.length} bytes: no key has more than ${KEY_BYTES_MAX}`);
}

export function refuse(parameter: string, problem: string): QuorateError {
  const shown = JSON.stringify(parameter.slice(0, 100));
  return new QuorateError('bad_parameter', `${shown} ${problem}`, { parameter });
}

const NAMED_LEVELS: readonly string[] = ['one', 'quorum', 'all'];

/** A level from its text: a whole number from `least` on, or a name. */
export function parseLevel(name: string, text: string, least: 0 | 1): Level {
  if (NAMED_LEVELS.includes(text)) return text as Level;
  const number = wholeNumber(text);
  if (number !== undefined && number >= least) return number;
  throw refuse(
    name,
    `is ${JSON.stringify(text.slice(0, 100))}: use a whole number from ${least}, or one, quorum, all`,
  );
}

export function levelParameter(
  parameters: Parameters,
  name: 'r' | 'w' | 'pr' | 'pw',
): Level | undefined {
  const text = textParameter(parameters, name);
  if (text === undefined) return undefined;
  return parseLevel(name, text, name.startsWith('p') ? 0 : 1);
}

/** For what must be known before the parameters can be: one that is malformed is refused later. */
export function timeoutOfQuery(query: string): number {
  const text = /(?:^|&)timeout=([1-9][0-9]{0,4})(?:&|$)/.exec(query)?.[1];
  return text === undefined ? DEFAULT_TIMEOUT_MS : Math.min(Number(text), TIMEOUT_MS_MAX);
}

/** Milliseconds. */
export function timeoutParameter(parameters: Parameters): number {
  return numberParameter(parameters, 'timeout', DEFAULT_TIMEOUT_MS, TIMEOUT_MS_MAX, 'milliseconds');
}

export function limitParameter(parameters: Parameters): number {
  return numberParameter(parameters, 'limit', LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX, 'keys');
}

/** Indices of the log, which are what revisions and leases are known by. */
const INDEX = /^(0|[1-9][0-9]{0,14})$/;

/** A revision or a lease from its text; undefined where it is neither. */
export function indexOf(text: string): number | undefined {
  return INDEX.test(text) ? Number(text) : undefined;
}

/** `what` is what the number is, for those who send something else. */
export function indexParameter(
  parameters: Parameters,
  name: 'lease' | 'after',
  what: string,
): number | undefined {
  const text = textParameter(parameters, name);
  if (text === undefined) return undefined;
  const index = indexOf(text);
  if (index !== undefined) return index;
  throw refuse(name, `is ${JSON.stringify(text.slice(0, 100))}: use ${what}, a whole number`);
}

export function leaseParameter(parameters: Parameters): number | undefined {
  return indexParameter(parameters, 'lease', 'the id of a lease that POST /leases granted');
}

/** Throws `bad_parameter` where it is missing. */
export function operationParameter(parameters: Parameters): 'increment' | 'append' {
  const text = textParameter(parameters, 'op');
  if (text === 'increment' || text === 'append') return text;
  const given = text === undefined ? 'is missing' : `is ${JSON.stringify(text.slice(0, 100))}`;
  throw refuse('op', `${given}: use increment or append`);
}

/** What is to be added. */
export function addendParameter(parameters: Parameters): number | undefined {
  const text = textParameter(parameters, 'by');
  if (text === undefined) return undefined;
  return demandAddend(/^-?(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : text);
}

/** Throws `bad_parameter` where it is no number that could be added. */
export function demandAddend(given: unknown): number {
  // Without the sign that a zero may have.
  if (Number.isSafeInteger(given)) return (given as number) + 0;
  const most = Number.MAX_SAFE_INTEGER;
  const shown = JSON.stringify(given).slice(0, 100);
  throw refuse('by', `is ${shown}: use a whole number from -${most} to ${most}`);
}

/** Of a put: milliseconds, or `none` in spite of its bucket; undefined: as the bucket has it. */
export function valueTtlParameter(parameters: Parameters): number | 'none' | undefined {
  const text = textParameter(parameters, 'ttl');
  return text === undefined ? undefined : demandTtl(text);
}

/** Throws `bad_parameter` where a put cannot have this ttl. */
export function demandTtl(given: unknown): number | 'none' {
  const ttlMs = ttlOf(given);
  if (ttlMs !== undefined) return ttlMs;
  throw refuse('ttl', `is ${JSON.stringify(given).slice(0, 100)}: use ${TTL_FORM}`);
}

/** Milliseconds; a lease has no default. */
export function ttlParameter(parameters: Parameters): number {
  const text = textParameter(parameters, 'ttl');
  const ttlMs = text === undefined ? undefined : wholeNumber(text);
  if (ttlMs !== undefined && ttlMs >= LEASE_TTL_MS_MIN && ttlMs <= LEASE_TTL_MS_MAX) return ttlMs;
  const given = text === undefined ? 'is missing' : `is ${JSON.stringify(text.slice(0, 100))}`;
  throw refuse(
    'ttl',
    `${given}: use a whole number of milliseconds from ${LEASE_TTL_MS_MIN} to ${LEASE_TTL_MS_MAX}`,
  );
}

export function numberParameter<Fallback extends number | undefined>(
  parameters: Parameters,
  name: string,
  fallback: Fallback,
  most: number,
  unit: string,
): number | Fallback {
  const text = textParameter(parameters, name);
  if (text === undefined) return fallback;
  const number = wholeNumber(text);
  if (number !== undefined && number >= 1 && number <= most) return number;
  throw refuse(
    name,
    `is ${JSON.stringify(text.slice(0, 100))}: use a whole number of ${unit} from 1 to ${most}`,
  );
}

/** For how long a node is to be paused; it has no default. */
export function pauseParameter(parameters: Parameters): number {
  const ms = numberParameter(parameters, 'ms', undefined, PAUSE_MS_MAX, 'milliseconds');
  if (ms !== undefined) return ms;
  throw refuse('ms', `is missing: use a whole number of milliseconds from 1 to ${PAUSE_MS_MAX}`);
}

function wholeNumber(text: string): number | undefined {
  return /^(0|[1-9][0-9]{0,8})$/.test(text) ? Number(text) : undefined;
}

const READ_REPAIR_MODES: readonly string[] = ['async', 'blocking', 'off'];

export function readRepairParameter(parameters: Parameters): ReadRepairMode {
  const text = textParameter(parameters, 'read_repair') ?? 'async';
  if (READ_REPAIR_MODES.includes(text)) return text as ReadRepairMode;
  throw refuse(
    'read_repair',
    `is ${JSON.stringify(text.slice(0, 100))}: use async, blocking or off`,
  );
}

/** Whether fallbacks may stand in for replicas. */
export function sloppyParameter(parameters: Parameters): boolean {
  return flagParameter(parameters, 'sloppy', true);
}

/** Whether values are told. */
export function valuesParameter(parameters: Parameters): boolean {
  return flagParameter(parameters, 'values', true);
}

function flagParameter(parameters: Parameters, name: string, otherwise: boolean): boolean {
  const text = textParameter(parameters, name);
  if (text === undefined) return otherwise;
  if (text === 'true' || text === 'false') return text === 'true';
  throw refuse(name, `is ${JSON.stringify(text.slice(0, 100))}: use true or false`);
}

/**
 * The trace of the request. With `trace=true` it records from now on, and is told with the answer.
 */
export function traceOf(c: AppContext, parameters: Parameters): Trace {
  const { trace } = c.env.outgoing;
  if (flagParameter(parameters, 'trace', false)) trace.show();
  return trace;
}

/** True when the resulting object is to be returned. */
export function returnParameter(parameters: Parameters): boolean {
  const text = textParameter(parameters, 'return');
  if (text === undefined) return false;
  if (text === 'body') return true;
  throw refuse('return', `is ${JSON.stringify(text.slice(0, 100))}: the only use is return=body`);
}

/** A cursor is the last key of the page before it. */
export function cursorOf(key: Uint8Array): string {
  return toBase64Url(key);
}

export function cursorParameter(parameters: Parameters): Uint8Array | undefined {
  const text = textParameter(parameters, 'cursor');
  if (text === undefined) return undefined;
  try {
    return checkLength('cursor', fromBase64Url(text));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw refuse('cursor', `${error.message}: use the cursor of the page before, unchanged`);
  }
}
