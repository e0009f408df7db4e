/** Bytes and texts of whoever, in a form that can be looked at without harm. */

import type { HeldContent } from '../../client/inspection-document.ts';
import { textOf } from '../../kernel/bytes.ts';

/**
 * What a browser would obey, or show as nothing, or show elsewhere, stands as its number: control
 * characters, and marks that turn the direction of writing. Line ends and tabs stay.
 */
export function visibleText(text: string): string {
  return text.replaceAll(/[^\P{C}\n\t]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** On one line. */
export function visibleLine(text: string): string {
  return visibleText(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

export interface ShownBytes {
  readonly kind: 'text' | 'hex';
  /** Made visible. */
  readonly text: string;
  /** There is more of it. */
  readonly isCut: boolean;
  /** All of it. */
  readonly bytes: number;
}

/** So much of a value is shown. */
const TEXT_CHARACTERS_MAX = 2_000;
const HEX_BYTES_MAX = 48;

/** `bytes`: of the whole value, where not all of it is here. */
export function shownBytes(value: Uint8Array, bytes = value.length): ShownBytes {
  const text = textOf(withoutBrokenEnd(value, value.length < bytes));
  if (text === undefined) {
    const isCut = bytes > HEX_BYTES_MAX;
    return { kind: 'hex', text: hexOf(value.subarray(0, HEX_BYTES_MAX)), isCut, bytes };
  }
  const shown = visibleText(text.slice(0, TEXT_CHARACTERS_MAX));
  const isCut = text.length > TEXT_CHARACTERS_MAX || value.length < bytes;
  return { kind: 'text', text: shown, isCut, bytes };
}

/** A character of which the end is missing is left out, so that the rest can be read. */
function withoutBrokenEnd(value: Uint8Array, isCut: boolean): Uint8Array {
  if (!isCut) return value;
  let end = value.length;
  while (end > 0 && value.length - end < 3 && ((value[end - 1] as number) & 0xc0) === 0x80) end--;
  const lead = value[end - 1] ?? 0;
  return lead >= 0xc0 ? value.subarray(0, end - 1) : value;
}

/** In pairs of digits. */
export function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** Of a value that a node told of; undefined: it was left out. */
export function shownContent(content: HeldContent): ShownBytes | undefined {
  const { value, valueBase64, headBase64, bytes } = content;
  if (value !== undefined) return shownBytes(new TextEncoder().encode(value));
  if (valueBase64 !== undefined) return shownBytes(bytesOfBase64(valueBase64));
  if (headBase64 !== undefined) return shownBytes(bytesOfBase64(headBase64), bytes);
  return undefined;
}

export function bytesOfBase64(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

export function bytesText(bytes: number): string {
  return `${bytes.toLocaleString('en')} ${bytes === 1 ? 'byte' : 'bytes'}`;
}
