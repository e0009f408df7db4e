/**
 * The hints for one target on their way, batch after batch, until none is left.
 *
 * A hint goes only when everybody it is for has acknowledged it as durable and it is still the
 * version that was sent. Whatever else happens it stays, and is tried again after a pause that
 * doubles, with jitter, for ever. A pass that was under way when the target fell silent does not
 * wait long for what may have been lost: once the target is back it has a moment to answer.
 * Whom it is for: see hint-recipients.ts. Those who take it look at the epoch that this node
 * looked at, so nobody acknowledges it who is meant no longer.
 */

import { isExpected, QuorateError, StoreError, TransportError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Liveness } from '../ports/liveness.ts';
import type { Logger } from '../ports/logger.ts';
import type { Counter } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';
import type { Transport } from '../ports/transport.ts';
import type { Hint, Hints } from '../replica/hints.ts';
import { STORE_OBJECTS, storeRequest } from '../replica/messages.ts';
import { type Address, hintsBeyond, hintsFor } from '../replica/store-keys.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { partitionEpoch } from '../ring/ring.ts';
import type { BackgroundBudget } from './background-budget.ts';
import { hintRecipients } from './hint-recipients.ts';
import type { Pace } from './pace.ts';

/** The receiver merges a batch in one turn, so it is small enough to be a short one. */
const BATCH = { countMax: 512, bytesMax: 256 * 1024 };
/** After so many batches in a row of which nothing was taken a pass ends. */
const BATCHES_IN_VAIN_MAX = 2;

const CALL_MS_MAX = 10_000;
/** For answers to what was sent before the target returned: they may be on their way. */
const ANSWER_AFTER_RETURN_MS = 1_000;

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;

export interface HintStreamPorts {
  readonly target: NodeId;
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly liveness: Liveness;
  readonly hints: Hints;
  readonly logger: Logger;
  readonly budget: BackgroundBudget;
  readonly pace: Pace;
  readonly delivered: Counter;
  readonly failures: Counter;
  readonly onFatal: (error: unknown) => void;
  /** Nothing is left for the target. */
  readonly onDone: () => void;
}

export class HintStream {
  readonly #ports: HintStreamPorts;
  #timer: Timer | undefined;
  /** In `clock.now()`; undefined while it delivers. */
  #nextAt: number | undefined;
  /** Passes in a row that delivered nothing. */
  #failures = 0;
  /**
   * The last hint that a pass came to which ended early: the next one goes on behind it, so that
   * what a target never takes holds up nothing else. Undefined: begin with the first.
   */
  #cameTo: Address | undefined;
  /** The target returned during the pass: the next one begins without a pause. */
  #isHastened = false;
  /** Of the calls of the batch that is under way. */
  #giveUps: (() => void)[] = [];
  #closed = false;

  constructor(ports: HintStreamPorts) {
    this.#ports = ports;
  }

