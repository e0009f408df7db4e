/** JSON documents: those that answer, and those that clients send. */

import type { IncomingMessage } from 'node:http';
import { QuorateError } from '../kernel/errors.ts';
import { readBody } from './request-body.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Of documents that say what is to be done, without any values in them. */
const DOCUMENT_BYTES_MAX = 16 * 1024;

/** For people too: indented, and ending where a terminal's prompt can follow. */
export function jsonText(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** An answer with the document. */
export function json(
  document: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(jsonText(document), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The body, which has to be an object; an empty one stands for `{}`. `example` is a right one. */
export async function readFields(
  incoming: IncomingMessage,
  example: string,
  bytesMax = DOCUMENT_BYTES_MAX,
): Promise<Fields> {
  const body = await readBody(incoming, bytesMax);
  if (body.length === 0) return {};
  const document = parse(body);
  if (isFields(document)) return document;
  throw new QuorateError('bad_request', `the body is not a JSON object: send ${example}`);
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}
