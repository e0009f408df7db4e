/** Siblings shown so that a person can choose, and what is known of a key as JSON. */

import type { GetAnswer, StoredValue } from '../client/answers.ts';
import { bufferOf, textOf } from '../kernel/bytes.ts';
import { quoted, visible } from './terminal-text.ts';

export interface Asked {
  readonly bucket: string;
  readonly key: string;
  readonly node: string;
}

/** Longer values are cut: the list is for choosing, `--json` has all of it. */
const SHOWN_CHARACTERS_MAX = 400;

export function siblingsText(answer: GetAnswer, { bucket, key, node }: Asked): string {
  const lines = [
    `${bucket}/${key} has ${answer.values.length} siblings, written without knowledge of each other, oldest first:`,
    '',
    ...answer.values.toSorted(byAge).map((value, index) => siblingLine(value, index + 1)),
    '',
    'To resolve them, store the value that is to replace all of them:',
    '',
    `  quorate put ${quoted(bucket)} ${quoted(key)} VALUE --node ${node} --context ${answer.context}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The times are of one format, in which the earlier one is the lesser text. */
function byAge({ wallTime: a = '' }: StoredValue, { wallTime: b = '' }: StoredValue): number {
  return Number(a > b) - Number(a < b);
}

function siblingLine(sibling: StoredValue, number: number): string {
  const { value, contentType, wallTime, dot, expiresAt } = sibling;
  const head = `  [${number}]  written ${wallTime}  ${contentType}  ${value.length} bytes  dot ${dot}`;
  const expiry = expiresAt === undefined ? '' : `  expires ${expiresAt}`;
  return `${head}${expiry}\n       ${shown(value)}`;
}

/** On one line. */
export function shown(value: Uint8Array): string {
  const text = textOf(value);
  const printable = text === undefined ? `base64 ${base64(value)}` : visible(text);
  return printable.length <= SHOWN_CHARACTERS_MAX
    ? printable
    : `${printable.slice(0, SHOWN_CHARACTERS_MAX)}... (cut; --json prints all of it)`;
}

/** Names are those of the HTTP API. */
export function answerDocument({ values, context, quorum, revision, version, lease }: GetAnswer) {
  const siblings = values.map(valueDocument);
  if (version !== undefined) return { siblings, version, quorum };
  if (revision !== undefined) return { siblings, revision, lease: lease ?? null };
  return { siblings, context: context ?? null, quorum };
}

function valueDocument({ value, ...rest }: StoredValue) {
  const text = textOf(value);
  return { ...(text === undefined ? { valueBase64: base64(value) } : { value: text }), ...rest };
}

function base64(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('base64');
}