  /** How long until it tries again; undefined while it delivers. */
  get retryInMs(): number | undefined {
    if (this.#nextAt === undefined) return undefined;
    return Math.max(0, this.#nextAt - this.#ports.clock.now());
  }

  begin(delayMs: number): void {
    const { clock } = this.#ports;
    this.#timer?.cancel();
    this.#nextAt = clock.now() + delayMs;
    this.#timer = clock.setTimer(delayMs, () => this.#run());
  }

  /** The target is back: neither a long pause nor an answer that was lost is waited for. */
  hasten(): void {
    this.#failures = 0;
    if (this.#nextAt !== undefined) {
      this.begin(0);
      return;
    }
    this.#isHastened = true;
    const giveUps = this.#giveUps;
    this.#timer?.cancel();
    this.#timer = this.#ports.clock.setTimer(ANSWER_AFTER_RETURN_MS, () => {
      for (const giveUp of giveUps) giveUp();
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #run(): void {
    this.#nextAt = undefined;
    this.#isHastened = false;
    this.#pass().then(
      (delivered) => this.#afterPass(delivered),
      (error: unknown) => {
        // A store that failed has stopped the node already.
        if (!(error instanceof StoreError)) this.#ports.onFatal(error);
      },
    );
  }

  #afterPass(delivered: number): void {
    if (this.#closed) return;
    const { target, hints, random, onDone } = this.#ports;
    if (!hints.has(target)) {
      onDone();
      return;
    }
    if (this.#isHastened) {
      this.begin(0);
      return;
    }
    this.#failures = delivered > 0 ? 0 : this.#failures + 1;
    const pauseMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.#failures);
    this.begin(pauseMs * (1 - random.float() / 2));
  }

  /** Tries each hint once; resolves with how many were delivered. */
  async #pass(): Promise<number> {
    const { target, view, hints, budget, pace } = this.#ports;
    let delivered = 0;
    let inVain = 0;
    let rest = hintsFor(target, this.#cameTo);
    if (hints.firstIn(rest) === undefined) rest = hintsFor(target, undefined);
    this.#cameTo = undefined;
    while (!this.#closed && view.formed && view.counted) {
      const first = hints.firstIn(rest);
      if (first === undefined) break;
      if (!this.#canDeliver(first)) {
        rest = hintsBeyond(target, first);
        await pace.spend(0);
        continue;
      }
      const batch = hints.batch(rest, BATCH);
      await this.#discard(batch.damaged);
      const acknowledged = await budget.run(() => this.#deliver(batch.hints));
      this.#cameTo = batch.last;
      if (acknowledged === undefined) break;
      await hints.removeUnchanged(target, acknowledged);
      delivered += acknowledged.length;
      if (batch.hints.length > 0) inVain = acknowledged.length === 0 ? inVain + 1 : 0;
      // It answers and takes nothing: it is not ready, or knows the ring otherwise.
      if (inVain >= BATCHES_IN_VAIN_MAX) break;
      this.#cameTo = undefined;
      rest = hintsFor(target, batch.last);
      await pace.spend(batch.hints.reduce((sum, { encoded }) => sum + encoded.length, 0));
    }
    return delivered;
  }

  /** Those that everybody they are for has on disk; undefined: somebody gave no answer. */
  async #deliver(hints: readonly Hint[]): Promise<readonly Hint[] | undefined> {
    const byRecipient = new Map<NodeId, Hint[]>();
    const sent = hints.filter(({ address }) => this.#canDeliver(address));
    for (const hint of sent) {
      for (const node of this.#recipientsOf(hint.address)) {
        const forNode = byRecipient.get(node) ?? [];
        byRecipient.set(node, forNode);
        forNode.push(hint);
      }
    }
    this.#giveUps = [];
    const sendings = [...byRecipient].map(([node, forNode]) => this.#send(node, forNode));
    const refused = await Promise.all(sendings);
    if (refused.includes(undefined)) return undefined;
    const kept = new Set(refused.flatMap((list) => list ?? []));
    const acknowledged = sent.filter((hint) => !kept.has(hint));
    this.#ports.delivered.add(acknowledged.length);
    this.#ports.failures.add(kept.size);
    return acknowledged;
  }

  /** Those that the node did not acknowledge as durable; undefined: it gave no answer. */
  async #send(node: NodeId, hints: readonly Hint[]): Promise<readonly Hint[] | undefined> {
    const { view, clock, transport, logger } = this.#ports;
    const ring = view.ring();
    const requests = hints.map(({ address, ...state }) =>
      storeRequest({ ...address, epoch: partitionEpoch(ring, address.partition) }, state),
    );
    try {
      const deadline = clock.now() + CALL_MS_MAX;
      const reply = transport.call(node, STORE_OBJECTS, requests, { deadline });
      const outcomes = await Promise.race([reply, this.#givenUp(node)]);
      return hints.filter((_, i) => outcomes[i] !== 'durable');
    } catch (error) {
      if (!isExpected(error)) throw error;
      logger.debug('hints not delivered', { peer: node, error });
      this.#ports.failures.add(hints.length);
      return error instanceof QuorateError ? hints : undefined;
    }
  }

  /** Rejects when the call is waited for no longer. */
  #givenUp(node: NodeId): Promise<never> {
    return new Promise((_, reject) => {
      this.#giveUps.push(() =>
        reject(new TransportError('timeout', `${node} returned and did not answer`)),
      );
    });
  }

  #canDeliver(address: Address): boolean {
    const recipients = this.#recipientsOf(address);
    const { liveness } = this.#ports;
    return recipients.length > 0 && recipients.every((node) => liveness.responsive(node));
  }

  /** None where the bucket was deleted: the sweep removes what is left of it. */
  #recipientsOf({ partition, bucketNumber }: Address): readonly NodeId[] {
    const { target, view } = this.#ports;
    const bucket = view.bucketNumbered(bucketNumber);
    if (bucket === undefined) return [];
    return hintRecipients(view.ring(), partition, bucket.n, target);
  }

  /** Nobody can read them any more: what they held comes by anti-entropy from who has it. */
  async #discard(damaged: readonly Uint8Array[]): Promise<void> {
    if (damaged.length === 0) return;
    const { hints, logger, target } = this.#ports;
    await hints.remove(damaged);
    logger.error('hints failed their checksum and were discarded', {
      target,
      hints: damaged.length,
    });
  }
}
