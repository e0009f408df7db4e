/**
 * What holds for every command that can be read, on every state that can be reached: it is
 * carried out or refused, never thrown at, and in the same way by every node.
 */

import fc from 'fast-check';
import { expect } from 'vitest';
import { DecodeError } from '../../src/kernel/bytes.ts';
import type { Envelope } from '../../src/metadata/command.ts';
import {
  decodeCommand,
  encodeCommand,
  UnknownCommandError,
} from '../../src/metadata/command-codec.ts';
import type { MetadataState } from '../../src/metadata/state.ts';
import { bytesOf, founded, Log, restored } from '../unit/metadata/cluster.ts';
import { mutated, mutations } from './byte-mutations.ts';
import { log } from './metadata-logs.ts';
import { entriesOf, start, steps } from './ring-steps.ts';

/** A log of nodes, buckets, values and leases, or one of a ring that changes. */
interface History {
  readonly begin: () => MetadataState;
  readonly entries: readonly Uint8Array[];
}

const history: fc.Arbitrary<History> = fc.oneof(
  log.map((entries) => ({
    begin: () => founded(),
    entries: entries.filter((data) => data !== undefined),
  })),
  steps.map((taken) => ({ begin: start, entries: entriesOf(taken) })),
);

/** In the place of a number of a command: none there is, and what has no room where it is kept. */
const NUMBERS = [0, 1, 2, 7, 255, 2 ** 32, 2 ** 48 - 1, 2 ** 48, Number.MAX_SAFE_INTEGER];

/** How a command goes wrong: its bytes, or one of its numbers, by its place among them. */
const mistake = fc.oneof(
  mutations.map((changes) => (data: Uint8Array) => mutated(data, changes)),
  fc.record({ at: fc.nat(8), number: fc.constantFrom(...NUMBERS) }).map(
    ({ at, number }) =>
      (data: Uint8Array) =>
        withNumber(data, at, number),
  ),
);

/** Which command of the history goes wrong, how, and where the wrong one stands in the log. */
const wrongs = fc.array(fc.record({ which: fc.nat(), where: fc.nat(), mistake }), {
  minLength: 30,
  maxLength: 30,
});

function withNumber(data: Uint8Array, at: number, number: number): Uint8Array {
  const envelope = decodeCommand(data);
  let place = at;
  const replaced = (value: unknown): unknown => {
    if (typeof value === 'number') return place-- === 0 ? number : value;
    if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
    if (Array.isArray(value)) return value.map(replaced);
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, replaced(one)]));
  };
  return encodeCommand(replaced(envelope) as Envelope);
}

export interface Tried {
  /** Commands gone wrong that could be read. */
  applied: number;
  refused: number;
}

/** Gives how many commands gone wrong were applied, so that it can be seen that there were any. */
export function expectTotalCommands(numRuns: number): Tried {
  const tried: Tried = { applied: 0, refused: 0 };
  fc.assert(
    fc.property(history, wrongs, ({ begin, entries }, drawn) => {
      const byPlace = new Map<number, Uint8Array[]>();
      for (const { which, where, mistake } of drawn) {
        const wrong = mistake(entries[which % entries.length] as Uint8Array);
        const place = where % entries.length;
        if (isCommand(wrong)) byPlace.set(place, [...(byPlace.get(place) ?? []), wrong]);
      }
      const one = new Log(begin());
      let other = new Log(begin());
      for (const [place, data] of entries.entries()) {
        expect(one.entry(data)).toEqual(other.entry(data));
        for (const wrong of byPlace.get(place) ?? []) {
          const reply = one.entry(wrong);
          expect(reply).toEqual(other.entry(wrong));
          tried[reply.ok ? 'applied' : 'refused']++;
        }
        if (byPlace.has(place)) other = new Log(restored(other.state));
      }
      expect(bytesOf(one.state)).toBe(bytesOf(other.state));
    }),
    { numRuns },
  );
  return tried;
}

function isCommand(data: Uint8Array): boolean {
  try {
    decodeCommand(data);
    return true;
  } catch (error) {
    if (error instanceof DecodeError || error instanceof UnknownCommandError) return false;
    throw error;
  }
}
