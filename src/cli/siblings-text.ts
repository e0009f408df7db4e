/** Siblings shown so that a person can choose, and what is known of a key as JSON. */

import type { GetAnswer, StoredValue } from '../client/answers.ts';
import { bufferOf, textOf } from '../kernel/bytes.ts';

export interface Asked {
  readonly bucket: string;
  readonly key: string;
  readonly node: string;
}

/** Longer values are cut: the list is for choosing, `--json` has all of it. */
const SHOWN_CHARACTERS_MAX = 400;

export function siblingsText(answer: GetAnswer, { bucket, key, node }: Asked): string {
  const lines = [
    `${bucket}/${key} has ${answer.values.length} siblings, written without knowledge of each other:`,
    '',
    ...answer.values.map((value, index) => siblingLine(value, index + 1)),
    '',
    'To resolve them, store the value that is to replace all of them:',
    '',
    `  quorate put ${quoted(bucket)} ${quoted(key)} VALUE --node ${node} --context ${answer.context}`,
  ];
  return `${lines.join('\n')}\n`;
}

function siblingLine({ value, contentType, writtenAt, dot }: StoredValue, number: number): string {
  const head = `  [${number}]  written ${writtenAt}  ${contentType}  ${value.length} bytes  dot ${dot}`;
  return `${head}\n       ${shown(value)}`;
}

function shown(value: Uint8Array): string {
  const text = textOf(value);
  const printable = text === undefined ? `base64 ${base64(value)}` : visible(text);
  return printable.length <= SHOWN_CHARACTERS_MAX
    ? printable
    : `${printable.slice(0, SHOWN_CHARACTERS_MAX)}... (cut; --json prints all of it)`;
}

/** On one line, and without anything that a terminal would obey. */
function visible(text: string): string {
  return text.replaceAll(/\p{C}/gu, (character) =>
    character === '\n' ? '\\n' : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[A-Za-z0-9._/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function answerDocument({ values, context, quorum }: GetAnswer) {
  return { values: values.map(valueDocument), context: context ?? null, quorum };
}

function valueDocument({ value, ...rest }: StoredValue) {
  const text = textOf(value);
  return { ...(text === undefined ? { valueBase64: base64(value) } : { value: text }), ...rest };
}

function base64(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('base64');
}
