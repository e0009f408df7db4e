/** A value as members of a JSON document. */

import { bufferOf, textOf } from '../kernel/bytes.ts';
import { mapOf, type Schema, text } from './openapi/schema.ts';

/** What a value is with all that travels beside it, for schemas of documents that have one. */
export const VALUE_PROPERTIES: Readonly<Record<string, Schema>> = {
  value: text('The value, where its bytes are text.'),
  valueBase64: text('Otherwise, in base64.', { contentEncoding: 'base64' }),
  meta: mapOf({ type: 'string' }, 'Annotations, by their names without `X-Quorate-Meta-`.'),
};

export const CONTENT_TYPE_SCHEMA = text('The Content-Type that the value was put with.');

/** Beside `VALUE_PROPERTIES`. */
export const HAS_VALUE: Schema = {
  oneOf: [{ required: ['value'] }, { required: ['valueBase64'] }],
};

/** Text where the bytes are text, base64 otherwise. */
export type ValueDocument = { readonly value: string } | { readonly valueBase64: string };

export function valueDocument(value: Uint8Array): ValueDocument {
  const text = textOf(value);
  return text === undefined ? { valueBase64: bufferOf(value).toString('base64') } : { value: text };
}
