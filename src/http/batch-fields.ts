/** Fields of the operations of a batch: each is checked, and what is wrong with it is named. */

import { utf8 } from '../kernel/bytes.ts';
import type { Level, QuorateNode, ReadRepairMode, WriteContent } from '../node/index.ts';
import { type Fields, isFields } from './json-document.ts';
import {
  demandAddend,
  demandTtl,
  indexOf,
  type Misplaced,
  parseLevel,
  refuse,
  refuseMisplaced,
} from './parameters.ts';
import { checkContentType, checkMeta } from './value-headers.ts';

export function bucketField(fields: Fields): string {
  const bucket = textField(fields, 'bucket');
  if (bucket === undefined) throw refuse('bucket', 'is missing');
  return bucket;
}

export function keyField(fields: Fields): Uint8Array {
  const key = bytesField(fields, 'key', 'keyBase64');
  if (key === undefined) throw refuse('key', 'is missing: give key or keyBase64');
  return key;
}

export function contentOf(fields: Fields): WriteContent {
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

export function refuseUnknownFields(
  fields: Fields,
  allowed: readonly string[],
  misplaced: Misplaced,
): void {
  const unknown = Object.keys(fields).find((name) => !allowed.includes(name));
  if (unknown === undefined) return;
  refuseMisplaced(unknown, misplaced);
  throw refuse(unknown, `is not a field of this operation: use ${allowed.join(', ')}`);
}

/** What is put behind what is there. */
export function appendedOf(
  fields: Fields,
): Pick<WriteContent, 'contentType'> & { bytes: Uint8Array } {
  const { value, contentType } = contentOf(fields);
  return { bytes: value, contentType };
}

/** What is to be added. */
export function addendField({ by = 1 }: Fields): number {
  return demandAddend(by);
}

export function idempotencyField(fields: Fields, node: QuorateNode): Uint8Array | undefined {
  const key = textField(fields, 'idempotencyKey');
  return key === undefined ? undefined : node.requestIdOf(key);
}

export function leaseField(fields: Fields): number | undefined {
  const lease = fields.lease;
  if (lease === undefined) return undefined;
  const id = typeof lease === 'number' ? indexOf(String(lease)) : undefined;
  if (id !== undefined) return id;
  throw refuse('lease', 'must be the id of a lease, which is a whole number');
}

/** Of a put: see `valueTtlParameter`. */
export function ttlField({ ttl }: Fields): number | 'none' | undefined {
  return ttl === undefined ? undefined : demandTtl(ttl);
}

export function textField(fields: Fields, name: string): string | undefined {
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

export function levelField(fields: Fields, name: 'r' | 'w' | 'pr' | 'pw'): Level | undefined {
  const value = fields[name];
  return value === undefined ? undefined : parseLevel(name, String(value), name[0] === 'p' ? 0 : 1);
}

export function sloppyField({ sloppy = true }: Fields): boolean {
  if (typeof sloppy === 'boolean') return sloppy;
  throw refuse('sloppy', 'must be true or false');
}

export function readRepairField(fields: Fields): ReadRepairMode {
  const value = textField(fields, 'readRepair') ?? 'async';
  if (value === 'async' || value === 'blocking' || value === 'off') return value;
  throw refuse('readRepair', 'must be async, blocking or off');
}
