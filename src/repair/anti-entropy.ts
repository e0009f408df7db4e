/**
 * Anti-entropy (Dynamo, section 4.7): replicas of a partition compare their trees every few
 * seconds and exchange what differs, so that keys which nobody reads converge too.
 *
 * Each node drives the comparisons in which it comes first (tree-pairs.ts), with every peer by
 * itself: at most one comparison a pair at a time, and few that exchange objects at once. A
 * peer that is back is compared at once. A comparison that could not be completed is begun
 * anew after a pause that doubles.
 */

import { DecodeError } from '../kernel/bytes.ts';
import { isExpected, StoreError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Timer } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { Logger } from '../ports/logger.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import type { BackgroundBudget } from './background-budget.ts';
import { ASK_TO_COMPARE, type TreeName } from './exchange-messages.ts';
import { newTally } from './exchange-tally.ts';
import { type Comparison, PairExchange, type PairExchangePorts } from './pair-exchange.ts';
import { RestingTrees } from './resting-trees.ts';
import { Slots } from './slots.ts';
import { drivenTrees, replicaCounts } from './tree-pairs.ts';

export interface AntiEntropyPorts extends Omit<PairExchangePorts, 'isClosed'> {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly liveness: Liveness;
  readonly budget: BackgroundBudget;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** Comparisons that exchange objects at the same time, of those that this node drives. */
const EXCHANGES_MAX = 2;

/** Each round is this part of its interval earlier or later, at most. */
const JITTER = 0.25;

/** How often a node that was started looks whether it counts, and may compare. */
const LOOK_EVERY_MS = 200;

/** In rounds: how long an exchange that failed again and again is left alone, at most. */
const BACK_OFF_ROUNDS_MAX = 8;

export interface ComparisonOutcome {
  /** False where that could not be done, for what may go wrong between nodes. */
  readonly completed: boolean;
  /** Left out: their trees are being built, here or there, or the peer refused. */
  readonly postponed: readonly TreeName[];
  /** Compared, and they differ still. */
  readonly unfinished: readonly TreeName[];
}

interface Pair {
  readonly comparing: boolean;
  /** Comparisons in a row that could not be completed. */
  readonly failures: number;
  readonly roundsToRest: number;
}

const IDLE: Pair = { comparing: false, failures: 0, roundsToRest: 0 };

export class AntiEntropy {
  readonly #ports: AntiEntropyPorts;
  readonly #slots = new Slots(EXCHANGES_MAX);
  /** One comparison a peer at a time, whoever asked for it. */
  readonly #turns = new Map<NodeId, Slots>();
  readonly #pairs = new Map<NodeId, Pair>();
  readonly #resting = new RestingTrees();
  readonly #tally = newTally();
  #forgetReturns: () => void = () => {};
  #timer: Timer | undefined;
  #closed = false;

  constructor(ports: AntiEntropyPorts) {
    this.#ports = ports;
  }

  /** Compares with every peer so often. */
  start(everyMs: number): void {
    const { liveness, transport } = this.#ports;
    this.#forgetReturns = liveness.onReturn((node) => {
      this.#hasten(node);
      transport.send(node, ASK_TO_COMPARE, null);
    });
    transport.serve(ASK_TO_COMPARE, (_, { from }) => this.#hasten(from));
    this.#planRound(0, everyMs);
  }

  stop(): void {
    this.#closed = true;
    this.#forgetReturns();
    this.#timer?.cancel();
  }

  /** Compares these trees with the peer and exchanges what differs. */
  async compare(comparison: Comparison, trees: readonly TreeName[]): Promise<ComparisonOutcome> {
    const { peer } = comparison;
    const turns = this.#turns.get(peer) ?? new Slots(1);
    this.#turns.set(peer, turns);
    try {
      return await turns.run(() => this.#compare(comparison, trees));
    } catch (error) {
      this.#checkExpected(peer, error);
      return { completed: false, postponed: [], unfinished: [] };
    }
  }

  async #compare(comparison: Comparison, trees: readonly TreeName[]): Promise<ComparisonOutcome> {
    const exchange = new PairExchange(this.#exchangePorts(), comparison);
    const { differing, postponed } = await exchange.compareRoots(trees);
    if (differing.length === 0) return { completed: true, postponed, unfinished: [] };
    const unfinished = await this.#slots.run(() => exchange.exchange(differing));
    return { completed: unfinished.length === 0, postponed, unfinished };
  }

  #hasten(peer: NodeId): void {
    this.#pairs.set(peer, { ...this.#pairOf(peer), failures: 0, roundsToRest: 0 });
    this.#resting.wake(peer);
    this.#compareInBackground(peer);
  }

  #planRound(delayMs: number, everyMs: number): void {
    const { clock, random, view } = this.#ports;
    this.#timer = clock.setTimer(delayMs, () => {
      const counts = view.formed && view.counted;
      if (counts) this.#round();
      const jittered = everyMs * (1 + JITTER * (2 * random.float() - 1));
      this.#planRound(counts ? jittered : Math.min(LOOK_EVERY_MS, everyMs), everyMs);
    });
  }

  #round(): void {
    const { view, self } = this.#ports;
    for (const peer of drivenTrees(self, view, replicaCounts(view)).keys()) {
      const pair = this.#pairOf(peer);
      this.#resting.passRound(peer);
      if (pair.roundsToRest === 0) this.#compareInBackground(peer);
      else this.#pairs.set(peer, { ...pair, roundsToRest: pair.roundsToRest - 1 });
    }
  }

  #compareInBackground(peer: NodeId): void {
    const { view, self, liveness, onFatal } = this.#ports;
    if (this.#closed || !view.formed || !view.counted || this.#pairOf(peer).comparing) return;
    const driven = drivenTrees(self, view, replicaCounts(view)).get(peer) ?? [];
    const trees = this.#resting.awake(peer, driven);
    if (trees.length === 0 || !liveness.reachable(peer)) return;
    this.#pairs.set(peer, { ...this.#pairOf(peer), comparing: true });
    this.compare({ peer, bucketNumber: null, tally: this.#tally }, trees).then(
      ({ completed, unfinished }) => {
        this.#resting.note(peer, trees, unfinished);
        // Trees that differ still rest by themselves; the peer does where nothing could be said.
        this.#afterComparison(peer, completed || unfinished.length > 0);
      },
      (error: unknown) => {
        // A store that failed has stopped the node already.
        if (!(error instanceof StoreError)) onFatal(error);
      },
    );
  }

  #afterComparison(peer: NodeId, completed: boolean): void {
    const failures = completed ? 0 : this.#pairOf(peer).failures + 1;
    const roundsToRest =
      failures === 0 ? 0 : Math.min(BACK_OFF_ROUNDS_MAX, 2 ** (failures - 1)) - 1;
    this.#pairs.set(peer, { comparing: false, failures, roundsToRest });
  }

  #pairOf(peer: NodeId): Pair {
    return this.#pairs.get(peer) ?? IDLE;
  }

  #exchangePorts(): PairExchangePorts {
    return { ...this.#ports, isClosed: () => this.#closed };
  }

  /** Anything else than what may go wrong between nodes is a fault of the program. */
  #checkExpected(peer: NodeId, error: unknown): void {
    const { logger, counts } = this.#ports;
    if (!isExpected(error) && !(error instanceof DecodeError)) throw error;
    counts.exchangeFailures.add();
    logger.debug('replicas not compared', { peer, error });
  }
}
