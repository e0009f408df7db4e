/**
 * Guards LMDB against files that it cannot open: it maps the file and follows whatever number
 * stands in it, so where it should report an error the process ends with a segmentation fault or
 * a bus error, and the operator would never learn which file it was. Or worse: it goes on with
 * half of what was there.
 *
 * Every page that a tree leads to is looked at before LMDB is, which takes one to three seconds a
 * gigabyte of small values; of large values, which lie on pages of their own, only the header is
 * read. What the pages hold is guarded by the checksums of the records.
 */

import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkOverflow,
  childrenOf,
  DamagedPage,
  demand,
  freePagesIn,
  leafAt,
  META_BYTES,
  META_PAGES,
  type Meta,
  PAGE_HEADER_BYTES,
  type PagePlace,
  type PageRun,
  readMeta,
  type TreeFacts,
} from './lmdb-pages.ts';

const DATA_FILE = 'data.mdb';

/** LMDB's own bounds. */
const PAGE_BYTES = { min: 256, max: 65_536 };
/** Nothing is mapped beyond: the address space of today's processors. */
const MAP_BYTES_MAX = 2 ** 46;
/** Pages that lie side by side are read together, so many at most. */
const READ_BYTES_MAX = 1024 * 1024;

/** Throws unless the directory's data file is missing, empty or whole; `name` says which it is. */
export function checkLmdbDataFile(directory: string): void {
  const path = join(directory, DATA_FILE);
  if (!existsSync(path)) return;
  const fd = openSync(path, 'r+');
  try {
    const { size } = fstatSync(fd);
    // LMDB starts afresh on an empty file: it had not got to its first page.
    if (size > 0) new DataFile(fd, size).check();
  } catch (error) {
    if (!(error instanceof DamagedPage)) throw error;
    throw new Error(`${path} is damaged, or no file of LMDB: ${error.message}`);
  } finally {
    closeSync(fd);
  }
}

class DataFile {
  readonly #fd: number;
  readonly #size: number;
  readonly #meta: Meta;
  readonly #pageBytes: number;
  /** Pages that something was found to lie on, a bit each. */
  readonly #taken: Uint8Array;

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.#size = size;
    this.#meta = this.#newestMeta();
    this.#pageBytes = this.#meta.pageBytes;
    this.#taken = new Uint8Array(Math.ceil(size / this.#pageBytes / 8));
  }

  check(): void {
    const { trees, mapBytes, lastPage } = this.#meta;
    demand(mapBytes <= MAP_BYTES_MAX, `it says that it is mapped to ${mapBytes} bytes`);
    demand(lastPage * this.#pageBytes <= MAP_BYTES_MAX, `it says that it has ${lastPage} pages`);
    this.#take({ first: 0, count: META_PAGES });
    const [free, main] = trees;
    const lists: Buffer[] = [];
    this.#checkTree(free, (list) => lists.push(list));
    this.#checkTree(main);
    for (const list of lists) for (const run of freePagesIn(list)) this.#takeFree(run);
  }

  /** Each transaction writes one of the two, so they are one transaction apart. */
  #newestMeta(): Meta {
    const first = readMeta(this.#read(0, PAGE_HEADER_BYTES + META_BYTES));
    const { pageBytes } = first;
    const isPowerOfTwo = (pageBytes & (pageBytes - 1)) === 0;
    const fits = pageBytes >= PAGE_BYTES.min && pageBytes <= PAGE_BYTES.max;
    demand(isPowerOfTwo && fits, `it says that it has pages of ${pageBytes} bytes`);
    const second = readMeta(this.#read(pageBytes, PAGE_HEADER_BYTES + META_BYTES));
    demand(second.pageBytes === pageBytes, 'its first two pages differ');
    const apart = Math.abs(first.transaction - second.transaction);
    demand(
      apart === 1 || (apart === 0 && first.transaction === 0),
      'its first two pages do not belong together',
    );
    return first.transaction >= second.transaction ? first : second;
  }

  #checkTree(tree: TreeFacts, take?: (value: Buffer) => void): void {
    if (tree.root === undefined) {
      demand(tree.depth === 0 && tree.entries === 0, 'it has a tree without a root');
      return;
    }
    let level = [tree.root];
    let branchPages = 0;
    for (let depth = 1; depth < tree.depth; depth++) {
      branchPages += level.length;
      const children: number[] = [];
      this.#visit(level, (page, place) => children.push(...childrenOf(page, place)));
      level = children;
    }
    let entries = 0;
    let overflowPages = 0;
    this.#visit(level, (page, place) => {
      const leaf = leafAt(page, place);
      entries += leaf.entries;
      if (take !== undefined) for (const value of leaf.values) take(value);
      for (const run of leaf.elsewhere) {
        this.#take(run);
        const header = this.#read(run.first * this.#pageBytes, PAGE_HEADER_BYTES);
        checkOverflow(header, run, this.#meta.transaction);
        overflowPages += run.count;
        take?.(this.#read(run.first * this.#pageBytes + PAGE_HEADER_BYTES, run.valueBytes));
      }
    });
    const isWhole =
      branchPages === tree.branchPages &&
      level.length === tree.leafPages &&
      overflowPages === tree.overflowPages &&
      entries === tree.entries;
    demand(isWhole, 'it has not the records that it says it has');
  }

  /** Each of these pages, in the order in which they lie in the file. */
  #visit(pages: readonly number[], look: (page: Buffer, place: PagePlace) => void): void {
    for (const pageNo of pages) this.#take({ first: pageNo, count: 1 });
    const { transaction } = this.#meta;
    const runMax = Math.max(1, Math.floor(READ_BYTES_MAX / this.#pageBytes));
    for (const { first, count } of runsOf(pages, runMax)) {
      const bytes = this.#read(first * this.#pageBytes, count * this.#pageBytes);
      for (let at = 0; at < count; at++) {
        const page = bytes.subarray(at * this.#pageBytes, (at + 1) * this.#pageBytes);
        look(page, { pageNo: first + at, transaction });
      }
    }
  }

  /** Nothing else may lie on these pages, and they must be in the file. */
  #take(run: PageRun): void {
    const end = (run.first + run.count) * this.#pageBytes;
    this.#demandKnown(run);
    demand(end <= this.#size, `it has ${this.#size} bytes where there should be ${end} at least`);
    this.#mark(run);
  }

  /** The file may end before the last pages, if they are free. */
  #takeFree(run: PageRun): void {
    this.#demandKnown(run);
    const pagesInFile = Math.ceil(this.#size / this.#pageBytes);
    this.#mark({ first: run.first, count: Math.min(run.count, pagesInFile - run.first) });
  }

  #demandKnown({ first, count }: PageRun): void {
    const isKnown = first + count <= this.#meta.lastPage + 1;
    demand(isKnown, `it leads to page ${first}, which it has not`);
  }

  #mark({ first, count }: PageRun): void {
    for (let page = first; page < first + count; page++) {
      const bit = 1 << (page & 7);
      const before = this.#taken[page >> 3] as number;
      demand((before & bit) === 0, `it leads to page ${page} twice`);
      this.#taken[page >> 3] = before | bit;
    }
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    const read = readSync(this.#fd, bytes, 0, length, at);
    demand(read === length, `it is cut short at ${this.#size} bytes`);
    return bytes;
  }
}

/** Pages side by side, rising. */
function runsOf(pages: readonly number[], countMax: number): PageRun[] {
  const runs: { first: number; count: number }[] = [];
  for (const page of pages.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && page === last.first + last.count && last.count < countMax) {
      last.count++;
    } else runs.push({ first: page, count: 1 });
  }
  return runs;
}
