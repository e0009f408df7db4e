/**
 * What every Store must do, real or simulated.
 *
 * `open` gives an empty store; `reopen` closes it in order and opens the same disk again;
 * `destroy` leaves nothing behind, whatever state the test left the store in.
 */

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareBytes, mapKeyOf, utf8 } from '../../src/kernel/bytes.ts';
import { StoreError } from '../../src/kernel/errors.ts';
import { InvariantError } from '../../src/kernel/invariant.ts';
import {
  STORE_KEY_BYTES_MAX,
  type Store,
  type StoreEntry,
  type StoreSnapshot,
  type StoreWrite,
} from '../../src/ports/store.ts';

export interface StoreFixture {
  readonly store: Store;
  reopen(): Promise<Store>;
  destroy(): Promise<void>;
}

const LOWEST = Uint8Array.of();
const HIGHEST = new Uint8Array(STORE_KEY_BYTES_MAX + 1).fill(0xff);
const MIB = 1024 * 1024;

function put(key: string | Uint8Array, value: string | Uint8Array): StoreWrite {
  return { type: 'put', key: bytes(key), value: bytes(value) };
}

function del(key: string | Uint8Array): StoreWrite {
  return { type: 'delete', key: bytes(key) };
}

function bytes(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? utf8(text) : text;
}

function text(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString('utf8');
}

function all(store: Store): StoreEntry[] {
  return [...store.range({ from: LOWEST, to: HIGHEST })];
}

/** Entries as `key=value`, for keys and values that are text. */
function listed(store: Store, from: string, to: string): string[] {
  const entries = store.range({ from: utf8(from), to: utf8(to) });
  return [...entries].map(({ key, value }) => `${text(key)}=${text(value)}`);
}

