/**
 * Causal consistency across keys: what a session does comes after all that it did and read
 * before, and a read comes after the writes of the values that it shows; the causal order is
 * all that follows from this. A history is bad where it shows one of four patterns (Bouajjani
 * and others, "On Verifying Causal Consistency", 2017): CyclicCO, ThinAirRead,
 * WriteCOInitRead (nothing is known though a write came before), WriteCORead (only older).
 *
 * For sets of values: a read fails a write that came before it where its clock does not cover
 * the write, nor any write of the key that came after that one.
 *
 * The causal past of an operation is how far it reaches into each session, as a vector.
 */

import type { Operation } from './history.ts';
import type { SessionViolation } from './session-guarantees.ts';
import { coversDot, type SessionEvent, type SessionRead, sessionsOf } from './session-history.ts';

interface Node {
  /** A write of unknown outcome that was seen is alone in a chain of its own. */
  readonly chain: number;
  /** From 1 on. */
  readonly place: number;
  readonly event: SessionEvent;
  /** Of a write. */
  readonly dot: string | undefined;
  readonly before: readonly Node[];
  /** By chain, how far what came before it reaches, itself included. */
  past: readonly number[] | undefined;
}

/** Throws `HistoryError` where the history does not have what is needed. */
export function checkCausality(history: readonly Operation[]): readonly SessionViolation[] {
  const sessions = sessionsOf(history);
  const writers = writersOf(sessions);
  const thinAir = thinAirReads(sessions, writers);
  if (thinAir.length > 0) return thinAir;
  const nodes = nodesOf(sessions, writers);
  const cycle = fillPasts(nodes);
  if (cycle !== undefined) return [violation(cycle, [], 'CyclicCO: it comes before itself')];
  return missedWrites(nodes);
}

type Writers = ReadonlyMap<string, SessionEvent>;

function writersOf(sessions: readonly (readonly SessionEvent[])[]): Writers {
  const writers = new Map<string, SessionEvent>();
  for (const event of sessions.flat()) {
    if (event.kind !== 'read' && event.value !== undefined) {
      writers.set(valueName(event.key, event.value), event);
    }
  }
  return writers;
}

function valueName(key: string, value: string): string {
  return JSON.stringify([key, value]);
}

function thinAirReads(
  sessions: readonly (readonly SessionEvent[])[],
  writers: Writers,
): readonly SessionViolation[] {
  return sessions.flat().flatMap((event) => {
    if (event.kind !== 'read') return [];
    const made = event.shown.find(({ value }) => !writers.has(valueName(event.key, value)));
    if (made === undefined) return [];
    return [violation(event, [], `ThinAirRead: nobody wrote ${JSON.stringify(made.value)}`)];
  });
}

function nodesOf(
  sessions: readonly (readonly SessionEvent[])[],
  writers: Writers,
): readonly Node[] {
  const nodes = new Map<SessionEvent, Node & { before: Node[] }>();
  let chains = sessions.length;
  const dots = dotsSeen(sessions, writers);
  for (const [chain, session] of sessions.entries()) {
    let last: Node | undefined;
    for (const event of session) {
      const before = last === undefined ? [] : [last];
      if (event.kind === 'doubtful') {
        const dot = dots.get(event);
        if (dot === undefined) continue;
        nodes.set(event, { chain: chains++, place: 1, event, dot, before, past: undefined });
        continue;
      }
      const dot = event.kind === 'write' ? event.dot : undefined;
      const place = (last?.place ?? 0) + 1;
      const node = { chain, place, event, dot, before, past: undefined };
      nodes.set(event, node);
      last = node;
    }
  }
  for (const { event, before } of nodes.values()) {
    if (event.kind !== 'read') continue;
    for (const { value } of event.shown) {
      before.push(nodes.get(writers.get(valueName(event.key, value)) as SessionEvent) as Node);
    }
  }
  return [...nodes.values()];
}

