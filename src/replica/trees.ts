/**
 * The hash trees of a node: one for each partition that it keeps and each n among the buckets
 * of which it keeps that partition (a bucket with n < N has the first n of the replica list).
 * While a partition moves, those on the way out and the newcomers have trees too.
 *
 * Invariant: a tree that is in use is that of the store: every write of an object is told in
 * the turn in which the store takes it, with the digests before and after. A partition whose
 * trees cannot be known (after a stop that was none in order, after damage was mended) has
 * none, and takes part in no exchange until they are built from a scan.
 *
 * A key goes by the xxh64 of its stored key (partition, bucket number, key): every replica
 * stores it under the same, and all bits of the hash are good. The ring's own hash would need
 * the bucket's name, which is not stored, and its leading bits are alike within a partition.
 */

import { DecodeError, mapKeyOf } from '../kernel/bytes.ts';
import { hash64 } from '../kernel/hash.ts';
import { invariant } from '../kernel/invariant.ts';
import type { NodeId } from '../kernel/names.ts';
import { HashTree } from '../merkle/hash-tree.ts';
import { treeDepth } from '../merkle/tree-shape.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store, StoreWrite } from '../ports/store.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { keeperPlace } from '../ring/move.ts';
import type { Ring } from '../ring/ring.ts';
import { type Address, ALL_TREES, partitionAt, treesKey } from './store-keys.ts';
import { TreeBuild, type TreeOf } from './tree-build.ts';
import { decodeTrees, encodeTrees } from './tree-records.ts';

export interface TreesPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly store: Store;
  readonly clock: Pick<Clock, 'wallTime'>;
}

/** Where an object is written: its stored key, and what that says. */
type Place = Pick<Address, 'partition' | 'bucketNumber'>;

/** The trees in use of one partition. */
interface LiveTrees {
  /** By n; one that is not there is empty. */
  readonly trees: Map<number, HashTree>;
  /** When they were last built from a scan: ms since 1970 by the wall clock. */
  readonly scannedAt: number;
  /** By an earlier run of the node, which may have known buckets that are deleted by now. */
  readonly fromEarlierRun: boolean;
}

/** What a scan found of trees that were in use; `abandoned`: the ring changed under it. */
export type BuildOutcome = 'new' | 'same' | 'rot' | 'abandoned';

/** Trees written in one batch at a stop. */
const RECORDS_AT_ONCE = 64;

export class Trees {
  readonly #ports: TreesPorts;
  readonly #live = new Map<number, LiveTrees>();
  /** By partition: what an earlier run left, to be decoded when it is first needed. */
  readonly #stored = new Map<number, Uint8Array>();
  readonly #builds = new Map<number, TreeBuild>();
  /** Stored keys that no tree counts, though they are here: they are about to be reaped. */
  readonly #leftOut = new Set<string>();
  /** By bucket number. A bucket never changes its n, and is needed here after it is deleted. */
  readonly #nOfBucket = new Map<number, number>();
  #ring: Ring | undefined;
  /** By partition: this node's place among its keepers, -1 where it is none: see `keeperPlace`. */
  #places: readonly number[] = [];

  constructor(ports: TreesPorts) {
    this.#ports = ports;
  }

