/**
 * Stores whose file a disk has damaged: cut short anywhere, and bits flipped, most of them where
 * LMDB keeps what it goes by. LMDB itself would end this process at many of them.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openLmdbStore } from '../../../src/adapters/lmdb-store.ts';
import { StoreError } from '../../../src/kernel/errors.ts';
import type { Store, StoreWrite } from '../../../src/ports/store.ts';
import { SeededRandom } from '../../../src/sim/seeded-random.ts';

const PAGE_BYTES = 4_096;
/** Of a page: its header, and where its first nodes lie. */
const HEAD_BYTES = 160;
const EVERYTHING = { from: Uint8Array.of(0), to: Uint8Array.of(0xff) };

export interface Damaged {
  refused: number;
  /** Opened, read and written to; what was flipped was in a value, or on a page that is free. */
  used: number;
}

type Chance = (below: number) => number;

/** Throws where a damaged store is neither refused nor of use. */
export async function tryDamagedStores(cases: number, seed: number): Promise<Damaged> {
  const random = new SeededRandom(seed);
  const chance: Chance = (below) => Math.floor(random.float() * below);
  const directory = mkdtempSync(join(tmpdir(), 'quorate-damaged-'));
  try {
    const whole = await wholeFile(join(directory, 'whole'), chance);
    const damaged: Damaged = { refused: 0, used: 0 };
    for (let n = 0; n < cases; n++) {
      const at = join(directory, `${n}`);
      mkdirSync(at);
      writeFileSync(join(at, 'data.mdb'), damage(whole, chance));
      damaged[await refusedOrUsed(at, chance)]++;
      rmSync(at, { recursive: true });
    }
    return damaged;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** With values in leaves and on pages of their own, and pages that became free. */
async function wholeFile(directory: string, chance: Chance): Promise<Buffer> {
  const store = openLmdbStore({ directory });
  for (let round = 0; round < 12; round++) await store.write(someWrites(chance));
  await store.close();
  return readFileSync(join(directory, 'data.mdb'));
}

function someWrites(chance: Chance): StoreWrite[] {
  return Array.from({ length: 80 }, () => {
    const key = Buffer.from(`key ${chance(400)}`);
    if (chance(4) === 0) return { type: 'delete', key };
    const bytes = chance(20) === 0 ? chance(20_000) : chance(300);
    return { type: 'put', key, value: Buffer.alloc(bytes, 7) };
  });
}

function damage(whole: Buffer, chance: Chance): Buffer {
  if (chance(10) === 0) return whole.subarray(0, 1 + chance(whole.length - 1));
  const bytes = Buffer.from(whole);
  for (let flips = 1 + chance(3); flips > 0; flips--) {
    const page = chance(4) === 0 ? chance(2) : chance(bytes.length / PAGE_BYTES);
    const at = page * PAGE_BYTES + chance(chance(3) === 0 ? PAGE_BYTES : HEAD_BYTES);
    bytes[at] = (bytes[at] as number) ^ (1 << chance(8));
  }
  return bytes;
}

async function refusedOrUsed(directory: string, chance: Chance): Promise<keyof Damaged> {
  let store: Store;
  try {
    store = openLmdbStore({ directory });
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    expect((error as Error).message).toContain(join(directory, 'data.mdb'));
    return 'refused';
  }
  expect([...store.range(EVERYTHING)].length).toBeGreaterThan(0);
  for (let round = 0; round < 3; round++) await store.write(someWrites(chance));
  await store.close();
  return 'used';
}
