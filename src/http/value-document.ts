/** A value as members of a JSON document. */

import { bufferOf, textOf } from '../kernel/bytes.ts';

/** Text where the bytes are text, base64 otherwise. */
export type ValueDocument = { readonly value: string } | { readonly valueBase64: string };

export function valueDocument(value: Uint8Array): ValueDocument {
  const text = textOf(value);
  return text === undefined ? { valueBase64: bufferOf(value).toString('base64') } : { value: text };
}
