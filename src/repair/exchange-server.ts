/**
 * The side of an exchange that is asked. It remembers nothing from one message to the next, so
 * whoever asks may stop anywhere. What it tells of is on disk before it says so.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { HashTree } from '../merkle/hash-tree.ts';
import { encodeItems } from '../merkle/leaf-items.ts';
import { descend, type Step } from '../merkle/walk.ts';
import type { Clock } from '../ports/clock.ts';
import type { Store, StoreRange } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import type { Admission } from '../replica/admission.ts';
import type { DamagedRecords } from '../replica/damaged-records.ts';
import { type ScanPorts, scanLeaves, scanObjects } from '../replica/leaf-scan.ts';
import { type StoreRequest, storeRequest } from '../replica/messages.ts';
import type { ReapNumbers } from '../replica/reap-numbers.ts';
import { partitionRest, rangeBehind, rangeUpTo } from '../replica/store-keys.ts';
import type { Trees } from '../replica/trees.ts';
import {
  BATCH_BYTES_MAX,
  COMPARE_ROOTS,
  type KeySpan,
  LIST_LEAVES,
  type ListReply,
  type ListRequest,
  PAGE_MS_MAX,
  PULL_OBJECTS,
  type PullReply,
  type PullRequest,
  type RootEntry,
  type RootVerdict,
  type TreeName,
  WALK_TREE,
  type WalkRequest,
} from './exchange-messages.ts';
import type { ExchangeTimes } from './exchange-times.ts';
import type { Pace } from './pace.ts';
import { partBytes, type RepairMetrics } from './repair-metrics.ts';

export interface ExchangeServerPorts {
  readonly admission: Admission;
  readonly clock: Clock;
  readonly store: Store;
  readonly trees: Trees;
  readonly damaged: DamagedRecords;
  readonly reaps: ReapNumbers;
  readonly times: ExchangeTimes;
  readonly counts: RepairMetrics;
  /** Of reading. */
  readonly readPace: Pace;
  /** Of objects. */
  readonly objectPace: Pace;
}

/** Listings and pulls that read the store at the same time; more are `overloaded`. */
const READERS_MAX = 4;

export class ExchangeServer {
  readonly #ports: ExchangeServerPorts;
  #readers = 0;
  #closed = false;

  constructor(ports: ExchangeServerPorts) {
    this.#ports = ports;
  }

  serve(transport: Transport): void {
    transport.serve(COMPARE_ROOTS, (entries, { from }) => this.#compareRoots(entries, from));
    transport.serve(WALK_TREE, (request, { from }) => this.#walk(request, from));
    transport.serve(LIST_LEAVES, (request, { from }) =>
      this.#read(request.tree, from, () => this.#list(request)),
    );
    transport.serve(PULL_OBJECTS, (request, { from }) =>
      this.#read(request.tree, from, () => this.#pull(request)),
    );
  }

  close(): void {
    this.#closed = true;
  }

  async #compareRoots(
    entries: readonly RootEntry[],
    peer: NodeId,
  ): Promise<readonly RootVerdict[]> {
    this.#refuseWhenClosed();
    const { store, counts, times } = this.#ports;
    const verdicts = entries.map((entry) => this.#verdictOn(entry, peer));
    await store.durable();
    entries.forEach(([partition, , n], i) => {
      if (verdicts[i] === 'equal') times.note(peer, { partition, n });
    });
    counts.sentBytes.roots.add(verdicts.length * 6);
    return verdicts;
  }

  #verdictOn([partition, epoch, n, root]: RootEntry, peer: NodeId): RootVerdict {
    try {
      this.#admit({ partition, epoch, n }, peer);
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      return error.code;
    }
    const tree = this.#ports.trees.tree(partition, n);
    if (tree === undefined) return 'building';
    return tree.root === root ? 'equal' : 'differs';
  }

  #walk({ tree, part }: WalkRequest, peer: NodeId): Step {
    this.#refuseWhenClosed();
    this.#admit(tree, peer);
    const step = refusingNonsense(() => descend(this.#treeOf(tree), part));
    if (step.type === 'part') this.#ports.counts.sentBytes.trees.add(partBytes(step.part));
    if (step.type === 'leaves') this.#ports.counts.sentBytes.trees.add(3 * step.leaves.length);
    return step;
  }

  async #read<Reply>(tree: TreeName, peer: NodeId, read: () => Promise<Reply>): Promise<Reply> {
    this.#refuseWhenClosed();
    this.#admit(tree, peer);
    if (this.#readers >= READERS_MAX) {
      throw new QuorateError('overloaded', `${READERS_MAX} others read this node's store already`);
    }
    this.#readers++;
    try {
      const reply = await read();
      await this.#ports.store.durable();
      return reply;
    } finally {
      this.#readers--;
    }
  }

  async #list({ tree, bucketNumber, leaves, span }: ListRequest): Promise<ListReply> {
    const { trees, counts } = this.#ports;
    const { depth } = this.#treeOf(tree);
    const isOfTree = (number: number) =>
      trees.treeOf(tree.partition, number) === tree.n &&
      (bucketNumber === null || bucketNumber === number);
    const isLeftOut = (storedKey: Uint8Array) => trees.isLeftOut(storedKey);
    const filter = { isOfTree, isLeftOut, depth, leaves: new Set(leaves) };
    const { found, reached } = await scanLeaves(this.#scanPorts(), rangeOf(tree, span), filter);
    const items = encodeItems(found);
    counts.sentBytes.items.add(items.length);
    return { items, reached: reached ?? null };
  }

  async #pull({ tree, keyHashes, span }: PullRequest): Promise<PullReply> {
    const { counts, objectPace, reaps } = this.#ports;
    const { partition, epoch } = tree;
    const reap = reaps.of(partition);
    const wanted = new Set(keyHashes);
    const range = rangeOf(tree, span);
    const page = await scanObjects(this.#scanPorts(), range, wanted, BATCH_BYTES_MAX);
    const objects = page.found.map(
      ({ address, encoded }): StoreRequest =>
        storeRequest({ ...address, partition, epoch }, { encoded, reap }),
    );
    const bytes = page.found.reduce((sum, { size }) => sum + size, 0);
    counts.sentBytes.objects.add(bytes);
    await objectPace.spend(bytes);
    return { objects, reached: page.reached ?? null };
  }

  #scanPorts(): ScanPorts {
    const { store, damaged, clock, readPace } = this.#ports;
    const endsAt = clock.now() + PAGE_MS_MAX;
    return {
      store,
      onDamaged: (address) => damaged.note(address),
      pause: async (bytes) => {
        await readPace.spend(bytes);
        this.#refuseWhenClosed();
        return clock.now() < endsAt;
      },
    };
  }

  #admit(tree: TreeName, peer: NodeId): void {
    const { admission } = this.#ports;
    admission.refuseToCount();
    admission.admitToTree(tree, tree.n, peer);
  }

  #treeOf({ partition, n }: TreeName): HashTree {
    const tree = this.#ports.trees.tree(partition, n);
    if (tree !== undefined) return tree;
    throw new QuorateError('not_ready', `the trees of partition ${partition} are being built`);
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new QuorateError('not_ready', 'the node is stopping');
  }
}

/** The stored keys that a span of the partition stands for. */
export function rangeOf({ partition }: TreeName, { after, last }: KeySpan): StoreRange {
  const range = rangeBehind(partitionRest(partition, 0), after ?? undefined);
  return last === null ? range : rangeUpTo(range, last);
}

function refusingNonsense<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('bad_request', `the part of a tree ${error.message}`);
  }
}
