/**
 * The lines of `quorate export`, which `quorate import` reads: JSON, one object a line.
 *
 *   {"bucket":"carts","settings":{"mode":"dynamo",...}}            before the keys of a bucket
 *   {"bucket":"carts","key":"alice","values":[{"value":"milk","contentType":"text/plain"}]}
 *
 * A key or value that is not text comes as `keyBase64` or `valueBase64`. `expiresAt` of a value is
 * when its time is up, and `ttlMs` how much of it was left when it was exported: import goes by
 * `expiresAt`, and by `ttlMs` where there is none. `version` (of the key, in buckets
 * with versions), `dot` and `wallTime` (of a value) tell what it was and are not imported.
 */

import type { SiblingDocument } from '../client/answers.ts';
import type { BucketSettings } from '../client/request-options.ts';

export interface ExportedValue extends SiblingDocument {
  readonly ttlMs?: number;
}

export type KeyFields = { readonly key: string } | { readonly keyBase64: string };

export type KeyLine = KeyFields & {
  readonly bucket: string;
  readonly version?: string | number;
  readonly values: readonly ExportedValue[];
};

export interface BucketLine {
  readonly bucket: string;
  readonly settings: BucketSettings;
}

export type ExchangeLine = KeyLine | BucketLine;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const LINE_FIELDS = ['bucket', 'key', 'keyBase64', 'version', 'values', 'settings'];
const VALUE_FIELDS = [
  ...['value', 'valueBase64', 'contentType', 'meta'],
  ...['expiresAt', 'ttlMs', 'wallTime', 'dot'],
];

/** Throws `Error` that says what is wrong with the line. */
export function parseLine(text: string): ExchangeLine {
  const line = objectOf(parsed(text), 'the line');
  refuseUnknown(line, LINE_FIELDS, 'the line');
  if (typeof line.bucket !== 'string') throw new Error('bucket is missing');
  if (line.settings !== undefined) {
    objectOf(line.settings, 'settings');
    return line as unknown as BucketLine;
  }
  demandBytes(line, 'key', 'keyBase64');
  if (!Array.isArray(line.values) || line.values.length === 0) {
    throw new Error('values is not a list of values');
  }
  for (const value of line.values) checkValue(objectOf(value, 'a value'));
  return line as unknown as KeyLine;
}

function checkValue(value: Readonly<Record<string, unknown>>): void {
  refuseUnknown(value, VALUE_FIELDS, 'a value');
  demandBytes(value, 'value', 'valueBase64');
  const { contentType, meta, expiresAt, ttlMs } = value;
  if (contentType !== undefined && typeof contentType !== 'string') {
    throw new Error('contentType is not a text');
  }
  const texts = meta === undefined ? [] : Object.values(objectOf(meta, 'meta'));
  if (texts.some((text) => typeof text !== 'string')) throw new Error('meta has what is no text');
  if (expiresAt !== undefined && Number.isNaN(Date.parse(String(expiresAt)))) {
    throw new Error('expiresAt is not a time');
  }
  const isTime = ttlMs === undefined || (Number.isSafeInteger(ttlMs) && (ttlMs as number) >= 0);
  if (!isTime) throw new Error('ttlMs is not a number of milliseconds');
}

function demandBytes(
  fields: Readonly<Record<string, unknown>>,
  asText: string,
  asBase64: string,
): void {
  const text = fields[asText];
  const base64 = fields[asBase64];
  if ((text === undefined) === (base64 === undefined)) {
    throw new Error(`${asText} or ${asBase64} has to be given, and not both`);
  }
  if (text !== undefined && typeof text !== 'string') throw new Error(`${asText} is not a text`);
  if (base64 !== undefined && !(typeof base64 === 'string' && BASE64.test(base64))) {
    throw new Error(`${asBase64} is not base64`);
  }
}

function refuseUnknown(
  fields: Readonly<Record<string, unknown>>,
  known: readonly string[],
  what: string,
): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`${what} has an unknown field ${unknown}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the line is not JSON');
  }
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new Error(`${what} is not an object`);
}
