/**
 * Dots and version vectors (Almeida et al., "Scalable and Accurate Causality Tracking for
 * Eventually Consistent Stores", 2014).
 *
 * A dot is one write event. A version vector holds, per actor, the highest counter known,
 * and claims: every dot of this actor up to that counter is here or was superseded. An
 * actor is one unbroken run of counting by one replica for one key, so that a replica that
 * forgot something counts on under a new actor and never makes that claim falsely.
 *
 * Invariant: a vector is sorted by actor and has each actor once.
 */

export interface Actor {
  /** 48-bit random number: one unbroken life of a data directory. */
  readonly lineage: number;
  /** Tells apart the actors that one lineage mints. */
  readonly actorEpoch: number;
}

export interface Dot extends Actor {
  /** From 1 upwards. */
  readonly counter: number;
}

export type VersionVector = readonly Dot[];

export const EMPTY_VECTOR: VersionVector = [];

export function compareActors(a: Actor, b: Actor): number {
  return a.lineage - b.lineage || a.actorEpoch - b.actorEpoch;
}

export function compareDots(a: Dot, b: Dot): number {
  return compareActors(a, b) || a.counter - b.counter;
}

export function sameDot(a: Dot, b: Dot): boolean {
  return compareDots(a, b) === 0;
}

/** The highest counter of the actor that the vector knows, 0 when it knows none. */
export function counterOf(vector: VersionVector, actor: Actor): number {
  for (const entry of vector) {
    if (compareActors(entry, actor) === 0) return entry.counter;
  }
  return 0;
}

export function covers(vector: VersionVector, dot: Dot): boolean {
  return counterOf(vector, dot) >= dot.counter;
}

export function coversAll(vector: VersionVector, dots: readonly Dot[]): boolean {
  return dots.every((dot) => covers(vector, dot));
}

/** Pointwise maximum: the least vector that covers what either covers. */
export function joinVectors(a: VersionVector, b: VersionVector): VersionVector {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const joined: Dot[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const left = a[i];
    const right = b[j];
    if (left === undefined) return joined.concat(b.slice(j));
    if (right === undefined) return joined.concat(a.slice(i));
    const order = compareActors(left, right);
    joined.push(order < 0 || (order === 0 && left.counter >= right.counter) ? left : right);
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
}

/** Sorted by actor, each once. */
export function isVersionVector(entries: readonly Dot[]): boolean {
  return entries.every((entry, i) => {
    const before = entries[i - 1];
    return entry.counter >= 1 && (before === undefined || compareActors(before, entry) < 0);
  });
}
