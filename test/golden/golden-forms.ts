/**
 * Bytes that a released version wrote, beside what they say: today's programs are to read them,
 * and to write the same. A cluster runs two versions while it is upgraded; directories, tokens
 * and disks that are salvaged may be older than that.
 *
 * The bytes lie in a folder named after the version, one form a line: its name, and hexadecimal
 * digits. No line ever changes. Where a format is raised on purpose, its forms go on without
 * `encode`, and what is new has its lines in the folder of the version that brings it.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bufferOf } from '../../src/kernel/bytes.ts';

/** What a released version wrote, and what it meant by it. */
export interface GoldenForm {
  readonly name: string;
  readonly value: unknown;
  /** Of `value`, today; absent: what is written today has another form, and this one is read. */
  readonly encode?: () => Uint8Array | Promise<Uint8Array>;
  readonly decode: (bytes: Buffer) => unknown;
}

interface GoldenCodec<T> {
  readonly encode?: (value: T) => Uint8Array | Promise<Uint8Array>;
  readonly decode: (bytes: Buffer) => unknown;
}

/** Of values by their names, which all have one codec. */
export function formsOf<T>(
  { encode, decode }: GoldenCodec<T>,
  values: Readonly<Record<string, T>>,
): readonly GoldenForm[] {
  return Object.entries(values).map(([name, value]) => ({
    name,
    value,
    decode,
    ...(encode !== undefined && { encode: () => encode(value) }),
  }));
}

/** The tests of one family of forms: `version` wrote all lines of its file, and each is here. */
export function describeGolden(
  version: string,
  family: string,
  forms: readonly GoldenForm[],
): void {
  const lines = goldenBytes(version, family);
  describe(`${family} as ${version} wrote them`, () => {
    it.each(forms)('$name', async ({ name, value, encode, decode }) => {
      const today = encode && hexOf(await encode());
      const kept = lines.get(name);
      if (kept === undefined) throw new Error(`${version}/${family}.txt lacks: ${name} ${today}`);
      const changed = `the bytes of "${name}" (${family}) have changed since ${version}: raise the format number and keep the decoder`;
      if (today !== undefined) expect(today, changed).toBe(hexOf(kept));
      const unread = `"${name}" (${family}) of ${version} is not read as it was written: keep the decoder`;
      expect(
        readOrFault(() => decode(kept)),
        unread,
      ).toEqual(plain(value));
    });

    it('are all looked at', () => {
      expect(forms.map(({ name }) => name).sort()).toEqual([...lines.keys()].sort());
    });
  });
}

function readOrFault(read: () => unknown): unknown {
  try {
    return plain(read());
  } catch (error) {
    return error;
  }
}

/** By name, in the order of the file. */
export function goldenBytes(version: string, family: string): ReadonlyMap<string, Buffer> {
  const file = new URL(`${version}/${family}.txt`, import.meta.url);
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Buffer.from(line.slice(end + 1), 'hex')];
    }),
  );
}

export function hexOf(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('hex');
}

/** Bytes as text, whichever class they have, and nothing of what is undefined. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${hexOf(value)}`;
  if (value instanceof Map) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const given = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(given.map(([name, one]) => [name, plain(one)]));
}
