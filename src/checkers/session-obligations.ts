/**
 * Whoever has seen one write has to have seen something else. Who has seen a write of an actor
 * has seen all the actor's earlier ones, so that what is needed of one who knows its n-th write
 * is what all up to the n-th need: one look for each actor instead of one for each write.
 */

import { Seen, type SessionEvent, type WriteName } from './session-history.ts';
import { countUpTo } from './sorted.ts';

export interface Obligation {
  readonly of: WriteName;
  /** Of a clock, without single writes. */
  readonly needs: Seen;
  /** Whose doing it is. */
  readonly by: SessionEvent;
}

interface Step {
  readonly counter: number;
  /** Of this obligation and all before it. */
  readonly needs: Seen;
}

export class Obligations {
  readonly #all: readonly Obligation[];
  /** By actor, by counter ascending. */
  readonly #steps = new Map<string, readonly Step[]>();

  constructor(all: readonly Obligation[]) {
    this.#all = all;
    const actors = new Set(all.map(({ of }) => of.actor));
    for (const actor of actors) this.#steps.set(actor, stepsOf(all, actor));
  }

  /** One of those that do not hold for who has seen this; undefined: all hold. */
  failedBy(seen: Seen): Obligation | undefined {
    for (const [actor, counter] of seen.counters) {
      const steps = this.#steps.get(actor) ?? [];
      const needs = steps[countUpTo(steps, counter, (step) => step.counter) - 1]?.needs;
      if (needs === undefined || seen.coversAll(needs)) continue;
      return this.#all.find((one) => seen.covers(one.of) && !seen.coversAll(one.needs));
    }
    return undefined;
  }
}

function stepsOf(all: readonly Obligation[], actor: string): readonly Step[] {
  const clock: Record<string, number> = Object.create(null);
  return all
    .filter(({ of }) => of.actor === actor)
    .sort((a, b) => a.of.counter - b.of.counter)
    .map(({ of, needs }) => {
      for (const [other, counter] of needs.counters) {
        clock[other] = Math.max(clock[other] ?? 0, counter);
      }
      return { counter: of.counter, needs: new Seen(clock) };
    });
}
