/**
 * What the coordinating node itself has of the key: its replica, or, where it stands in for a
 * primary, all the hints that it keeps. A request works with either in the same way.
 */

import type { Context } from '../causality/context.ts';
import { encodeObject } from '../causality/object-codec.ts';
import {
  ABSENT,
  type Content,
  isAbsent,
  merge,
  type SiblingObject,
  versionDigest,
} from '../causality/sibling-object.ts';
import { covers, coversAll, type Dot } from '../causality/version-vector.ts';
import type { NodeId } from '../kernel/names.ts';
import type { CarriedState } from '../replica/messages.ts';
import type { CoordinatedWrite } from '../replica/replica.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import type { Environment } from './environment.ts';

/** What is known of the key, and its version digest; undefined where that is nothing. */
export interface KnownVersion {
  readonly object: SiblingObject;
  readonly digest: bigint | undefined;
  /** The partition's reap number in the turn of the read. */
  readonly reap: number;
}

export interface LocalCopy {
  /** The primary whose place this copy fills. */
  readonly place: NodeId;
  /** Pending writes included. Throws `corrupt_record`. */
  read(): KnownVersion;
  /** What to await before `read`'s result may be told to anybody; undefined: nothing. */
  durable(): Promise<void> | undefined;
  /** Every single write that the context names is known. */
  knows(context: Context): boolean;
  /** Takes in what another node knew, before a write. Throws `stale_reap`. */
  learn(state: CarriedState): Promise<void>;
  /** Precondition: `knows(context)`, in the same turn. On a fallback throws `hints_full`, `stale_reap`. */
  coordinate(context: Context, content: Content | undefined): CoordinatedWrite;
}

export function localCopy(env: Environment, plan: KeyPlan): LocalCopy {
  return plan.replicas.includes(env.self) ? ownReplica(env, plan) : new HintedCopy(env, plan);
}

/** A write made here, as it is known by now; undefined where it is not known any more. */
export function readAgain(copy: LocalCopy, dot: Dot): CarriedState | undefined {
  const { object, reap } = copy.read();
  return covers(object.clock, dot) ? { encoded: encodeObject(object), reap } : undefined;
}

function ownReplica(env: Environment, { address, bucket }: KeyPlan): LocalCopy {
  const { self, replica, reaps } = env;
  return {
    place: self,
    read: () => {
      const { object = ABSENT, digest } = replica.read(address) ?? {};
      return { object, digest, reap: reaps.of(address.partition) };
    },
    durable: () => replica.durable(address),
    knows: (context) => replica.knows(address, context),
    learn: (state) => replica.store(address, state),
    coordinate: (context, content) =>
      replica.coordinate(address, context, content, bucket.conflict),
  };
}

/**
 * Hints go when they are delivered, also in the middle of a request; what was once known to
 * this request stays known to it, so a write never rests on something that went.
 */
class HintedCopy implements LocalCopy {
  readonly place: NodeId;
  readonly #env: Environment;
  readonly #plan: KeyPlan;
  #learned: SiblingObject = ABSENT;
  /** The lowest reap number under which any of it was read. */
  #learnedReap = Number.POSITIVE_INFINITY;

  constructor(env: Environment, plan: KeyPlan) {
    this.#env = env;
    this.#plan = plan;
    const isGone = (node: NodeId) => !env.liveness.responsive(node);
    this.place = plan.replicas.find(isGone) ?? (plan.replicas[0] as NodeId);
  }

  read(): KnownVersion {
    const { fallback, reaps } = this.#env;
    const { address } = this.#plan;
    const object = fallback.read(address);
    const digest = isAbsent(object) ? undefined : versionDigest(object);
    return { object, digest, reap: reaps.of(address.partition) };
  }

  durable(): Promise<void> | undefined {
    return this.#env.fallback.durable(this.#plan.address);
  }

  knows({ dots }: Context): boolean {
    if (dots.length === 0) return true;
    this.#takeIn(this.read());
    return coversAll(this.#learned.clock, dots);
  }

  async learn({ encoded, reap }: CarriedState): Promise<void> {
    this.#takeIn({ object: this.#env.replica.receive(encoded), reap });
  }

  coordinate(context: Context, content: Content | undefined): CoordinatedWrite {
    const { address, bucket } = this.#plan;
    const { fallback } = this.#env;
    return fallback.coordinate(
      this.place,
      address,
      { object: this.#learned, reap: this.#learnedReap },
      context,
      content,
      bucket.conflict,
    );
  }

  #takeIn({ object, reap }: Pick<KnownVersion, 'object' | 'reap'>): void {
    if (isAbsent(object)) return;
    this.#learned = merge(this.#learned, object);
    this.#learnedReap = Math.min(this.#learnedReap, reap);
  }
}
