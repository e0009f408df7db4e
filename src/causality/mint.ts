/**
 * Minting dots without ever lying (riak_kv#679; ARCHITECTURE.md, "The counter must never lie").
 *
 * A replica counts on for a key only while it can prove that it forgot nothing of what this
 * actor did: the private `self` of the record must be of the current lineage, and no clock
 * seen may claim more of that actor than `self` remembers. Otherwise a new actor begins.
 */

import { counterOf, type Dot, type VersionVector } from './version-vector.ts';

/** The identity under which a data directory mints dots. */
export interface Lineage {
  /** 48-bit random number, drawn anew after anything but a clean stop. */
  readonly id: number;
  /** Never the same number twice in one lineage. */
  nextActorEpoch(): number;
}

/**
 * The dot of a new write.
 * @param self the last dot that this record minted here; private to it, never replicated
 */
export function mintDot(
  self: Dot | undefined,
  lineage: Lineage,
  local: VersionVector,
  context: VersionVector,
): Dot {
  if (
    self !== undefined &&
    self.lineage === lineage.id &&
    counterOf(local, self) <= self.counter &&
    counterOf(context, self) <= self.counter
  ) {
    return { ...self, counter: self.counter + 1 };
  }
  for (;;) {
    const actor = { lineage: lineage.id, actorEpoch: lineage.nextActorEpoch() };
    // A clock that knows an actor before it exists was made up; its claims must not cover us.
    if (counterOf(local, actor) === 0 && counterOf(context, actor) === 0) {
      return { ...actor, counter: 1 };
    }
  }
}
