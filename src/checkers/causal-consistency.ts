/**
 * Causal consistency across keys: what a session does comes after all that it did and read
 * before, and a read comes after the writes of the values that it shows; the causal order is
 * all that follows from this. A history is bad where it shows one of four patterns (Bouajjani
 * and others, "On Verifying Causal Consistency", 2017): CyclicCO, ThinAirRead,
 * WriteCOInitRead (nothing is known though a write came before), WriteCORead (only older).
 *
 * For sets of values: a read fails a write that came before it where its clock does not cover
 * the write, nor any write of the key that came after that one.
 */

import { type CausalNode, causalOrder, comesBefore, hasPlace } from './causal-order.ts';
import { addTo, groupByKey } from './groups.ts';
import {
  Seen,
  type SessionEvent,
  type SessionRead,
  type Sessions,
  type WriteName,
} from './session-history.ts';
import { countUpTo } from './sorted.ts';
import type { Violation } from './violation.ts';

export function checkCausality(sessions: Sessions): readonly Violation[] {
  const order = causalOrder(sessions);
  switch (order.type) {
    case 'thin air':
      return order.reads.map(({ event, value }) =>
        violation(event, [], `ThinAirRead: nobody wrote ${JSON.stringify(value)}`),
      );
    case 'cycle':
      return [violation(order.event, [], 'CyclicCO: it comes before itself')];
    case 'order':
      return missedWrites(order.nodes);
  }
}

interface WriteNode extends CausalNode {
  readonly dot: WriteName;
}

/** The writes of one session to one key: what a reader of each of them has to have seen. */
class SessionWrites {
  readonly #writes: readonly WriteNode[];
  /** By number: the clock of the write and all before it. */
  readonly #clocks: readonly Seen[];

  /** @param writes in the order of the session */
  constructor(writes: readonly WriteNode[]) {
    const clock: Record<string, number> = Object.create(null);
    this.#writes = writes;
    this.#clocks = writes.map(({ dot: { actor, counter } }) => {
      clock[actor] = Math.max(clock[actor] ?? 0, counter);
      return new Seen(clock);
    });
  }

  /** Of those that come before the node. */
  isAllSeen(node: CausalNode, seen: Seen): boolean {
    const { session } = this.#writes[0] as WriteNode;
    const reach = node.past[session] as number;
    const before = countUpTo(this.#writes, reach, ({ place }) => place);
    return before === 0 || seen.coversAll(this.#clocks[before - 1] as Seen);
  }
}

/** What was done to one key. */
interface KeyNodes {
  readonly writes: readonly WriteNode[];
  readonly inSessions: readonly SessionWrites[];
  /** Writes of unknown outcome, which have no place in a session. */
  readonly doubtful: readonly WriteNode[];
  /** That can be the reason why nothing is known any more: deletes, and reads of no value. */
  readonly endings: readonly CausalNode[];
}

function missedWrites(nodes: readonly CausalNode[]): readonly Violation[] {
  const ofKey = groupByKey(nodes.map((node) => ({ key: node.event.key, node })));
  return [...ofKey.values()].flatMap((placed) => {
    const its = placed.map(({ node }) => node);
    const key = keyNodes(its);
    return its.flatMap((node) => missedBy(node, key));
  });
}

function keyNodes(its: readonly CausalNode[]): KeyNodes {
  const writes = its.filter(isNamed);
  const ofSession = new Map<number, WriteNode[]>();
  for (const write of writes.filter(hasPlace)) addTo(ofSession, write.session, write);
  return {
    writes,
    inSessions: [...ofSession.values()].map((session) => new SessionWrites(session)),
    doubtful: writes.filter((write) => !hasPlace(write)),
    endings: its.filter(isEnding),
  };
}

function missedBy(node: CausalNode, key: KeyNodes): readonly Violation[] {
  const { event } = node;
  if (event.kind !== 'read') return [];
  const missed = event.seen.isNothing
    ? missedByNothing(node, key)
    : missedByReader(node, event, key);
  if (missed === undefined) return [];
  const text = event.seen.isNothing
    ? 'WriteCOInitRead: nothing is known, though a write came before'
    : 'WriteCORead: a write that came before is neither seen nor followed';
  return [violation(event, [missed.event.at], text)];
}

function missedByReader(
  node: CausalNode,
  { seen }: SessionRead,
  { writes, inSessions, doubtful }: KeyNodes,
): WriteNode | undefined {
  const isAllSeen =
    inSessions.every((session) => session.isAllSeen(node, seen)) &&
    doubtful.every((write) => seen.covers(write.dot) || !comesBefore(write, node));
  if (isAllSeen) return undefined;
  return writes.findLast((write) => {
    if (seen.covers(write.dot) || !comesBefore(write, node)) return false;
    return !writes.some((other) => seen.covers(other.dot) && follows(other, write));
  });
}

/** Where the key has come to an end that the reader's session may know, nothing is missed. */
function missedByNothing(node: CausalNode, { writes, endings }: KeyNodes): WriteNode | undefined {
  const known = endings.filter((ending) => ending !== node && comesBefore(ending, node));
  return writes.findLast((write) => {
    if (isDelete(write) || !comesBefore(write, node)) return false;
    return !known.some((ending) => isEndOf(ending, write));
  });
}

/** A delete that came after it or saw it, or a read that has seen it and shows no value. */
function isEndOf(ending: CausalNode, write: WriteNode): boolean {
  const { event } = ending;
  if (event.kind === 'read') return event.seen.covers(write.dot);
  if (event.kind !== 'write') return false;
  return follows(ending, write) || event.replaced.covers(write.dot);
}

function follows(other: CausalNode, write: CausalNode): boolean {
  return other !== write && comesBefore(write, other);
}

function isNamed(node: CausalNode): node is WriteNode {
  return node.dot !== undefined;
}

function isEnding(node: CausalNode): boolean {
  const { event } = node;
  return isDelete(node) || (event.kind === 'read' && event.shown.length === 0);
}

function isDelete({ event }: CausalNode): boolean {
  return event.kind === 'write' && event.value === undefined;
}

function violation({ key, at }: SessionEvent, others: readonly number[], text: string): Violation {
  return { check: 'causal', key, operations: [...others, at], text };
}
