/**
 * What a node does in the place of others: it keeps hints for them, answers reads from those,
 * and coordinates where no replica can (Dynamo, section 4.6).
 *
 * To such a node a key is what all its hints say together, whomever they are for. Only what
 * is asked for at a key that it keeps no replica of comes here.
 */

import type { ConflictPolicy } from '../causality/answer.ts';
import type { Context } from '../causality/context.ts';
import { encodeObject } from '../causality/object-codec.ts';
import {
  type Content,
  isAbsent,
  merge,
  type SiblingObject,
  versionDigest,
} from '../causality/sibling-object.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Store } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import { Admission } from './admission.ts';
import type { Hints } from './hints.ts';
import {
  type Addressed,
  addressOf,
  type CarriedState,
  FETCH_HINTS,
  type FetchReply,
  type FetchRequest,
  type HintRequest,
  STORE_HINT,
  stateIn,
} from './messages.ts';
import type { ReapNumbers } from './reap-numbers.ts';
import type { CoordinatedWrite, Replica } from './replica.ts';
import type { Address } from './store-keys.ts';
import { sweepHints } from './sweep.ts';

export interface FallbackPorts {
  readonly self: NodeId;
  readonly view: ClusterView;
  readonly store: Store;
  readonly hints: Hints;
  readonly reaps: ReapNumbers;
  /** Mints and stamps: a node has one lineage and one clock. */
  readonly replica: Replica;
}

export class Fallback {
  readonly #ports: FallbackPorts;
  readonly #admission: Admission;
  #closed = false;

  constructor(ports: FallbackPorts) {
    this.#ports = ports;
    this.#admission = new Admission(ports.self, ports.view);
  }

  /** Answers the other nodes. */
  serve(transport: Transport): void {
    transport.serve(STORE_HINT, (request, { deadline }) => this.#storeHint(request, deadline));
    transport.serve(FETCH_HINTS, (request, { deadline }) => this.#fetch(request, deadline));
  }

  /** From here on nothing is written. */
  close(): void {
    this.#closed = true;
    this.#ports.hints.close();
  }

  /** Removes hints of deleted buckets; resolves with how many those were. */
  sweep(nextTurn: () => Promise<void>): Promise<number> {
    const { store, hints, view } = this.#ports;
    return sweepHints(store, hints, view, () => this.#closed, nextTurn);
  }

  /** What the hints here know of the key, pending writes included. Throws `corrupt_record`. */
  read(address: Address): SiblingObject {
    return this.#ports.hints.readAll(address);
  }

  /** What to await before `read`'s result may be told to anybody; undefined: nothing. */
  durable(address: Address): Promise<void> | undefined {
    return this.#ports.hints.durable(address);
  }

  /**
   * Merges what somebody knew into the hint for the target; resolves when that is on disk.
   * Throws `no_such_bucket`, `stale_epoch`, `stale_reap`, `hints_full`, and `corrupt_record` where
   * the hint here is damaged.
   */
  async store(target: NodeId, address: Addressed, { encoded, reap }: CarriedState): Promise<void> {
    this.#admission.admitToFallback(address, target);
    this.#admission.refuseWhenDeparting();
    const { hints, replica, reaps } = this.#ports;
    reaps.refuseOlder(address.partition, reap);
    return hints.store(target, address, replica.receive(encoded));
  }

  /**
   * Mints the dot of a write and keeps the result for the target. The dot counts on from the
   * `self` of this one hint.
   * Throws `stale_epoch`, `stale_reap` and `hints_full`.
   * @param learned what else is known of the key, and under which reap number it was read; with
   *   the hints it covers the context's dots
   */
  coordinate(
    target: NodeId,
    address: Addressed,
    learned: { readonly object: SiblingObject; readonly reap: number },
    context: Context,
    content: Content | undefined,
    conflict: ConflictPolicy,
  ): CoordinatedWrite {
    this.#admission.admitToFallback(address, target);
    this.#admission.refuseWhenDeparting();
    const { hints, replica, reaps } = this.#ports;
    if (!isAbsent(learned.object)) reaps.refuseOlder(address.partition, learned.reap);
    const self = hints.read(target, address)?.self;
    const object = merge(hints.readAll(address), learned.object);
    const write = replica.mint(address, { object, self }, context, content, conflict);
    return { ...write, durable: hints.write(target, address, write, write.dot) };
  }

  async #storeHint(request: HintRequest, deadline: number): Promise<true> {
    const [, , , , , , target] = request;
    const address = addressOf(request);
    const admission = this.#admission;
    if (!admission.isAbreastOf(address)) await admission.catchUp(address, deadline);
    await this.store(target, address, stateIn(request));
    admission.refuseToCount();
    return true;
  }

  async #fetch(request: FetchRequest, deadline: number): Promise<FetchReply> {
    const [, , , , digest] = request;
    const address = addressOf(request);
    const admission = this.#admission;
    admission.refuseToCount();
    if (!admission.isAbreastOf(address)) await admission.catchUp(address, deadline);
    admission.admitToFallback(address);
    const { reaps } = this.#ports;
    const { partition } = address;
    const numbers = [reaps.of(partition), reaps.completed(partition)] as const;
    const object = this.read(address);
    await this.durable(address);
    if (isAbsent(object)) return [...numbers, 'absent'];
    return [...numbers, digest === versionDigest(object) ? 'same' : encodeObject(object)];
  }
}
