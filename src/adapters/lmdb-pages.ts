/**
 * How an LMDB data file is laid out (lmdb's mdb.c, MDB_meta, MDB_page_header and MDB_node), as
 * far as it takes to see that it hangs together: LMDB itself believes every number in the file.
 *
 *   page     number u64 | transaction u64 | - u16 | flags u16 | lower u16 | upper u16, then, of
 *            trees, the place of each node u16, counted from the end of this header
 *   meta     magic u32 | version u32 | address u64 | map size u64 | free pages and main tree,
 *            48 bytes each | last page u64 | transaction u64
 *   tree     page size u32 | flags u16 | depth u16 | branch, leaf and overflow pages, entries and
 *            root, u64 each
 *   node     in a branch: page u48 | key length u16 | key; in a leaf: value length u32 | flags u16
 *            | key length u16 | key | the value, or where it lies: page u64 | - u64 | pages u64
 *
 * All numbers are little-endian: the files of the machines that Node runs on.
 */

export const PAGE_HEADER_BYTES = 24;
export const META_BYTES = 136;

/** Pages 0 and 1; transactions take turns. */
export const META_PAGES = 2;

const MAGIC = 0xbeefc0de;
const VERSION = 2;
const NOTHING = 2n ** 64n - 1n;

const META_FLAG = 0x08;
const BRANCH_FLAG = 0x01;
const LEAF_FLAG = 0x02;
const OVERFLOW_FLAG = 0x04;

const NODE_HEADER_BYTES = 8;
const ELSEWHERE_BYTES = 24;
/** Of a node in a leaf: the value lies on pages of its own. */
const ELSEWHERE = 0x01;

/** Something in the file cannot be so; the text goes on after its name. */
export class DamagedPage extends Error {
  override readonly name = 'DamagedPage';
}

export interface TreeFacts {
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  /** Undefined: it is empty. */
  readonly root: number | undefined;
}

export interface Meta {
  readonly pageBytes: number;
  readonly mapBytes: number;
  /** Of free pages, and of all that is stored. */
  readonly trees: readonly [TreeFacts, TreeFacts];
  readonly lastPage: number;
  readonly transaction: number;
}

/** A stretch of pages. */
export interface PageRun {
  readonly first: number;
  readonly count: number;
}

/** Which page it is, and the newest transaction, of which no page is newer. */
export interface PagePlace {
  readonly pageNo: number;
  readonly transaction: number;
}

export interface LeafFacts {
  readonly entries: number;
  /** Values that are in the leaf. */
  readonly values: readonly Buffer[];
  /** Where the others lie. */
  readonly elsewhere: readonly (PageRun & { readonly valueBytes: number })[];
}

/** `bytes` begins with a meta page. Throws `DamagedPage`. */
export function readMeta(bytes: Buffer): Meta {
  demand(bytes.length >= PAGE_HEADER_BYTES + META_BYTES, 'it is cut short');
  const isMeta = bytes.readUInt16LE(18) === META_FLAG;
  const meta = bytes.subarray(PAGE_HEADER_BYTES);
  const isOurs = meta.readUInt32LE(0) === MAGIC && meta.readUInt32LE(4) === VERSION;
  demand(isMeta && isOurs, 'it does not begin as one of a version understood here does');
  return {
    pageBytes: meta.readUInt32LE(24),
    mapBytes: number(meta, 16),
    trees: [treeAt(meta, 24), treeAt(meta, 72)],
    lastPage: number(meta, 120),
    transaction: number(meta, 128),
  };
}

function treeAt(meta: Buffer, at: number): TreeFacts {
  const isEmpty = meta.readBigUInt64LE(at + 40) === NOTHING;
  return {
    depth: meta.readUInt16LE(at + 6),
    branchPages: number(meta, at + 8),
    leafPages: number(meta, at + 16),
    overflowPages: number(meta, at + 24),
    entries: number(meta, at + 32),
    root: isEmpty ? undefined : number(meta, at + 40),
  };
}