export function storeContract(name: string, open: () => Promise<StoreFixture>): void {
  describe(`${name} is a Store`, () => {
    let fixture: StoreFixture;
    let store: Store;

    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
    });

    afterEach(async () => {
      await fixture.destroy();
    });

    async function reopen(): Promise<void> {
      store = await fixture.reopen();
    }

    describe('reading', () => {
      it('shows a pending write at once, and the same after it is durable', async () => {
        const written = store.write([put('k', 'v')]);
        expect(text(store.get(utf8('k')))).toBe('v');
        await written;
        expect(text(store.get(utf8('k')))).toBe('v');
      });

      it('knows nothing of a key that was never written', () => {
        expect(store.get(utf8('k'))).toBeUndefined();
        expect(all(store)).toEqual([]);
      });

      it('shows a pending delete at once', async () => {
        await store.write([put('k', 'v')]);
        const deleted = store.write([del('k')]);
        expect(store.get(utf8('k'))).toBeUndefined();
        expect(all(store)).toEqual([]);
        await deleted;
        expect(store.get(utf8('k'))).toBeUndefined();
      });

      it('tells an empty value from none', async () => {
        const written = store.write([put('k', '')]);
        expect(store.get(utf8('k'))?.length).toBe(0);
        await written;
        expect(store.get(utf8('k'))?.length).toBe(0);
        expect(all(store).map(({ value }) => value.length)).toEqual([0]);
      });

      it('returns values that no later write or read changes', async () => {
        await store.write([put('k', 'first'), put('other', 'other')]);
        const got = store.get(utf8('k'));
        const ranged = all(store)[0] as StoreEntry;
        await store.write([put('k', 'later')]);
        store.get(utf8('other'));
        expect(text(got)).toBe('first');
        expect(`${text(ranged.key)}=${text(ranged.value)}`).toBe('k=first');
      });

      it('finds a key by its bytes, whatever array holds them', async () => {
        await store.write([put('key', 'v')]);
        const padded = utf8('--key--');
        expect(text(store.get(padded.subarray(2, 5)))).toBe('v');
      });

      it.each([0, 1, 4_096, 32_768, 32_769, 65_536, MIB, 16 * MIB])(
        'keeps a value of %i bytes',
        async (length) => {
          const value = new Uint8Array(length).fill(0xa5);
          if (length > 0) value[length - 1] = 0x01;
          await store.write([put('k', value)]);
          const got = store.get(utf8('k')) as Uint8Array;
          expect(got.byteLength).toBe(length);
          expect(compareBytes(got, value)).toBe(0);
          expect(compareBytes((all(store)[0] as StoreEntry).value, value)).toBe(0);
        },
      );

      it('takes keys of 1 to 1,900 bytes and no others', async () => {
        const longest = new Uint8Array(STORE_KEY_BYTES_MAX).fill(0xff);
        await store.write([put(longest, 'long'), put(Uint8Array.of(0), 'short')]);
        expect(text(store.get(longest))).toBe('long');
        expect(text(store.get(Uint8Array.of(0)))).toBe('short');
        for (const key of [new Uint8Array(0), new Uint8Array(STORE_KEY_BYTES_MAX + 1)]) {
          expect(() => store.get(key)).toThrow(InvariantError);
          expect(() => store.write([put('fine', 'v'), put(key, 'v')])).toThrow(InvariantError);
        }
        expect(store.get(utf8('fine'))).toBeUndefined();
      });
    });

    describe('ranges', () => {
      it('go in bytewise order, a prefix before what it begins', async () => {
        const keys = [[0], [0, 0], [0, 1], [0, 255], [1], [1, 0], [127], [128], [255], [255, 0]];
        const shuffled = [...keys].reverse();
        await store.write(shuffled.map((key) => put(Uint8Array.from(key), 'v')));
        expect(all(store).map(({ key }) => [...key])).toEqual(keys);
      });

      it('go in the same order while the writes are pending', async () => {
        const keys = [[0], [0, 0], [1], [1, 0], [128], [255], [255, 255]];
        const written = store.write(
          [...keys].reverse().map((key) => put(Uint8Array.from(key), 'v')),
        );
        expect(all(store).map(({ key }) => [...key])).toEqual(keys);
        await written;
      });

      it('include their first key and exclude their end', async () => {
        await store.write(['a', 'b', 'c', 'd'].map((key) => put(key, key)));
        expect(listed(store, 'b', 'd')).toEqual(['b=b', 'c=c']);
        expect(listed(store, 'b', 'b')).toEqual([]);
        expect(listed(store, 'd', 'b')).toEqual([]);
        expect(listed(store, 'a', '')).toEqual([]);
        expect(listed(store, '', 'b')).toEqual(['a=a']);
      });

      it('merge what is pending with what is on disk', async () => {
        await store.write(['b', 'd', 'f', 'h'].map((key) => put(key, 'old')));
        const written = store.write([
          put('a', 'new'),
          put('d', 'new'),
          del('f'),
          del('g'),
          put('i', 'new'),
          put('z', 'new'),
        ]);
        const merged = ['a=new', 'b=old', 'd=new', 'h=old', 'i=new'];
        expect(listed(store, 'a', 'z')).toEqual(merged);
        expect(listed(store, 'c', 'h')).toEqual(['d=new']);
        await written;
        expect(listed(store, 'a', 'z')).toEqual(merged);
      });

      it('refuse bounds far beyond any key at once, and the store goes on', async () => {
        await store.write([put('k', 'v')]);
        for (const length of [STORE_KEY_BYTES_MAX + 2, 4 * STORE_KEY_BYTES_MAX]) {
          const tooLong = new Uint8Array(length).fill(0xff);
          expect(() => store.range({ from: LOWEST, to: tooLong })).toThrow(InvariantError);
          expect(() => store.range({ from: tooLong, to: HIGHEST })).toThrow(InvariantError);
        }
        await store.write([put('l', 'w')]);
        expect(listed(store, 'a', 'z')).toEqual(['k=v', 'l=w']);
      });

      it('may be left half way and nested', async () => {
        await store.write(['a', 'b', 'c'].map((key) => put(key, key)));
        const seen: string[] = [];
        for (const outer of store.range({ from: utf8('a'), to: utf8('z') })) {
          for (const inner of store.range({ from: outer.key, to: utf8('z') })) {
            seen.push(`${text(outer.key)}${text(inner.key)}`);
            if (text(inner.key) === 'b') break;
          }
        }
        expect(seen).toEqual(['aa', 'ab', 'bb', 'cc']);
      });

      it('do not show what is written while they are read', async () => {
        await store.write(['a', 'b', 'c'].map((key) => put(key, key)));
        const seen: (string | undefined)[] = [];
        const writes: Promise<void>[] = [];
        for (const { key } of store.range({ from: utf8('a'), to: utf8('z') })) {
          seen.push(text(key));
          writes.push(store.write([del(key), put(`${text(key)}x`, 'v')]));
        }
        expect(seen).toEqual(['a', 'b', 'c']);
        await Promise.all(writes);
        expect(listed(store, 'a', 'z')).toEqual(['ax=v', 'bx=v', 'cx=v']);
      });
    });

    describe('writing', () => {
      it('applies the writes of one batch in order', async () => {
        await store.write([put('k', '1'), del('k'), put('k', '2'), put('gone', 'v'), del('gone')]);
        expect(listed(store, 'a', 'z')).toEqual(['k=2']);
        await reopen();
        expect(listed(store, 'a', 'z')).toEqual(['k=2']);
      });

      it('never hides a newer pending write behind an older one on its way to the disk', async () => {
        const older = store.write([put('k', 'older'), put('gone', 'v')]);
        await new Promise((resolve) => setImmediate(resolve));
        const newer = store.write([put('k', 'newer'), del('gone')]);
        const expectNewer = () => {
          expect(listed(store, 'a', 'z')).toEqual(['k=newer']);
          expect(text(store.get(utf8('k')))).toBe('newer');
          expect(store.get(utf8('gone'))).toBeUndefined();
        };
        expectNewer();
        await older;
        expectNewer();
        await newer;
        expectNewer();
      });

      it('keeps the last of many overlapping writes of one key', async () => {
        const writes: Promise<void>[] = [];
        for (let round = 0; round < 50; round++) {
          writes.push(store.write([put('k', String(round))]));
          expect(text(store.get(utf8('k')))).toBe(String(round));
          if (round % 5 === 0) await writes[Math.max(0, round - 5)];
          expect(text(store.get(utf8('k')))).toBe(String(round));
        }
        await Promise.all(writes);
        await reopen();
        expect(text(store.get(utf8('k')))).toBe('49');
      });

      it('takes an empty batch and a delete of nothing', async () => {
        await store.write([]);
        expect(store.durable()).toBeUndefined();
        await store.write([del('never')]);
        expect(all(store)).toEqual([]);
      });

      it('ends an empty batch only when all batches begun before are durable', async () => {
        for (const committing of [false, true]) {
          const order: string[] = [];
          const begin = (name: string, writes: readonly StoreWrite[]) =>
            store.write(writes).then(() => order.push(name));
          const ends = [begin('first', [put('a', '1')])];
          if (committing) await new Promise((resolve) => setImmediate(resolve));
          ends.push(begin('empty', []), begin('second', [put('b', '2')]), begin('last', []));
          await Promise.all(ends);
          expect(order.indexOf('empty')).toBeGreaterThan(order.indexOf('first'));
          expect(order.indexOf('last')).toBe(3);
        }
      });

      it('takes a batch of 20,000 writes', async () => {
        const writes = Array.from({ length: 20_000 }, (_, index) =>
          put(`key-${String(index).padStart(6, '0')}`, `value ${index}`),
        );
        await store.write(writes);
        await reopen();
        const entries = all(store);
        expect(entries.length).toBe(20_000);
        expect(text(entries[19_999]?.value)).toBe('value 19999');
      });
    });

    describe('durable', () => {
      it('has nothing to wait for when nothing is pending', async () => {
        expect(store.durable()).toBeUndefined();
        expect(store.durable(utf8('k'))).toBeUndefined();
        await store.write([put('k', 'v')]);
        expect(store.durable()).toBeUndefined();
        expect(store.durable(utf8('k'))).toBeUndefined();
      });

      it('waits for the pending writes of the key, and only of that key', async () => {
        await store.write([put('deleted', 'v')]);
        const written = store.write([put('k', 'v'), del('deleted')]);
        expect(store.durable(utf8('quiet'))).toBeUndefined();
        expect(store.durable(utf8('deleted'))).toBeInstanceOf(Promise);
        await store.durable(utf8('k'));
        expect(store.durable(utf8('k'))).toBeUndefined();
        await written;
      });

      it('without a key waits for everything that is pending', async () => {
        const order: string[] = [];
        const writes = ['a', 'b', 'c'].map((key) =>
          store.write([put(key, key)]).then(() => order.push(key)),
        );
        await store.durable();
        order.push('durable');
        await Promise.all(writes);
        expect(order).toEqual(['a', 'b', 'c', 'durable']);
        expect(store.durable()).toBeUndefined();
      });
    });

    describe('a snapshot', () => {
      const inSnapshot = (snapshot: StoreSnapshot, from: string, to: string) =>
        [...snapshot.range({ from: utf8(from), to: utf8(to) })].map(
          ({ key, value }) => `${text(key)}=${text(value)}`,
        );

      it('has all that is durable, and nothing that comes later', async () => {
        await store.write([put('a', '1'), put('b', '2'), put('c', '3')]);
        await store.write([put('a', '4'), del('c')]);
        const snapshot = store.snapshot();
        for (let i = 0; i < 5; i++) {
          await store.write([put('a', `later ${i}`), del('b'), put('d', 'new')]);
          expect(inSnapshot(snapshot, 'a', 'z')).toEqual(['a=4', 'b=2']);
          expect(inSnapshot(snapshot, 'b', 'b')).toEqual([]);
        }
        snapshot.close();
        snapshot.close();
        expect(listed(store, 'a', 'z')).toEqual(['a=later 4', 'd=new']);
      });

      it('is of its own moment, whichever others there are', async () => {
        const snapshots: StoreSnapshot[] = [];
        for (let i = 0; i < 4; i++) {
          await store.write([put('k', `${i}`)]);
          snapshots.push(store.snapshot());
        }
        // One that was read half way holds nothing up.
        for (const _ of snapshots[0]?.range({ from: LOWEST, to: HIGHEST }) ?? []) break;
        await store.write([put('k', 'last')]);
        expect(snapshots.map((one) => inSnapshot(one, 'a', 'z'))).toEqual(
          [0, 1, 2, 3].map((i) => [`k=${i}`]),
        );
        for (const snapshot of snapshots) snapshot.close();
      });

      it('reads many entries over many turns while others are written', async () => {
        const keys = Array.from({ length: 3_000 }, (_, i) => `k${String(i).padStart(5, '0')}`);
        await store.write(keys.map((key) => put(key, 'old')));
        const snapshot = store.snapshot();
        let after = 'k';
        const seen: string[] = [];
        while (seen.length < keys.length) {
          const piece = inSnapshot(snapshot, after, 'l').slice(0, 250);
          seen.push(...piece);
          after = `${piece.at(-1)?.slice(0, 6)}\u0000`;
          await store.write(keys.slice(0, 300).flatMap((key) => [put(key, 'new'), del(`${key}x`)]));
        }
        expect(seen).toEqual(keys.map((key) => `${key}=old`));
        snapshot.close();
      });

      it('tells how many records were deleted by then, pending ones among them', async () => {
        const before = store.deletes;
        await store.write([put('a', '1'), del('b')]);
        const pending = store.write([del('a'), del('c')]);
        expect(store.deletes - before).toBe(3);
        const snapshot = store.snapshot();
        await pending;
        void store.write([del('d')]);
        expect(snapshot.deletes - before).toBe(3);
        snapshot.close();
      });

      it('ends with its store', async () => {
        await store.write([put('a', '1')]);
        store.snapshot();
        await reopen();
        expect(listed(store, 'a', 'z')).toEqual(['a=1']);
      });
    });

    describe('closing', () => {
      it('keeps everything over a close, also what was pending', async () => {
        await store.write([put('a', '1'), put('b', '2')]);
        const pending = store.write([put('b', '3'), del('a'), put('c', '4')]);
        await reopen();
        await pending;
        expect(listed(store, 'a', 'z')).toEqual(['b=3', 'c=4']);
        await reopen();
        expect(listed(store, 'a', 'z')).toEqual(['b=3', 'c=4']);
      });

      it('may be asked for twice, and refuses later writes', async () => {
        await Promise.all([store.close(), store.close()]);
        await expect(store.write([put('k', 'v')])).rejects.toThrow(StoreError);
        expect(() => store.get(utf8('k'))).toThrow(InvariantError);
        expect(() => all(store)).toThrow(InvariantError);
      });
    });

    it('behaves as an ordered map', async () => {
      await fc.assert(
        fc.asyncProperty(STEPS, async (steps) => {
          await store.write(all(store).map(({ key }) => del(key)));
          const model = new Map<string, StoreEntry>();
          for (const step of steps) {
            if (step === 'settle') await store.durable();
            else if (step === 'reopen') await reopen();
            else {
              void store.write(step);
              applyToModel(model, step);
            }
            expectSame(store, model, steps);
          }
        }),
        { numRuns: 40 },
      );
    });
  });
}