  /** Of all trees of the cluster. */
  get depth(): number {
    return treeDepth(this.#ports.view.ring().partitionCount);
  }

  /** Partitions that this node keeps for some n, rising. */
  keptPartitions(): readonly number[] {
    this.#followRing();
    return this.#places.flatMap((place, partition) => (place >= 0 ? [partition] : []));
  }

  /** The trees of the partition are known. */
  isReady(partition: number): boolean {
    this.#followRing();
    return this.#live.has(partition);
  }

  /** When the trees of the partition were last built from a scan; undefined: they are not known. */
  scannedAt(partition: number): number | undefined {
    return this.#live.get(partition)?.scannedAt;
  }

  /** The tree of the partition for this n; undefined: it is not known yet. */
  tree(partition: number, n: number): HashTree | undefined {
    this.#followRing();
    const live = this.#live.get(partition);
    return live && treeIn(live.trees, n, this.depth);
  }

  /** How many keys of the partition the trees count; undefined: they are not known. */
  keysOf(partition: number): number | undefined {
    this.#followRing();
    const live = this.#live.get(partition);
    if (live === undefined) return undefined;
    return [...live.trees.values()].reduce((keys, { count }) => keys + count, 0);
  }

  /** The n of the tree that keys of the bucket belong to, on this node. */
  treeOf(partition: number, bucketNumber: number): ReturnType<TreeOf> {
    const n = this.#nOf(bucketNumber);
    if (n === undefined) {
      return bucketNumber < this.#ports.view.nextBucketNumber ? 'none' : 'unheard';
    }
    this.#followRing();
    const place = this.#places[partition] ?? -1;
    return place >= 0 && place < n ? n : 'none';
  }

  /**
   * An object is being written, or removed (`after` undefined); `before` undefined: there was
   * none. In the turn in which the store takes the write.
   */
  wrote(
    storedKey: Uint8Array,
    place: Place,
    before: bigint | undefined,
    after: bigint | undefined,
  ): void {
    this.#count(storedKey, place, this.#noLongerLeftOut(storedKey) ? undefined : before, after);
  }

  isLeftOut(storedKey: Uint8Array): boolean {
    return this.#leftOut.size > 0 && this.#leftOut.has(mapKeyOf(storedKey));
  }

  /** From here on until it is written the key, which is there in this version, counts in no tree. */
  leaveOut(storedKey: Uint8Array, place: Place, digest: bigint): void {
    this.#count(storedKey, place, digest, undefined);
    this.#leftOut.add(mapKeyOf(storedKey));
  }

  /** An earlier run left it out. Before any tree is taken up or built. */
  staysLeftOut(storedKey: Uint8Array): void {
    this.#leftOut.add(mapKeyOf(storedKey));
  }

  /** A key that was left out counts again, in the version that is there. */
  bringBack(storedKey: Uint8Array, place: Place, digest: bigint): void {
    if (this.#noLongerLeftOut(storedKey)) this.#count(storedKey, place, undefined, digest);
  }

  #noLongerLeftOut(storedKey: Uint8Array): boolean {
    return this.#leftOut.size > 0 && this.#leftOut.delete(mapKeyOf(storedKey));
  }

  #count(
    storedKey: Uint8Array,
    { partition, bucketNumber }: Place,
    before: bigint | undefined,
    after: bigint | undefined,
  ): void {
    const n = this.treeOf(partition, bucketNumber);
    if (n === 'none') this.#wroteOfDeletedBucket(partition, bucketNumber);
    if (typeof n !== 'number') return;
    const live = this.#liveOf(partition);
    const build = this.#builds.get(partition);
    if (live === undefined && build === undefined) return;
    const keyHash = hash64(storedKey);
    if (live !== undefined) treeIn(live.trees, n, this.depth).update(keyHash, before, after);
    build?.update(n, storedKey, keyHash, before, after);
  }

  /**
   * A damaged record was put right, or removed (`after` undefined). Whether the trees in use
   * count it, and in which version, is not known: the partition is scanned again.
   */
  mended(storedKey: Uint8Array, { partition, bucketNumber }: Place, after?: bigint): void {
    this.forget(partition);
    this.#noLongerLeftOut(storedKey);
    const n = this.treeOf(partition, bucketNumber);
    if (typeof n !== 'number') return;
    const build = this.#builds.get(partition);
    if (build?.mended(n, storedKey, hash64(storedKey), after) === false) {
      this.abandonBuild(partition);
    }
  }

  /** The trees in use of the partition can no longer be trusted. */
  forget(partition: number): void {
    this.#live.delete(partition);
    this.#stored.delete(partition);
  }

