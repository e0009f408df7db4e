/**
 * One comparison of trees with one peer, by the node that drives it, and what follows from it:
 *
 * roots → down the trees that differ → after a moment, the leaves that differ still → their
 * keys, page after page → the objects, both ways.
 *
 * A write is on its way to the replicas for a moment, in which their trees differ; the pause
 * leaves such keys to it. Nothing is remembered: an exchange that is cut short leaves trees
 * that differ, which the next one finds.
 */

import { compareBytes } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { HashTree } from '../merkle/hash-tree.ts';
import { differingItems, encodeItems } from '../merkle/leaf-items.ts';
import { FAN_OUT_BITS } from '../merkle/tree-shape.ts';
import { descend, type Step, type TreePart, topPart } from '../merkle/walk.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import type { CallType, Transport } from '../ports/transport.ts';
import type { DamagedRecords } from '../replica/damaged-records.ts';
import { type KeptItem, type Page, type ScanPorts, scanLeaves } from '../replica/leaf-scan.ts';
import type { Replica } from '../replica/replica.ts';
import type { Address } from '../replica/store-keys.ts';
import type { Trees } from '../replica/trees.ts';
import {
  CALL_MS_MAX,
  COMPARE_ROOTS,
  type KeySpan,
  LIST_LEAVES,
  LOOK_MS_MAX,
  PAGE_MS_MAX,
  type RootEntry,
  type TreeName,
  WALK_TREE,
} from './exchange-messages.ts';
import { rangeOf } from './exchange-server.ts';
import type { ExchangeTally } from './exchange-tally.ts';
import type { ExchangeTimes } from './exchange-times.ts';
import { ObjectMover } from './object-mover.ts';
import { type Pace, pause } from './pace.ts';
import { partBytes, type RepairMetrics } from './repair-metrics.ts';

export interface PairExchangePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly store: Store;
  readonly trees: Trees;
  readonly damaged: DamagedRecords;
  readonly replica: Replica;
  readonly times: ExchangeTimes;
  readonly counts: RepairMetrics;
  /** Of reading. */
  readonly readPace: Pace;
  /** Of objects. */
  readonly objectPace: Pace;
  readonly isClosed: () => boolean;
}

/** What is compared, with whom, and where it is counted. */
export interface Comparison {
  readonly peer: NodeId;
  /** Only keys of this bucket are exchanged; null: all. */
  readonly bucketNumber: number | null;
  readonly tally: ExchangeTally;
}

export interface RootsCompared {
  readonly differing: readonly TreeName[];
  /** Being built, here or there, or refused by the peer. */
  readonly postponed: readonly TreeName[];
}

interface Suspect {
  readonly tree: TreeName;
  readonly leaves: readonly number[];
}

/** A write that was under way when the trees were compared has arrived by then. */
const SETTLE_MS = 1_000;

export class PairExchange {
  readonly #ports: PairExchangePorts;
  readonly #comparison: Comparison;
  readonly #mover: ObjectMover;

  constructor(ports: PairExchangePorts, comparison: Comparison) {
    this.#ports = ports;
    this.#comparison = comparison;
    this.#mover = new ObjectMover(ports, comparison);
  }

  /** Rejects with `TransportError` or `QuorateError`. */
  async compareRoots(trees: readonly TreeName[]): Promise<RootsCompared> {
    const { store } = this.#ports;
    const { tally } = this.#comparison;
    const known = trees.filter(({ partition, n }) => this.#find(partition, n) !== undefined);
    const differing: TreeName[] = [];
    const postponed = trees.filter((tree) => !known.includes(tree));
    const entries = known.map(({ partition, epoch, n }): RootEntry => {
      return [partition, epoch, n, this.#find(partition, n)?.root ?? 0n];
    });
    this.#sent('roots', entries.length * 16);
    const verdicts = await this.#call(COMPARE_ROOTS, entries, LOOK_MS_MAX);
    await store.durable();
    known.forEach((tree, i) => {
      const verdict = verdicts[i];
      if (verdict !== 'equal' && verdict !== 'differs') {
        postponed.push(tree);
        return;
      }
      tally.keysCompared += this.#find(tree.partition, tree.n)?.count ?? 0;
      if (verdict === 'differs') differing.push(tree);
      else this.#done(tree);
    });
    return { differing, postponed };
  }

  /** Resolves with those that differ still, as far as anybody knows; rejects where the peer is gone. */
  async exchange(differing: readonly TreeName[]): Promise<readonly TreeName[]> {
    const { clock, random } = this.#ports;
    const suspects: Suspect[] = [];
    const unfinished: TreeName[] = [];
    for (const tree of differing) {
      const leaves = await this.#unlessRefused(() => this.walk(tree));
      if (leaves === undefined) unfinished.push(tree);
      else if (leaves.length > 0) suspects.push({ tree, leaves });
      else this.#done(tree);
    }
    if (suspects.length === 0) return unfinished;
    await pause(clock, SETTLE_MS);
    // Two peers that both lack the same seldom ask for it at the same time then.
    for (const suspect of shuffled(suspects, random)) {
      const whole = await this.#unlessRefused(() => this.#exchangeTree(suspect));
      if (whole === true) this.#done(suspect.tree);
      else unfinished.push(suspect.tree);
    }
    return unfinished;
  }

  /** Undefined where the peer, or this node, cannot do it for this tree now. */
  async #unlessRefused<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    this.#refuseWhenClosed();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      return undefined;
    }
  }