type Step = readonly StoreWrite[] | 'settle' | 'reopen';

const KEY = fc.uint8Array({ minLength: 1, maxLength: 3 }).map((key) => key.map((byte) => byte % 4));
const VALUE = fc.uint8Array({ maxLength: 8 });
const WRITE = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(KEY, VALUE).map(([key, value]) => put(key, value)) },
  { weight: 1, arbitrary: KEY.map((key) => del(key)) },
);
const STEPS: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.array(WRITE, { maxLength: 4 }) },
    { weight: 4, arbitrary: fc.constant('settle' as const) },
    { weight: 1, arbitrary: fc.constant('reopen' as const) },
  ),
  { maxLength: 30 },
);

function applyToModel(model: Map<string, StoreEntry>, writes: readonly StoreWrite[]): void {
  for (const write of writes) {
    if (write.type === 'put') model.set(mapKeyOf(write.key), write);
    else model.delete(mapKeyOf(write.key));
  }
}

function expectSame(store: Store, model: Map<string, StoreEntry>, steps: readonly Step[]): void {
  const expected = [...model.values()].sort((a, b) => compareBytes(a.key, b.key));
  const show = (entries: readonly StoreEntry[]) =>
    entries.map(({ key, value }) => `${[...key]}=${[...value]}`);
  expect(show(all(store))).toEqual(show(expected));
  for (const write of steps.flatMap((step) => (typeof step === 'string' ? [] : step))) {
    const value = store.get(write.key);
    const wanted = model.get(mapKeyOf(write.key))?.value;
    expect(value && [...value]).toEqual(wanted && [...wanted]);
  }
}