/** Of writes whose values somebody was shown. */
function dotsSeen(
  sessions: readonly (readonly SessionEvent[])[],
  writers: Writers,
): ReadonlyMap<SessionEvent, string> {
  const dots = new Map<SessionEvent, string>();
  for (const event of sessions.flat()) {
    if (event.kind !== 'read') continue;
    for (const { dot, value } of event.shown) {
      dots.set(writers.get(valueName(event.key, value)) as SessionEvent, dot);
    }
  }
  return dots;
}

/** Fills in the past of each; returns one that comes before itself, where there is such a one. */
function fillPasts(nodes: readonly Node[]): SessionEvent | undefined {
  const waiting = new Map(nodes.map((node) => [node, node.before.length]));
  const after = new Map<Node, Node[]>(nodes.map((node) => [node, []]));
  for (const node of nodes) for (const other of node.before) after.get(other)?.push(node);
  const ready = nodes.filter(({ before }) => before.length === 0);
  for (const node of ready) {
    node.past = pastOf(node);
    waiting.delete(node);
    for (const next of after.get(node) ?? []) {
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  return waiting.keys().next().value?.event;
}

function pastOf({ chain, place, before }: Node): readonly number[] {
  const past: number[] = [];
  for (const other of before) {
    for (const [i, reach = 0] of (other.past ?? []).entries()) {
      past[i] = Math.max(past[i] ?? 0, reach);
    }
  }
  past[chain] = place;
  return past;
}

function missedWrites(nodes: readonly Node[]): readonly SessionViolation[] {
  const byKey = new Map<string, Node[]>();
  for (const node of nodes) {
    if (node.dot === undefined) continue;
    const { key } = node.event;
    byKey.set(key, [...(byKey.get(key) ?? []), node]);
  }
  return nodes.flatMap((node) => {
    const { event } = node;
    if (event.kind !== 'read') return [];
    const ofKey = byKey.get(event.key) ?? [];
    const missed = ofKey.find((write) => isMissed(node, event, write, ofKey, nodes));
    if (missed === undefined) return [];
    const isNothing = event.clock.size === 0;
    const text = isNothing
      ? 'WriteCOInitRead: nothing is known, though a write came before'
      : 'WriteCORead: a write that came before is neither seen nor followed';
    return [violation(event, [missed.event.at], text)];
  });
}

function isMissed(
  node: Node,
  { clock }: SessionRead,
  write: Node,
  ofKey: readonly Node[],
  all: readonly Node[],
): boolean {
  if (!comesBefore(write, node) || coversDot(clock, write.dot ?? '')) return false;
  const follows = (other: Node) => other !== write && comesBefore(write, other);
  if (clock.size > 0) {
    return !ofKey.some((other) => coversDot(clock, other.dot ?? '') && follows(other));
  }
  if (isDelete(write)) return false;
  const { key } = write.event;
  const isGone = (other: Node) =>
    other !== node &&
    comesBefore(other, node) &&
    ((isDelete(other) && follows(other)) || takesAway(other, write) || showsNothing(other, write));
  return !all.some((other) => other.event.key === key && isGone(other));
}

function isDelete({ event }: Node): boolean {
  return event.kind === 'write' && event.value === undefined;
}

/** A delete that saw the write, whether its session knew of it or not. */
function takesAway({ event }: Node, { dot = '' }: Node): boolean {
  return event.kind === 'write' && event.value === undefined && coversDot(event.replaced, dot);
}

/** A read that has seen the write, and that there is no value any more. */
function showsNothing({ event }: Node, { dot = '' }: Node): boolean {
  return event.kind === 'read' && event.shown.length === 0 && coversDot(event.clock, dot);
}

function comesBefore({ chain, place }: Node, { past }: Node): boolean {
  return (past?.[chain] ?? 0) >= place;
}

function violation(
  { key, at }: SessionEvent,
  others: readonly number[],
  text: string,
): SessionViolation {
  return { guarantee: 'causal', key, operations: [...others, at], text };
}
