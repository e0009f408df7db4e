/**
 * The objects of an exchange, both ways: what only the peer has comes here, what only this node
 * has goes there, and where versions differ the peer's comes here first and the merged one goes
 * back if the peer has yet to learn from it.
 *
 * A batch has arrived when the receiver has all of it on disk.
 */

import { compareBytes } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { ItemDifference } from '../merkle/leaf-items.ts';
import type { Transport } from '../ports/transport.ts';
import type { KeptItem } from '../replica/leaf-scan.ts';
import {
  addressOf,
  type CarriedState,
  STORE_OBJECTS,
  type StoreRequest,
  stateIn,
  storeRequest,
} from '../replica/messages.ts';
import { type Address, addressAt } from '../replica/store-keys.ts';
import {
  BATCH_BYTES_MAX,
  BATCH_OBJECTS_MAX,
  CALL_MS_MAX,
  type KeySpan,
  PULL_OBJECTS,
  type TreeName,
} from './exchange-messages.ts';
import type { Comparison, PairExchangePorts } from './pair-exchange.ts';

/** What was listed on both sides of some span of keys. */
export interface ListedSpan {
  readonly span: KeySpan;
  /** Of this node. */
  readonly items: readonly KeptItem[];
  readonly difference: ItemDifference;
}

export type ObjectMoverPorts = Pick<
  PairExchangePorts,
  'clock' | 'replica' | 'counts' | 'objectPace' | 'isClosed'
> & { readonly transport: Transport };

const HASH_BYTES_ON_WIRE = 9;

export class ObjectMover {
  readonly #ports: ObjectMoverPorts;
  readonly #comparison: Comparison;

  constructor(ports: ObjectMoverPorts, comparison: Comparison) {
    this.#ports = ports;
    this.#comparison = comparison;
  }

  /** Resolves with true when every object has arrived. */
  async move(tree: TreeName, { span, items, difference }: ListedSpan): Promise<boolean> {
    const { pull, push, merge } = difference;
    const pulled = await this.#pull(tree, [...pull, ...merge], span);
    const onlyHere = new Set(push);
    const addresses = items
      .filter(({ keyHash }) => onlyHere.has(keyHash))
      .map(({ storedKey }) => addressAt(storedKey));
    const pushed = await this.push(tree, [...addresses, ...pulled.newerHere]);
    return pulled.whole && pushed;
  }

  /** `newerHere`: of what came, keys of which this node knows more than the peer. */
  async #pull(tree: TreeName, keyHashes: readonly bigint[], span: KeySpan) {
    const { transport, clock, counts } = this.#ports;
    const { peer, tally } = this.#comparison;
    const newerHere: Address[] = [];
    let whole = true;
    let after = span.after;
    while (keyHashes.length > 0) {
      const deadline = clock.now() + CALL_MS_MAX;
      const request = { tree, keyHashes, span: { after, last: span.last } };
      const asked = HASH_BYTES_ON_WIRE * keyHashes.length;
      counts.sentBytes.items.add(asked);
      tally.bytes += asked;
      const { objects, reached } = await transport.call(peer, PULL_OBJECTS, request, { deadline });
      whole = (await this.#take(objects, newerHere)) && whole;
      if (reached === null) break;
      after = reached;
    }
    return { newerHere, whole };
  }

  async #take(objects: readonly StoreRequest[], newerHere: Address[]): Promise<boolean> {
    const { replica, clock, counts, objectPace } = this.#ports;
    const { tally } = this.#comparison;
    let whole = true;
    for (const batch of batchesOf(objects)) {
      this.#refuseWhenClosed();
      const deadline = clock.now() + CALL_MS_MAX;
      const outcomes = await Promise.all(batch.map((object) => replica.take(object, deadline)));
      const taken = batch.filter((_, i) => outcomes[i] === 'durable');
      whole = whole && taken.length === batch.length;
      counts.keysPulled.add(taken.length);
      tally.keysPulled += taken.length;
      tally.bytes += bytesOf(batch);
      this.#refuseWhenClosed();
      for (const object of taken)
        if (this.#knowsMoreThan(object)) newerHere.push(addressOf(object));
      await objectPace.spend(bytesOf(batch));
    }
    return whole;
  }

  /** What came is stored as it came unless there was more to it here. */
  #knowsMoreThan(request: StoreRequest): boolean {
    const version = this.#versionAt(addressOf(request));
    return version !== undefined && compareBytes(version.encoded, stateIn(request).encoded) !== 0;
  }

  /** Resolves with true when the peer has all of these on disk. */
  async push(tree: TreeName, addresses: readonly Address[]): Promise<boolean> {
    let whole = true;
    for (const batch of batchesOf(this.#requestsFor(tree, addresses))) {
      whole = (await this.#send(batch)) && whole;
    }
    return whole;
  }

  /** Each object is read when its batch is filled. */
  *#requestsFor({ epoch }: TreeName, addresses: readonly Address[]): Iterable<StoreRequest> {
    for (const address of addresses) {
      this.#refuseWhenClosed();
      const version = this.#versionAt(address);
      if (version !== undefined) yield storeRequest({ ...address, epoch }, version);
    }
  }

  async #send(batch: readonly StoreRequest[]): Promise<boolean> {
    const { transport, clock, counts, objectPace } = this.#ports;
    const { peer, tally } = this.#comparison;
    const deadline = clock.now() + CALL_MS_MAX;
    const bytes = bytesOf(batch);
    counts.sentBytes.objects.add(bytes);
    tally.bytes += bytes;
    const outcomes = await transport.call(peer, STORE_OBJECTS, batch, { deadline });
    const taken = outcomes.filter((outcome) => outcome === 'durable').length;
    counts.keysPushed.add(taken);
    tally.keysPushed += taken;
    await objectPace.spend(bytes);
    return taken === batch.length;
  }

  /** The object as it is now; undefined where it is gone, or damaged. */
  #versionAt(address: Address): CarriedState | undefined {
    try {
      return this.#ports.replica.version(address);
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      return undefined;
    }
  }

  #refuseWhenClosed(): void {
    if (this.#ports.isClosed()) throw new QuorateError('not_ready', 'the node is stopping');
  }
}

function* batchesOf(objects: Iterable<StoreRequest>): Iterable<readonly StoreRequest[]> {
  let batch: StoreRequest[] = [];
  let bytes = 0;
  for (const object of objects) {
    batch.push(object);
    bytes += bytesOf([object]);
    if (batch.length < BATCH_OBJECTS_MAX && bytes < BATCH_BYTES_MAX) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

function bytesOf(batch: readonly StoreRequest[]): number {
  return batch.reduce((sum, [, , key, , , object]) => sum + key.length + object.length, 0);
}
