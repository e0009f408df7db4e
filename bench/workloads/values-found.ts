/** What an answer says, as a history has it. */

import { readDots, readVector } from '../../src/causality/dot-codec.ts';
import { clockTexts, dotText } from '../../src/causality/dot-text.ts';
import type { Dot } from '../../src/causality/version-vector.ts';
import type { Clock, Output, Replaced, Version } from '../../src/checkers/history.ts';
import type { GetAnswer, WriteAnswer } from '../../src/client/answers.ts';
import { ByteReader, fromBase64Url } from '../../src/kernel/bytes.ts';

/** The texts of all values. */
export function textsOf({ values }: GetAnswer): readonly string[] {
  return values.map(({ value }) => Buffer.from(value).toString('utf8'));
}

/** Of a bucket whose keys have one value. */
export function versionOf({ version, revision }: GetAnswer | WriteAnswer): Version | undefined {
  return version ?? revision;
}

/** Likewise: what a read found. */
export function registerOf(answer: GetAnswer): Required<Pick<Output, 'value' | 'version'>> {
  const [value] = textsOf(answer);
  if (value === undefined) return { value: null, version: null };
  return { value, version: versionOf(answer) ?? null };
}

/** What the read of a bucket that keeps siblings found. An only value does not tell its dot. */
export function siblingsOf(answer: GetAnswer): Output {
  const clock = clockIn(answer.context);
  const texts = textsOf(answer);
  if (texts.length < 2) return { clock, values: texts };
  const siblings = answer.values.map(({ dot = '' }, i) => ({ dot, value: texts[i] as string }));
  return { clock, siblings };
}

/** What a context covers. */
export function coveredBy(context: string | undefined): Replaced {
  if (context === undefined || context === '') return {};
  const { clock, dots } = contentsOf(context);
  return { clock: clockTexts(clock), dots: dots.map(dotText) };
}

/**
 * All that either covers. Values are told beside clocks, since the answer that shows an only
 * one does not tell its dot.
 */
export function joined(a: Replaced, b: Replaced): Replaced {
  const clock = { ...a.clock };
  for (const [actor, counter] of Object.entries(b.clock ?? {})) {
    clock[actor] = Math.max(clock[actor] ?? 0, counter);
  }
  return {
    clock,
    dots: [...new Set([...(a.dots ?? []), ...(b.dots ?? [])])],
    values: [...new Set([...(a.values ?? []), ...(b.values ?? [])])],
  };
}

/** What the answer to a write tells of it: its dot, and beside what was sent what it replaced. */
export function writtenBy({ context }: WriteAnswer, sent: Replaced) {
  const { clock, dots } = contentsOf(context);
  const [dot] = dots;
  if (dot === undefined) throw new Error('the context of a write names it');
  return { output: { dot: dotText(dot) }, replaces: joined(sent, { clock: clockTexts(clock) }) };
}

function clockIn(context: string | undefined): Clock {
  return context === undefined ? {} : clockTexts(contentsOf(context).clock);
}

/** Clients are not meant to look into a context; who judges the store has to. */
function contentsOf(context: string): { readonly clock: readonly Dot[]; dots: readonly Dot[] } {
  const reader = new ByteReader(fromBase64Url(context));
  reader.u8();
  reader.u64();
  reader.u64();
  reader.varint();
  return { clock: readVector(reader), dots: readDots(reader) };
}
