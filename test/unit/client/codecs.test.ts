import { describe, expect, it } from 'vitest';
import { bytes, type CodecError, json, schema, text } from '../../../src/client/codecs.ts';
import type { StandardSchemaV1 } from '../../../src/client/standard-schema.ts';
import { utf8 } from '../../../src/kernel/bytes.ts';

/** What a schema library would make of `{ n: number, unit?: string }`. */
const sized: StandardSchemaV1<{ n: number; unit?: string }, { n: number; unit: string }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => {
      const { n, unit = 'px' } = (value ?? {}) as { n?: unknown; unit?: string };
      return typeof n === 'number'
        ? { value: { n, unit } }
        : { issues: [{ message: 'is no number', path: ['size', { key: 'n' }] }] };
    },
  },
};

async function failureOf(work: () => unknown): Promise<CodecError> {
  try {
    await work();
  } catch (error) {
    return error as CodecError;
  }
  throw new Error('it succeeded');
}

describe('codecs', () => {
  it('give back what they were given', async () => {
    const value = { a: [1, 'é', null], b: { c: true } };
    expect(await json().decode(utf8((await json().encode(value)) as string), '')).toEqual(value);
    expect(await text().decode(utf8((await text().encode('\ufeffü')) as string), '')).toBe(
      '\ufeffü',
    );
    expect(
      await bytes().decode((await bytes().encode(Uint8Array.of(0xff))) as Uint8Array, ''),
    ).toEqual(Uint8Array.of(0xff));
  });

  it('refuse what they cannot keep or read', async () => {
    expect(await failureOf(() => json().encode(undefined))).toMatchObject({
      name: 'CodecError',
      outcome: 'not_applied',
    });
    expect(await failureOf(() => json().decode(utf8('{'), ''))).toMatchObject({ issues: [] });
    expect(await failureOf(() => text().decode(Uint8Array.of(0xff), ''))).toMatchObject({
      name: 'CodecError',
    });
  });

  it('hold values against a schema, both ways, and store what was written', async () => {
    const codec = schema(sized);
    expect(await codec.encode({ n: 1 })).toBe('{"n":1}');
    expect(await codec.decode(utf8('{"n":1}'), '')).toEqual({ n: 1, unit: 'px' });
    const wrong = await failureOf(() => codec.encode({ n: 'x' } as never));
    expect(wrong.issues).toEqual([{ message: 'is no number', path: 'size.n' }]);
    expect(wrong.message).toContain('size.n');
    expect(await failureOf(() => codec.decode(utf8('{}'), ''))).toMatchObject({
      name: 'CodecError',
    });
  });
});
