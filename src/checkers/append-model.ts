/**
 * A text that can be read, replaced, and added to at its end. An absent one is the empty text.
 *
 * Where nothing replaces it, the text only grows, so that every state of the key and the longest
 * text that anybody read are one the beginning of the other. An order that strays from that text
 * is left at once, however much later it was read.
 */

import { groupByKey } from './groups.ts';
import { effectOf, type Operation } from './history.ts';
import type { Call, Model } from './model.ts';

interface AppendState {
  /** The longest text that was read; empty where the key was replaced, or before all. */
  readonly longest: string;
  /** So many of its characters are there. */
  readonly length: number;
  /** What is there beyond; only behind all of it. */
  readonly rest: string;
}

const EMPTY: AppendState = { longest: '', length: 0, rest: '' };

export function appendModel(
  calls: readonly Pick<Call<Operation>, 'key' | 'operation'>[],
): Model<AppendState, Operation> {
  const longestOf = new Map<string, string>();
  for (const [key, its] of groupByKey(calls)) longestOf.set(key, longestRead(its));
  return {
    initial: EMPTY,
    step: (state, operation) => step(state, operation, longestOf.get(operation.key) ?? ''),
    keyOf: ({ length, rest }) => (rest === '' ? length : `${length} ${rest}`),
    observes: ({ op }) => op === 'read',
    effectOf,
    describe: (state) => JSON.stringify(textOf(state)),
  };
}

function longestRead(calls: readonly Pick<Call<Operation>, 'operation'>[]): string {
  let longest = '';
  for (const { operation } of calls) {
    if (operation.op === 'write') return '';
    const text = operation.op === 'read' ? foundBy(operation) : '';
    if (text.length > longest.length) longest = text;
  }
  return longest;
}

function step(
  { length, rest }: AppendState,
  operation: Operation,
  longest: string,
): AppendState | undefined {
  switch (operation.op) {
    case 'read': {
      const found = foundBy(operation);
      const isFound =
        found.length === length + rest.length &&
        found.startsWith(longest.slice(0, length)) &&
        found.endsWith(rest);
      return isFound ? { longest, length, rest } : undefined;
    }
    case 'write':
      return { ...EMPTY, rest: String(operation.value) };
    case 'append': {
      const text = operation.value;
      const known = longest.slice(length, length + text.length);
      if (!text.startsWith(known)) return undefined;
      return { longest, length: length + known.length, rest: rest + text.slice(known.length) };
    }
    default:
      return undefined;
  }
}

function foundBy({ output }: Operation): string {
  return String(output?.value ?? '');
}

function textOf({ longest, length, rest }: AppendState): string {
  return longest.slice(0, length) + rest;
}
