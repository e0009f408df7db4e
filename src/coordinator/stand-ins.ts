/**
 * Who may stand in for primaries in one request, and when that is called for: nodes beyond
 * the key's replicas, in the order of the preference list.
 */

import type { NodeId } from '../kernel/names.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import type { Environment } from './environment.ts';

/**
 * Share of the client's patience after which a primary that has not answered is late. A slow
 * disk or a pause of the process is over by then, while three quarters of the time are left
 * for a fallback, and for the next one should that be slow too.
 */
const LATE_SHARE = 0.25;

/** A client that is very patient need not wait the share of it: no healthy primary takes so long. */
const LATE_MS_MAX = 500;

/** How long to wait for a primary before somebody stands in for it too. */
export function standInAfterMs(deadline: number, now: number): number {
  return Math.min(LATE_MS_MAX, Math.max(0, deadline - now) * LATE_SHARE);
}

/** Fallbacks that may be asked now, this node before all others where it is one. */
export function fallbacksOf(env: Environment, plan: KeyPlan): readonly NodeId[] {
  const { self } = env;
  const others = standingIn(env, plan).filter((node) => node !== self);
  return plan.fallbacks.includes(self) ? [self, ...others] : others;
}

/**
 * Fallbacks that may be asked now, those that are silent last. Who was declared dead is in the
 * ring until its places are given to others.
 */
export function standingIn(
  { view, liveness }: Pick<Environment, 'view' | 'liveness'>,
  { fallbacks }: Pick<KeyPlan, 'fallbacks'>,
): readonly NodeId[] {
  const able = fallbacks.filter((node) => view.isMember(node) && liveness.reachable(node));
  const silent = able.filter((node) => !liveness.responsive(node));
  if (silent.length === 0) return able;
  return [...able.filter((node) => !silent.includes(node)), ...silent];
}

/** Hands out fallbacks; with fewer of them than places one stands in for several. */
export class StandIns {
  readonly #unused: NodeId[];
  /** By fallback, the primaries for which it was asked. */
  readonly #used = new Map<NodeId, Set<NodeId>>();

  constructor(fallbacks: readonly NodeId[]) {
    this.#unused = [...fallbacks];
  }

  /** Nobody has been asked yet. */
  get unused(): readonly NodeId[] {
    return this.#unused;
  }

  /** This fallback keeps the object for that primary already. */
  use(fallback: NodeId, primary: NodeId): void {
    const at = this.#unused.indexOf(fallback);
    if (at !== -1) this.#unused.splice(at, 1);
    const primaries = this.#used.get(fallback) ?? new Set();
    this.#used.set(fallback, primaries.add(primary));
  }

  /** The next one to keep the object for the primary; undefined: there is none (left). */
  next(primary: NodeId): NodeId | undefined {
    const fallback = this.#unused[0] ?? this.#leastUsedBeside(primary);
    if (fallback !== undefined) this.use(fallback, primary);
    return fallback;
  }

  /** It did not take the object: nobody else is entrusted to it. */
  drop(fallback: NodeId): void {
    this.#used.delete(fallback);
  }

  #leastUsedBeside(primary: NodeId): NodeId | undefined {
    let least: NodeId | undefined;
    for (const [fallback, primaries] of this.#used) {
      if (primaries.has(primary)) continue;
      const fewest = least === undefined ? undefined : this.#used.get(least);
      if (fewest === undefined || primaries.size < fewest.size) least = fallback;
    }
    return least;
  }
}