/** The pages that a branch page leads to. Throws `DamagedPage`. */
export function childrenOf(page: Buffer, { pageNo, transaction }: PagePlace): number[] {
  const children: number[] = [];
  for (const node of nodesOf(page, { pageNo, transaction, kind: BRANCH_FLAG })) {
    demandFits(page, node + NODE_HEADER_BYTES + page.readUInt16LE(node + 6), pageNo);
    children.push(page.readUIntLE(node, 6));
  }
  return children;
}

/** What a leaf page holds. Throws `DamagedPage`. */
export function leafAt(page: Buffer, { pageNo, transaction }: PagePlace): LeafFacts {
  const nodes = nodesOf(page, { pageNo, transaction, kind: LEAF_FLAG });
  const values: Buffer[] = [];
  const elsewhere: (PageRun & { valueBytes: number })[] = [];
  for (const node of nodes) {
    const flags = page.readUInt16LE(node + 4);
    demand((flags & ~ELSEWHERE) === 0, `page ${pageNo} has a node of an unknown kind`);
    const valueBytes = page.readUInt32LE(node);
    const value = node + NODE_HEADER_BYTES + page.readUInt16LE(node + 6);
    if (flags === 0) {
      demandFits(page, value + valueBytes, pageNo);
      values.push(page.subarray(value, value + valueBytes));
      continue;
    }
    demandFits(page, value + ELSEWHERE_BYTES, pageNo);
    const run = { first: number(page, value), count: number(page, value + 16) };
    const needed = Math.ceil((PAGE_HEADER_BYTES + valueBytes) / page.length);
    demand(run.count === needed, `page ${pageNo} has a value of another length than it says`);
    elsewhere.push({ ...run, valueBytes });
  }
  return { entries: nodes.length, values, elsewhere };
}

/** The header of the first page of a value that has pages of its own. Throws `DamagedPage`. */
export function checkOverflow(header: Buffer, run: PageRun, transaction: number): void {
  const isSound =
    number(header, 0) === run.first &&
    number(header, 8) <= transaction &&
    header.readUInt16LE(18) === OVERFLOW_FLAG &&
    header.readUInt32LE(20) === run.count;
  demand(isSound, `page ${run.first} is not what it should be`);
}

/**
 * The pages in a list of free ones, which is a value of the first tree: how many words follow, then
 * pages; 0 is a gap, and a negative number says how many pages there are from the next word on.
 */
export function freePagesIn(list: Buffer): PageRun[] {
  demand(list.length >= 8 && list.length % 8 === 0, 'it has a malformed list of free pages');
  const words = number(list, 0);
  demand(words < list.length / 8, 'it has a malformed list of free pages');
  const runs: PageRun[] = [];
  for (let at = 8; at <= words * 8; at += 8) {
    const word = Number(list.readBigInt64LE(at));
    if (word > 0) runs.push({ first: word, count: 1 });
    if (word >= 0) continue;
    at += 8;
    demand(at <= words * 8, 'it has a malformed list of free pages');
    runs.push({ first: number(list, at), count: -word });
  }
  return runs;
}

/** Where the nodes of a page begin. */
function nodesOf(page: Buffer, expected: PagePlace & { readonly kind: number }): number[] {
  const { pageNo, transaction, kind } = expected;
  const lower = page.readUInt16LE(20);
  const upper = page.readUInt16LE(22);
  const room = page.length - PAGE_HEADER_BYTES;
  const isSound =
    number(page, 0) === pageNo &&
    number(page, 8) <= transaction &&
    page.readUInt16LE(18) === kind &&
    lower >= 2 &&
    lower % 2 === 0 &&
    lower <= upper &&
    upper <= room;
  demand(isSound, `page ${pageNo} is not what it should be`);
  return Array.from({ length: lower / 2 }, (_, at) => {
    const place = page.readUInt16LE(PAGE_HEADER_BYTES + 2 * at);
    const fits = place >= upper && place + NODE_HEADER_BYTES <= room;
    demand(fits, `page ${pageNo} has a node outside of it`);
    return PAGE_HEADER_BYTES + place;
  });
}

function demandFits(page: Buffer, end: number, pageNo: number): void {
  demand(end <= page.length, `page ${pageNo} has a node that ends outside of it`);
}

/** What is beyond 2^53 is beyond every file, too. */
function number(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

export function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new DamagedPage(what);
}
