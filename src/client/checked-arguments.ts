/**
 * What callers give, looked at before anything is sent: whatever any node would refuse is refused
 * here, by the same codes, and `facts.parameter` names it. What depends on the bucket, such as an
 * `r` above its n, is for the node to refuse.
 */

import { type ErrorCode, QuorateError } from '../kernel/errors.ts';
import { checkBucketName, checkKey, KEY_BYTES_MAX } from '../kernel/names.ts';
import { TTL_FORM, ttlOf } from '../kernel/ttl.ts';
import { bytesOf } from './request-text.ts';

interface Rule {
  readonly holds: (given: unknown) => boolean;
  /** What would be right. */
  readonly form: string;
  readonly code?: ErrorCode;
}

/** A timer takes no more; the longest is some 24 days. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

const LEVELS: readonly unknown[] = ['one', 'quorum', 'all'];
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FIELD_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;
const TOKEN = /^[\x20-\x7e]*$/;
const VERSION = /^[\x21\x23-\x7e]+$/;
/** Half of a character that UTF-16 has in two, without the other. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const readLevel = levelFrom(1);
const primaryLevel = levelFrom(0);
const flag: Rule = { holds: (given) => typeof given === 'boolean', form: 'true or false' };
const version: Rule = {
  holds: (given) => (typeof given === 'string' ? VERSION.test(given) : isCount(given)),
  form: 'the version of a value, or *',
};
const token: Rule = {
  holds: (given) => typeof given === 'string' && TOKEN.test(given),
  form: 'the text that an answer has given',
};

/** By the names of options; what is not in here is not looked at. */
const RULES: Readonly<Record<string, Rule>> = {
  r: readLevel,
  w: readLevel,
  pr: primaryLevel,
  pw: primaryLevel,
  sloppy: flag,
  repeatable: flag,
  readRepair: {
    holds: (given) => given === 'async' || given === 'blocking' || given === 'off',
    form: 'async, blocking or off',
  },
  ttl: { holds: (given) => ttlOf(given) !== undefined, form: TTL_FORM },
  lease: { holds: isCount, form: 'the id of a lease, which is a whole number' },
  meta: { holds: isMeta, form: 'names of header fields with texts that may stand in one' },
  context: { ...token, code: 'bad_context' },
  idempotencyKey: token,
  ifMatch: version,
  ifNoneMatch: version,
  prefix: { holds: isPrefix, form: `a text or bytes, ${KEY_BYTES_MAX} at most` },
  limit: { holds: (given) => isCount(given) && Number(given) > 0, form: 'a whole number from 1' },
  after: { holds: isCount, form: 'a revision, which is a whole number' },
  timeoutMs: {
    holds: (given) => typeof given === 'number' && given <= TIMEOUT_MS_MAX,
    form: `a number of milliseconds, ${TIMEOUT_MS_MAX} at most`,
  },
  signal: { holds: isSignal, form: 'an AbortSignal' },
};

/** Throws `bad_parameter`, or what else fits. */
export function checkOptions(options: object): void {
  for (const name in options) {
    const given = options[name as keyof typeof options] as unknown;
    const rule = RULES[name];
    if (given === undefined || rule === undefined || rule.holds(given)) continue;
    throw refusal(name, given, rule.form, rule.code);
  }
}

/** Throws `bad_key`. */
export function checkKeyArgument(key: unknown): void {
  if (typeof key === 'string' && LONE_SURROGATE.test(key)) {
    throw refusal('key', key, 'well-formed text, or bytes', 'bad_key');
  }
  // No character has more than three bytes for each of its units.
  if (typeof key === 'string' && key.length > 0 && key.length * 3 <= KEY_BYTES_MAX) return;
  if (typeof key !== 'string' && !(key instanceof Uint8Array)) {
    throw refusal('key', key, 'a text or a Uint8Array', 'bad_key');
  }
  naming('key', () => checkKey(bytesOf(key)));
}

/** Throws `bad_bucket`. */
export function checkBucketArgument(name: unknown): void {
  if (typeof name !== 'string') throw refusal('bucket', name, 'a text', 'bad_bucket');
  naming('bucket', () => checkBucketName(name));
}

/** Of an increment. */
export function checkAddend(by: unknown): void {
  if (Number.isSafeInteger(by)) return;
  throw refusal('by', by, 'a whole number that can be kept exactly');
}

/** Of an append. */
export function checkBytes(bytes: unknown): void {
  if (typeof bytes === 'string' || bytes instanceof Uint8Array) return;
  throw refusal('bytes', bytes, 'a text or a Uint8Array');
}

/** Of an operation of a batch. */
export function checkOperationName(op: unknown): void {
  if (op === 'get' || op === 'put' || op === 'delete') return;
  throw refusal('op', op, 'get, put or delete');
}

function refusal(
  parameter: string,
  given: unknown,
  form: string,
  code: ErrorCode = 'bad_parameter',
): QuorateError {
  const shown = typeof given === 'string' ? JSON.stringify(given.slice(0, 100)) : String(given);
  return new QuorateError(code, `${parameter} is ${shown}: use ${form}`, { parameter });
}

function naming(parameter: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof QuorateError)) throw error;
    throw new QuorateError(error.code, error.message, { parameter });
  }
}

function levelFrom(least: 0 | 1): Rule {
  return {
    holds: (given) => LEVELS.includes(given) || (isCount(given) && Number(given) >= least),
    form: `a whole number from ${least}, or one, quorum, all`,
  };
}

/** A text of digits counts as well, as in a query. */
function isCount(given: unknown): boolean {
  if (typeof given === 'string') return /^(0|[1-9][0-9]{0,14})$/.test(given);
  return Number.isSafeInteger(given) && Number(given) >= 0;
}

function isMeta(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  return Object.entries(given).every(
    ([name, text]) => FIELD_NAME.test(name) && typeof text === 'string' && FIELD_TEXT.test(text),
  );
}

function isPrefix(given: unknown): boolean {
  if (typeof given === 'string' && LONE_SURROGATE.test(given)) return false;
  if (typeof given !== 'string' && !(given instanceof Uint8Array)) return false;
  return bytesOf(given).length <= KEY_BYTES_MAX;
}

function isSignal(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'addEventListener' in given;
}
