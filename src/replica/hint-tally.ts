/**
 * How much waits for whom: of each target a number of hints, their bytes, and how old the
 * oldest is. Kept in memory; after a start what an earlier run left is counted a stretch a
 * turn, in the order of the keys, so that a key on either side of the count is counted once.
 */

import { compareBytes } from '../kernel/bytes.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Gauge, Metrics } from '../ports/metrics.ts';
import type { Store, StoreRange } from '../ports/store.ts';
import { storedAtOf } from './hint-record.ts';
import { ALL_HINTS, hintAt, hintsPast } from './store-keys.ts';

/** What waits for one target. */
export interface HintSummary {
  readonly target: NodeId;
  readonly count: number;
  /** Of keys and records. */
  readonly bytes: number;
  readonly oldestAgeMs: number;
}

export interface HintTalliesPorts {
  readonly store: Store;
  readonly clock: Pick<Clock, 'wallTime' | 'setTimer'>;
  readonly metrics: Metrics;
}

/** Hints counted in one turn after a start. */
const COUNTED_AT_ONCE = 1_000;

/**
 * Ages are kept as numbers of hints per slot of time, so that the next oldest is known when
 * the oldest goes. A week has 60,480 slots.
 */
const SLOT_MS = 10_000;

export class HintTallies {
  readonly #ports: HintTalliesPorts;
  readonly #tallies = new Map<NodeId, Tally>();
  readonly #waiting: Gauge;
  readonly #waitingBytes: Gauge;
  /** Hints up to this key are counted; undefined: all are. */
  #countedTo: Uint8Array | undefined = ALL_HINTS.from;
  #count = 0;
  #bytes = 0;
  #closed = false;

  constructor(ports: HintTalliesPorts) {
    const { store, metrics } = ports;
    this.#ports = ports;
    this.#waiting = metrics.gauge({ name: 'hints_waiting', help: 'Hints kept for other nodes' });
    this.#waitingBytes = metrics.gauge({
      name: 'hints_waiting_bytes',
      help: 'Bytes of the hints kept for other nodes',
    });
    for (const target of targetsOnDisk(store)) this.#tallies.set(target, new Tally());
    this.#countOn();
  }

  /** Of all hints counted so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** For whom hints wait, those not counted yet included. */
  get targets(): readonly NodeId[] {
    return [...this.#tallies.keys()];
  }

  has(target: NodeId): boolean {
    return this.#tallies.has(target);
  }

  summaries(): readonly HintSummary[] {
    const now = this.#ports.clock.wallTime();
    return [...this.#tallies].map(([target, tally]) => ({
      target,
      count: tally.count,
      bytes: tally.bytes,
      oldestAgeMs: Math.max(0, Math.floor(now - (tally.oldestStoredAt() ?? now))),
    }));
  }

  /** The hint is being stored under the key. */
  added(storedKey: Uint8Array, hint: Uint8Array): void {
    this.#change(storedKey, hint, 1);
  }

  /** The hint that was stored under the key is going. */
  removed(storedKey: Uint8Array, hint: Uint8Array): void {
    this.#change(storedKey, hint, -1);
  }

  close(): void {
    this.#closed = true;
  }

  #change(storedKey: Uint8Array, hint: Uint8Array, sign: 1 | -1): void {
    const { target } = hintAt(storedKey);
    const tally = this.#tallies.get(target) ?? new Tally();
    this.#tallies.set(target, tally);
    if (this.#countedTo !== undefined && compareBytes(storedKey, this.#countedTo) > 0) return;
    const bytes = sign * (storedKey.length + hint.length);
    tally.change(sign, bytes, storedAtOf(hint));
    this.#count += sign;
    this.#bytes += bytes;
    this.#waiting.set(this.#count);
    this.#waitingBytes.set(this.#bytes);
    if (this.#countedTo === undefined) this.#forgetWhereEmpty(target, tally);
  }

  #countOn(): void {
    if (this.#closed || this.#countedTo === undefined) return;
    const from = Buffer.concat([this.#countedTo, Uint8Array.of(0)]);
    let counted = 0;
    for (const { key, value } of this.#ports.store.range({ from, to: ALL_HINTS.to })) {
      this.#countedTo = key;
      this.added(key, value);
      if (++counted === COUNTED_AT_ONCE) break;
    }
    if (counted === COUNTED_AT_ONCE) {
      this.#ports.clock.setTimer(0, () => this.#countOn());
      return;
    }
    this.#countedTo = undefined;
    for (const [target, tally] of this.#tallies) this.#forgetWhereEmpty(target, tally);
  }

  #forgetWhereEmpty(target: NodeId, tally: Tally): void {
    if (tally.count === 0) this.#tallies.delete(target);
  }
}

class Tally {
  count = 0;
  bytes = 0;
  readonly #bySlot = new Map<number, number>();

  change(count: number, bytes: number, storedAt: number): void {
    this.count += count;
    this.bytes += bytes;
    const slot = Math.floor(storedAt / SLOT_MS);
    const inSlot = (this.#bySlot.get(slot) ?? 0) + count;
    if (inSlot === 0) this.#bySlot.delete(slot);
    else this.#bySlot.set(slot, inSlot);
  }

  /** Ms since 1970, up to a slot too early; undefined where there is no hint. */
  oldestStoredAt(): number | undefined {
    let oldest: number | undefined;
    for (const slot of this.#bySlot.keys()) {
      if (oldest === undefined || slot < oldest) oldest = slot;
    }
    return oldest === undefined ? undefined : oldest * SLOT_MS;
  }
}

function* targetsOnDisk(store: Store): Generator<NodeId> {
  let range = ALL_HINTS;
  for (;;) {
    const target = firstTargetIn(store, range);
    if (target === undefined) return;
    yield target;
    range = hintsPast(target);
  }
}

function firstTargetIn(store: Store, range: StoreRange): NodeId | undefined {
  for (const { key } of store.range(range)) return hintAt(key).target;
  return undefined;
}
