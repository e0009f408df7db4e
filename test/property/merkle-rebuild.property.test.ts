import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, utf8 } from '../../src/kernel/bytes.ts';
import { hash64 } from '../../src/kernel/hash.ts';
import { HashTree } from '../../src/merkle/hash-tree.ts';
import { Rebuild } from '../../src/merkle/rebuild.ts';
import { levelsOf } from './merkle-exchange.ts';

const DEPTH = 2;

const digest = fc.constantFrom(0n, 1n, 2n, 2n ** 64n - 1n);

/** Some are the beginning of others; they rise in another order than their hashes. */
const STORED_KEYS = ['', '\0', 'a', 'a\0', 'aa', 'ab', 'b', 'ba', 'c', 'é', '\u{10ffff}'].map(utf8);

/** A digest, or 'damaged' for a record that is there and is not among the live keys. */
type StoredRecord = bigint | 'damaged';

type RebuildStep =
  | { readonly type: 'write'; readonly key: number; readonly record: StoredRecord | undefined }
  | { readonly type: 'scan'; readonly keysMax: number };

const record = fc.oneof(
  { weight: 4, arbitrary: digest },
  { weight: 1, arbitrary: fc.constant('damaged' as const) },
  { weight: 2, arbitrary: fc.constant(undefined) },
);

const rebuildSteps: fc.Arbitrary<RebuildStep[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('write' as const),
        key: fc.nat(STORED_KEYS.length - 1),
        record,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('scan' as const),
        keysMax: fc.integer({ min: 1, max: 4 }),
      }),
    },
  ),
  { maxLength: 60 },
);

const digestIn = (stored: StoredRecord | undefined) => (stored === 'damaged' ? undefined : stored);

/** A store, and a scan of it that goes on between the writes. */
class RebuildModel {
  readonly #stored = new Map<number, StoredRecord>();
  readonly #rebuild = new Rebuild(DEPTH);
  rebuilt: HashTree | undefined;

  write(key: number, next: StoredRecord | undefined): void {
    const stored = STORED_KEYS[key] as Uint8Array;
    const change = [hash64(stored), digestIn(this.#stored.get(key)), digestIn(next)] as const;
    if (this.rebuilt === undefined) this.#rebuild.update(stored, ...change);
    else this.rebuilt.update(...change);
    if (next === undefined) this.#stored.delete(key);
    else this.#stored.set(key, next);
  }

  scan(keysMax: number): void {
    if (this.rebuilt !== undefined) return;
    const page = this.#keysBehind(this.#rebuild.cursor).slice(0, keysMax);
    for (const key of page) {
      const stored = STORED_KEYS[key] as Uint8Array;
      this.#rebuild.scanned(stored, hash64(stored), digestIn(this.#stored.get(key)));
    }
    if (page.length < keysMax) this.rebuilt = this.#rebuild.finish();
  }

  /** The tree of what is stored now. */
  reference(): HashTree {
    const tree = new HashTree(DEPTH);
    for (const [key, stored] of this.#stored) {
      tree.update(hash64(STORED_KEYS[key] as Uint8Array), undefined, digestIn(stored));
    }
    return tree;
  }

  #keysBehind(cursor: Uint8Array | undefined): number[] {
    const bytesOf = (key: number) => STORED_KEYS[key] as Uint8Array;
    return [...this.#stored.keys()]
      .filter((key) => cursor === undefined || compareBytes(bytesOf(key), cursor) > 0)
      .sort((a, b) => compareBytes(bytesOf(a), bytesOf(b)));
  }
}

describe('a rebuilt tree', () => {
  it('is that of the store, whatever was written between the turns of the scan', () => {
    fc.assert(
      fc.property(rebuildSteps, (steps) => {
        const model = new RebuildModel();
        for (const step of steps) {
          if (step.type === 'write') model.write(step.key, step.record);
          else model.scan(step.keysMax);
        }
        model.scan(STORED_KEYS.length + 1);
        const reference = model.reference();
        const rebuilt = model.rebuilt as HashTree;
        expect(rebuilt.count).toBe(reference.count);
        expect(levelsOf(rebuilt)).toEqual(levelsOf(reference));
      }),
      { numRuns: 5_000 },
    );
  });
});