  /** Begins to build the trees of the partition; writes go on meanwhile. */
  beginBuild(partition: number, onDamaged: (address: Address) => void): TreeBuild {
    invariant(!this.#builds.has(partition), `the trees of partition ${partition} are being built`);
    const { store } = this.#ports;
    const treeOf: TreeOf = (bucketNumber) => this.treeOf(partition, bucketNumber);
    const isLeftOut = (storedKey: Uint8Array) => this.isLeftOut(storedKey);
    const { depth } = this;
    const build = new TreeBuild({ store, partition, depth, treeOf, isLeftOut, onDamaged });
    this.#builds.set(partition, build);
    return build;
  }

  /**
   * Builds the trees of a partition of which hardly anything is here, all in this turn, so that
   * what comes is counted as it comes; of one with more they are left to a scan.
   */
  buildIfSmall(partition: number, onDamaged: (address: Address) => void): void {
    if (this.isReady(partition) || this.#builds.has(partition)) return;
    const build = this.beginBuild(partition, onDamaged);
    if (build.step().complete && !build.metUnheardBucket) this.finishBuild(partition, build);
    else this.abandonBuild(partition);
  }

  /** Puts what was built in use, in the turn of the build's last step. */
  finishBuild(partition: number, build: TreeBuild): BuildOutcome {
    if (this.#builds.get(partition) !== build) return 'abandoned';
    this.abandonBuild(partition);
    const built = build.finish();
    const live = this.#liveOf(partition);
    const scannedAt = Math.max(0, Math.floor(this.#ports.clock.wallTime()));
    this.#stored.delete(partition);
    this.#live.set(partition, { trees: built, scannedAt, fromEarlierRun: false });
    if (live === undefined) return 'new';
    const counts = new Set([...built.keys(), ...live.trees.keys()]);
    const same = [...counts].every((n) => rootIn(built, n) === rootIn(live.trees, n));
    return same ? 'same' : 'rot';
  }

  abandonBuild(partition: number): void {
    this.#builds.delete(partition);
  }

  /**
   * Takes up what an earlier run left, if it stopped in order, and removes it from the disk:
   * whatever is written from here on is not in it.
   */
  async takeUp(afterCleanStop: boolean): Promise<void> {
    const { store } = this.#ports;
    const removals: StoreWrite[] = [];
    for (const { key, value } of store.range(ALL_TREES)) {
      removals.push({ type: 'delete', key });
      if (afterCleanStop) this.#stored.set(partitionAt(key), value);
    }
    await store.write(removals);
  }

  /**
   * Puts in use what was taken up of one more partition, a few milliseconds' work; false: there
   * is no more. Before that only a write does so, for its own partition.
   */
  decodeNext(): boolean {
    const [next] = this.#stored.keys();
    if (next !== undefined) this.#liveOf(next);
    return next !== undefined;
  }

  /** Leaves the trees for the next start. Precondition: no object is written any more. */
  async leave(): Promise<void> {
    const { store } = this.#ports;
    let writes: StoreWrite[] = [];
    for (const [partition, record] of this.#recordsToLeave()) {
      writes.push({ type: 'put', key: treesKey(partition), value: record });
      if (writes.length < RECORDS_AT_ONCE) continue;
      await store.write(writes);
      writes = [];
    }
    await store.write(writes);
  }

  /** Partitions without keys are left out: to look at them again takes no time. */
  *#recordsToLeave(): Iterable<readonly [partition: number, record: Uint8Array]> {
    yield* this.#stored;
    for (const [partition, { trees, scannedAt }] of this.#live) {
      const place = this.#places[partition] ?? -1;
      const filled = new Map([...trees].filter(([, tree]) => tree.count > 0));
      if (place < 0 || filled.size === 0) continue;
      yield [partition, encodeTrees({ scannedAt, place, trees: filled })];
    }
  }

  /**
   * A key of a bucket that is deleted goes. Where its n was never heard of in this run, no scan
   * of this run counted it; trees of an earlier one may have.
   */
  #wroteOfDeletedBucket(partition: number, bucketNumber: number): void {
    if (this.#nOfBucket.has(bucketNumber)) return;
    if (this.#liveOf(partition)?.fromEarlierRun === true) this.forget(partition);
  }

  #nOf(bucketNumber: number): number | undefined {
    const known = this.#nOfBucket.get(bucketNumber);
    if (known !== undefined) return known;
    const bucket = this.#ports.view.bucketNumbered(bucketNumber);
    if (bucket !== undefined) this.#nOfBucket.set(bucketNumber, bucket.n);
    return bucket?.n;
  }

  #liveOf(partition: number): LiveTrees | undefined {
    this.#followRing();
    const stored = this.#stored.get(partition);
    if (stored !== undefined) this.#decode(partition, stored);
    return this.#live.get(partition);
  }

  #decode(partition: number, stored: Uint8Array): void {
    this.#stored.delete(partition);
    try {
      const { scannedAt, place, trees } = decodeTrees(stored, this.depth);
      if (place !== this.#places[partition]) return;
      this.#live.set(partition, { trees: new Map(trees), scannedAt, fromEarlierRun: true });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }

  /** Where this node's place among the keepers changes, other keys belong to the trees. */
  #followRing(): void {
    const { view, self } = this.#ports;
    const ring = view.ring();
    if (ring === this.#ring) return;
    const before = this.#places;
    this.#places = ring.replicas.map((_, partition) => keeperPlace(ring, partition, self));
    if (this.#ring !== undefined) {
      for (const partition of [...this.#live.keys(), ...this.#builds.keys()]) {
        if (before[partition] === this.#places[partition]) continue;
        this.forget(partition);
        this.abandonBuild(partition);
      }
    }
    this.#ring = ring;
  }
}

function treeIn(trees: Map<number, HashTree>, n: number, depth: number): HashTree {
  const known = trees.get(n);
  if (known !== undefined) return known;
  const tree = new HashTree(depth);
  trees.set(n, tree);
  return tree;
}

function rootIn(trees: ReadonlyMap<number, HashTree>, n: number): bigint {
  return trees.get(n)?.root ?? 0n;
}
