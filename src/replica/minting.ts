/**
 * Writes get their dot and their stamp here, and become part of what is known of the key. A
 * node has one lineage and one clock for it, whatever the record is that keeps the result.
 */

import type { ConflictPolicy } from '../causality/answer.ts';
import { type Context, contextOfRead, joinContexts } from '../causality/context.ts';
import { type Lineage, mintDot } from '../causality/mint.ts';
import { type Content, type SiblingObject, supersede } from '../causality/sibling-object.ts';
import { coversAll, type Dot } from '../causality/version-vector.ts';
import { invariant } from '../kernel/invariant.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import { HybridClock } from './hybrid-clock.ts';
import { checkLimits } from './limits.ts';
import type { CarriedState } from './messages.ts';
import type { ReapNumbers } from './reap-numbers.ts';
import { type EncodedVersion, encodeVersion, type ReplicaRecord } from './record-codec.ts';
import { SiblingWatch } from './sibling-watch.ts';
import type { Address } from './store-keys.ts';

/** A write with its dot, and what it makes of the object. */
export interface MintedWrite extends EncodedVersion, CarriedState {
  readonly dot: Dot;
  /** What it replaced. */
  readonly seen: Context;
  readonly object: SiblingObject;
}

export interface MintingPorts {
  readonly reaps: ReapNumbers;
  readonly lineage: Lineage;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export class Minting {
  readonly #reaps: ReapNumbers;
  readonly #lineage: Lineage;
  readonly #hybridClock: HybridClock;
  readonly #siblingWatch: SiblingWatch;

  constructor(ports: MintingPorts) {
    this.#reaps = ports.reaps;
    this.#lineage = ports.lineage;
    this.#hybridClock = new HybridClock(ports);
    this.#siblingWatch = new SiblingWatch(ports);
  }

  /** Stamps given from here on are later than those of the object. */
  observe(object: SiblingObject): void {
    this.#hybridClock.observe(greatestHlc(object));
  }

  /**
   * A write on what is known of the key, minted and stamped, and not applied yet; what is known
   * was read under the present reap number. Where the
   * last write wins, a put replaces all that is known, as if its writer had just read it.
   * @param local what is known, which covers the dots of the context; and the last dot that the
   *   record which is to keep the result minted
   */
  mint(
    address: Address,
    local: Pick<ReplicaRecord, 'object' | 'self'>,
    context: Context,
    content: Content | undefined,
    conflict: ConflictPolicy,
  ): MintedWrite {
    const { clock } = local.object;
    invariant(coversAll(clock, context.dots), 'coordinating without what the context names');
    const reap = this.#reaps.of(address.partition);
    const replacesAll = conflict === 'lww' && content !== undefined;
    const seen = replacesAll ? joinContexts(context, contextOfRead(clock, reap)) : context;
    const dot = mintDot(local.self, this.#lineage, clock, seen.clock);
    const greatest = greatestHlc(local.object);
    const stamped = content && { ...content, hlc: this.#hybridClock.stamp(greatest) };
    const object = supersede(local.object, seen, dot, stamped);
    if (content !== undefined) {
      checkLimits(object);
      this.#siblingWatch.note(address, object.siblings.length);
    }
    return { dot, seen, object, reap, ...encodeVersion(object) };
  }
}

/** 0 where there is no value. */
function greatestHlc({ siblings }: SiblingObject): number {
  return siblings.reduce((greatest, { hlc }) => Math.max(greatest, hlc), 0);
}
