/**
 * The table of hints: objects that this node keeps in the place of other nodes, until they
 * have them (Dynamo, section 4.6).
 *
 * One hint per target and key, always the merged newest state, so a thousand writes of one key
 * wait as one. A hint goes only when its target has that very version on disk. `self` is
 * private to one record here as it is among objects: a hint that went takes it along, and
 * what is stored anew counts under a new actor.
 *
 * Bounded in bytes: when full, new hints are refused, so that they do not acknowledge. While
 * the hints of an earlier run are still being counted, only those counted so far weigh.
 */

import { ABSENT, merge, type SiblingObject, sameVersion } from '../causality/sibling-object.ts';
import type { Dot } from '../causality/version-vector.ts';
import { compareBytes, DecodeError } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Counter, Metrics } from '../ports/metrics.ts';
import type { Store, StoreRange, StoreWrite } from '../ports/store.ts';
import { decodeHint, encodeHint, storedAtOf } from './hint-record.ts';
import { type HintSummary, HintTallies } from './hint-tally.ts';
import type { CarriedState } from './messages.ts';
import type { ReapNumbers } from './reap-numbers.ts';
import {
  type EncodedVersion,
  encodeRecord,
  encodeVersion,
  type ReplicaRecord,
} from './record-codec.ts';
import { type Address, hintAt, hintKey, hintsIn } from './store-keys.ts';

export interface HintsPorts {
  readonly store: Store;
  readonly reaps: Pick<ReapNumbers, 'of'>;
  readonly clock: Pick<Clock, 'wallTime' | 'setTimer'>;
  readonly metrics: Metrics;
  /** Of keys and records together. */
  readonly bytesMax: number;
}

/** A hint as it was read, on its way to its target. */
export interface Hint extends CarriedState {
  readonly address: Address;
}

/** A hint as people look at it. */
export interface SeenHint {
  readonly target: NodeId;
  /** Ms since 1970: see hint-record.ts. */
  readonly storedAt: number;
  readonly version: ReplicaRecord | undefined;
}

export interface HintBatch {
  readonly hints: readonly Hint[];
  /** Of the last hint that was looked at; undefined: there was none. */
  readonly last: Address | undefined;
  /** Stored keys of hints that failed their checksum and were passed over. */
  readonly damaged: readonly Uint8Array[];
}

export class Hints {
  readonly #ports: HintsPorts;
  readonly #tallies: HintTallies;
  readonly #stored: Counter;
  readonly #refused: Counter;
  #onStored: (target: NodeId) => void = () => {};
  #closed = false;