  /** Leaves that may differ. */
  async walk(tree: TreeName): Promise<readonly number[]> {
    let part = topPart(this.#treeOf(tree));
    for (;;) {
      const theirs = await this.#ask(tree, part);
      if (theirs.type !== 'part') return leavesOf(theirs);
      this.#comparison.tally.bytes += partBytes(theirs.part);
      const mine = descend(this.#treeOf(tree), theirs.part);
      if (mine.type !== 'part') return leavesOf(mine);
      part = mine.part;
    }
  }

  async #stillDiffering({ tree, leaves }: Suspect): Promise<readonly number[]> {
    const mine = this.#treeOf(tree);
    const level = mine.depth - 1;
    const nodes = [...new Set(leaves.map((leaf) => leaf >> FAN_OUT_BITS))];
    const part = { level, nodes, hashes: mine.childHashes(level, nodes) };
    const differing = new Set(leavesOf(await this.#ask(tree, part)));
    return leaves.filter((leaf) => differing.has(leaf));
  }

  #ask(tree: TreeName, part: TreePart): Promise<Step> {
    this.#sent('trees', partBytes(part));
    return this.#call(WALK_TREE, { tree, part }, LOOK_MS_MAX);
  }

  /** True when all that differed was exchanged. */
  async #exchangeTree(suspect: Suspect): Promise<boolean> {
    const leaves = await this.#stillDiffering(suspect);
    if (leaves.length === 0) return true;
    const { tree } = suspect;
    let whole = true;
    let after: Uint8Array | null = null;
    do {
      const page = await this.#listBoth(tree, leaves, after);
      whole = (await this.#mover.move(tree, page)) && whole;
      after = page.span.last;
    } while (after !== null);
    this.#ports.counts.exchanges.add();
    return whole;
  }

  /** What differs among the next keys: as many as both sides could list. */
  async #listBoth(tree: TreeName, leaves: readonly number[], after: Uint8Array | null) {
    const { tally, bucketNumber } = this.#comparison;
    const own = await this.listHere(tree, leaves, { after, last: null });
    const span: KeySpan = { after, last: own.reached ?? null };
    this.#sent('items', 2 * leaves.length);
    const reply = await this.#call(LIST_LEAVES, { tree, bucketNumber, leaves, span }, CALL_MS_MAX);
    tally.bytes += reply.items.length;
    const last = reply.reached ?? span.last;
    const isWithin = ({ storedKey }: KeptItem) =>
      last === null || compareBytes(storedKey, last) <= 0;
    const items = own.found.filter(isWithin);
    const difference = differingItems(encodeItems(items), reply.items);
    return { span: { after, last }, items, difference };
  }

  /** The next keys of these leaves that are here: as many as fit in a page. */
  listHere(tree: TreeName, leaves: readonly number[], span: KeySpan): Promise<Page<KeptItem>> {
    const { clock, store, trees, damaged, readPace } = this.#ports;
    const { bucketNumber } = this.#comparison;
    const endsAt = clock.now() + PAGE_MS_MAX;
    const { partition, n } = tree;
    const isOfTree = (number: number) =>
      trees.treeOf(partition, number) === n && (bucketNumber === null || bucketNumber === number);
    const ports: ScanPorts = {
      store,
      onDamaged: (address) => damaged.note(address),
      pause: async (bytes) => {
        await readPace.spend(bytes);
        this.#refuseWhenClosed();
        // Behind what the peer reaches in a page all would be read again for the next.
        return clock.now() < endsAt;
      },
    };
    const isLeftOut = (storedKey: Uint8Array) => trees.isLeftOut(storedKey);
    const filter = { isOfTree, isLeftOut, depth: trees.depth, leaves: new Set(leaves) };
    this.#refuseWhenClosed();
    return scanLeaves(ports, rangeOf(tree, span), filter);
  }

  /** Resolves with true when the peer has all of these on disk. */
  push(tree: TreeName, addresses: readonly Address[]): Promise<boolean> {
    return this.#mover.push(tree, addresses);
  }

  #done(tree: TreeName): void {
    const { peer, tally } = this.#comparison;
    this.#ports.times.note(peer, tree);
    tally.treesDone++;
  }

  #call<Request, Reply>(
    type: CallType<Request, Reply>,
    request: Request,
    timeoutMs: number,
  ): Promise<Reply> {
    const { transport, clock } = this.#ports;
    const deadline = clock.now() + timeoutMs;
    return transport.call(this.#comparison.peer, type, request, { deadline });
  }

  #sent(part: 'roots' | 'trees' | 'items', bytes: number): void {
    this.#ports.counts.sentBytes[part].add(bytes);
    this.#comparison.tally.bytes += bytes;
  }

  #find(partition: number, n: number): HashTree | undefined {
    return this.#ports.trees.tree(partition, n);
  }

  #treeOf({ partition, n }: TreeName): HashTree {
    const tree = this.#find(partition, n);
    if (tree !== undefined) return tree;
    throw new QuorateError('not_ready', `the trees of partition ${partition} are being built`);
  }

  #refuseWhenClosed(): void {
    if (this.#ports.isClosed()) throw new QuorateError('not_ready', 'the node is stopping');
  }
}

function leavesOf(step: Step): readonly number[] {
  return step.type === 'leaves' ? step.leaves : [];
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[], random: Random): readonly Item[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random.float() * (i + 1));
    [order[i], order[j]] = [order[j] as Item, order[i] as Item];
  }
  return order;
}