  constructor(ports: HintsPorts) {
    const { metrics } = ports;
    this.#ports = ports;
    this.#stored = metrics.counter({
      name: 'hints_stored_total',
      help: 'Hints stored or brought up to date for nodes that did not take a write',
    });
    this.#refused = metrics.counter({
      name: 'hints_refused_total',
      help: 'Hints refused because as many bytes wait here as may',
    });
    this.#tallies = new HintTallies(ports);
  }

  /** From here on nothing is written, so that the clean-stop mark can be the last write. */
  close(): void {
    this.#closed = true;
    this.#tallies.close();
  }

  /** Is told of every hint that is stored. */
  watch(onStored: (target: NodeId) => void): void {
    this.#onStored = onStored;
  }

  /** For whom hints wait. */
  get targets(): readonly NodeId[] {
    return this.#tallies.targets;
  }

  has(target: NodeId): boolean {
    return this.#tallies.has(target);
  }

  summaries(): readonly HintSummary[] {
    return this.#tallies.summaries();
  }

  /** What is kept for this target under the key. Throws `corrupt_record`. */
  read(target: NodeId, address: Address): ReplicaRecord | undefined {
    const bytes = this.#ports.store.get(hintKey(target, address));
    return bytes && decode(bytes, target);
  }

  /** What the hints of the key know together, pending writes included. Throws `corrupt_record`. */
  readAll(address: Address): SiblingObject {
    let known = ABSENT;
    for (const target of this.#tallies.targets) {
      const hint = this.read(target, address);
      if (hint !== undefined) known = merge(known, hint.object);
    }
    return known;
  }

  /** Each hint of the key by itself, to be looked at; one whose `version` is undefined is damaged. */
  lookAt(address: Address): readonly SeenHint[] {
    return this.targets.flatMap((target) => {
      const hint = this.#ports.store.get(hintKey(target, address));
      if (hint === undefined) return [];
      return [{ target, storedAt: storedAtOf(hint), version: wholeOf(hint) }];
    });
  }

  /** What to await before `readAll`'s result may be told to anybody; undefined: nothing. */
  durable(address: Address): Promise<void> | undefined {
    const { store } = this.#ports;
    const pending = this.targets.flatMap((to) => store.durable(hintKey(to, address)) ?? []);
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
  }

  /**
   * Merges an object into the hint; resolves when that is on disk. Throws `hints_full`, and
   * `corrupt_record` where the hint that is there is damaged.
   */
  async store(target: NodeId, address: Address, incoming: SiblingObject): Promise<void> {
    const known = this.read(target, address);
    if (known === undefined) return this.write(target, address, encodeVersion(incoming), undefined);
    const merged = merge(known.object, incoming);
    if (sameVersion(merged, known.object)) {
      return this.#ports.store.durable(hintKey(target, address));
    }
    return this.write(target, address, encodeVersion(merged), known.self);
  }

  /**
   * Puts an object in the place of the hint; resolves when that is on disk. Throws `hints_full`.
   * @param self what this very record minted last: of no other hint
   */
  write(
    target: NodeId,
    address: Address,
    version: EncodedVersion,
    self: Dot | undefined,
  ): Promise<void> {
    if (this.#closed) throw new QuorateError('not_ready', 'the node is stopping');
    const { store, clock, bytesMax } = this.#ports;
    const key = hintKey(target, address);
    const old = store.get(key);
    const storedAt = old ? storedAtOf(old) : Math.max(0, Math.floor(clock.wallTime()));
    const hint = encodeHint(storedAt, encodeRecord(version, self));
    const growth = hint.length - (old?.length ?? -key.length);
    if (growth > 0 && this.#tallies.bytes + growth > bytesMax) {
      this.#refused.add();
      throw hintsFull(bytesMax);
    }
    if (old !== undefined) this.#tallies.removed(key, old);
    this.#tallies.added(key, hint);
    this.#stored.add();
    const durable = store.write([{ type: 'put', key, value: hint }]);
    this.#onStored(target);
    return durable;
  }

  /** Whomever they are for, those that are not counted yet included. */
  hasAnyIn(partition: number): boolean {
    return this.targets.some((target) => this.firstIn(hintsIn(target, partition)) !== undefined);
  }

  /** The key of the first hint in the range: see store-keys.ts. */
  firstIn(range: StoreRange): Address | undefined {
    for (const { key } of this.#ports.store.range(range)) return hintAt(key).address;
    return undefined;
  }

  /**
   * The first hints in the range: at least one where there is any, then as many as both bounds
   * allow.
   */
  batch(
    range: StoreRange,
    { countMax, bytesMax }: { readonly countMax: number; readonly bytesMax: number },
  ): HintBatch {
    const hints: Hint[] = [];
    let last: Address | undefined;
    let bytes = 0;
    const damaged: Uint8Array[] = [];
    for (const { key, value } of this.#ports.store.range(range)) {
      bytes += key.length + value.length;
      if (hints.length === countMax || (hints.length > 0 && bytes > bytesMax)) break;
      const { address } = hintAt(key);
      last = address;
      const encoded = encodedOf(value);
      if (encoded === undefined) damaged.push(key);
      else hints.push({ address, encoded, reap: this.#ports.reaps.of(address.partition) });
    }
    return { hints, last, damaged };
  }

  /**
   * Removes those that are still what was read: a hint that changed on the way has more to
   * deliver. Resolves with how many went.
   */
  async removeUnchanged(target: NodeId, delivered: readonly Hint[]): Promise<number> {
    const unchanged = delivered.filter(({ address, encoded }) => {
      const bytes = this.#ports.store.get(hintKey(target, address));
      const now = bytes && encodedOf(bytes);
      return now !== undefined && compareBytes(now, encoded) === 0;
    });
    await this.remove(unchanged.map(({ address }) => hintKey(target, address)));
    return unchanged.length;
  }

  /** Removes hints, whatever they hold. */
  async remove(storedKeys: readonly Uint8Array[]): Promise<void> {
    if (this.#closed) return;
    const { store } = this.#ports;
    const writes: StoreWrite[] = [];
    for (const key of storedKeys) {
      const hint = store.get(key);
      if (hint === undefined) continue;
      this.#tallies.removed(key, hint);
      writes.push({ type: 'delete', key });
    }
    await store.write(writes);
  }
}

/** The object in its binary form; undefined where the hint is damaged. */
function encodedOf(hint: Uint8Array): Uint8Array | undefined {
  return wholeOf(hint)?.encoded;
}

function wholeOf(hint: Uint8Array): ReplicaRecord | undefined {
  try {
    return decodeHint(hint);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}

function decode(hint: Uint8Array, target: NodeId): ReplicaRecord {
  try {
    return decodeHint(hint);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new QuorateError('corrupt_record', `a hint for ${target} ${error.message}`);
  }
}

function hintsFull(bytesMax: number): QuorateError {
  return new QuorateError(
    'hints_full',
    `this node keeps as many bytes for other nodes as it may (${bytesMax}): the write is not kept here for them`,
  );
}
