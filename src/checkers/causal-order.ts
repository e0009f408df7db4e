/**
 * The causal order of a history: session order, reads-from, and all that follows from them.
 *
 * The past of an event is how far it reaches into each session, as a vector. A write of unknown
 * outcome takes no place in its session, for what the session did later need not come after it;
 * it comes before those that read it, and all after them.
 */

import { addTo } from './groups.ts';
import type { StoredValue } from './history.ts';
import type { SessionEvent, SessionRead, Sessions, WriteName } from './session-history.ts';

export interface CausalNode {
  readonly event: SessionEvent;
  /** Of a write whose dot somebody told. */
  readonly dot: WriteName | undefined;
  /** The number of its session; NONE for a write of unknown outcome. */
  readonly session: number;
  /** Counted in its session from 1 on; likewise. */
  readonly place: number;
  /** Of a write of unknown outcome: the first read of it in each session. */
  readonly readers: readonly CausalNode[];
  /** By session, how far what came before it reaches, itself included. */
  readonly past: Int32Array;
}

interface ThinAirRead {
  readonly event: SessionRead;
  readonly value: StoredValue;
}

export type CausalOrder =
  | { readonly type: 'order'; readonly nodes: readonly CausalNode[] }
  /** Values that nobody wrote. */
  | { readonly type: 'thin air'; readonly reads: readonly ThinAirRead[] }
  /** An event that comes before itself. */
  | { readonly type: 'cycle'; readonly event: SessionEvent };

const NONE = -1;

export function causalOrder(sessions: Sessions): CausalOrder {
  const writers = writersOf(sessions);
  const reads = sessions.flat().flatMap((event) => thinAirOf(event, writers));
  if (reads.length > 0) return { type: 'thin air', reads };
  const nodes = new NodeBuilder(sessions, writers).nodes;
  const cycle = fillPasts(nodes);
  return cycle === undefined ? { type: 'order', nodes } : { type: 'cycle', event: cycle.event };
}

/** Whether the one is in the past of the other, or is the same. */
export function comesBefore({ session, place, readers }: CausalNode, node: CausalNode): boolean {
  if (session !== NONE) return (node.past[session] as number) >= place;
  return readers.some((reader) => (node.past[reader.session] as number) >= reader.place);
}

/** Whether its session's later events come after it. */
export function hasPlace({ session }: CausalNode): boolean {
  return session !== NONE;
}

type Writers = ReadonlyMap<string, SessionEvent>;

function writersOf(sessions: Sessions): Writers {
  const writers = new Map<string, SessionEvent>();
  for (const event of sessions.flat()) {
    if (event.kind !== 'read' && event.value !== undefined) {
      writers.set(valueName(event.key, event.value), event);
    }
  }
  return writers;
}

function valueName(key: string, value: StoredValue): string {
  return JSON.stringify([key, value]);
}

function thinAirOf(event: SessionEvent, writers: Writers): readonly ThinAirRead[] {
  if (event.kind !== 'read') return [];
  const made = event.shown.find(({ value }) => !writers.has(valueName(event.key, value)));
  return made === undefined ? [] : [{ event, value: made.value }];
}

interface BuiltNode extends CausalNode {
  readonly before: BuiltNode[];
  readonly readers: BuiltNode[];
}

class NodeBuilder {
  readonly #sessions: Sessions;
  readonly #writers: Writers;
  readonly #dots = new Map<SessionEvent, WriteName>();
  readonly #nodes = new Map<SessionEvent, BuiltNode>();

  constructor(sessions: Sessions, writers: Writers) {
    this.#sessions = sessions;
    this.#writers = writers;
    for (const event of sessions.flat()) this.#learnDots(event);
    for (const [session, events] of sessions.entries()) this.#addSession(session, events);
    for (const node of this.#nodes.values()) this.#addReadsFrom(node);
  }

  get nodes(): readonly BuiltNode[] {
    return [...this.#nodes.values()];
  }

  /** Of writes of unknown outcome, from those who were shown their values. */
  #learnDots(event: SessionEvent): void {
    if (event.kind !== 'read') return;
    for (const { dot, value } of event.shown) {
      const writer = this.#writerOf(event.key, value);
      if (dot !== undefined && writer.kind === 'doubtful') this.#dots.set(writer, dot);
    }
  }

  #addSession(session: number, events: readonly SessionEvent[]): void {
    let last: BuiltNode | undefined;
    let place = 0;
    for (const event of events) {
      const isDoubtful = event.kind === 'doubtful';
      const dot = event.kind === 'write' ? event.dot : this.#dots.get(event);
      const node: BuiltNode = {
        event,
        dot,
        session: isDoubtful ? NONE : session,
        place: isDoubtful ? NONE : ++place,
        before: last === undefined ? [] : [last],
        readers: [],
        past: new Int32Array(this.#sessions.length),
      };
      this.#nodes.set(event, node);
      if (!isDoubtful) last = node;
    }
  }

  #addReadsFrom(node: BuiltNode): void {
    const { event, session } = node;
    if (event.kind !== 'read') return;
    for (const { value } of event.shown) {
      const writer = this.#nodes.get(this.#writerOf(event.key, value)) as BuiltNode;
      node.before.push(writer);
      if (writer.readers.some((reader) => reader.session === session)) continue;
      writer.readers.push(node);
    }
  }

  #writerOf(key: string, value: StoredValue): SessionEvent {
    return this.#writers.get(valueName(key, value)) as SessionEvent;
  }
}

/** Returns one that comes before itself, where there is such a one. */
function fillPasts(nodes: readonly BuiltNode[]): CausalNode | undefined {
  const waiting = new Map(nodes.map((node) => [node, node.before.length]));
  const after = new Map<BuiltNode, BuiltNode[]>();
  for (const node of nodes) for (const other of node.before) addTo(after, other, node);
  const ready = nodes.filter(({ before }) => before.length === 0);
  for (const node of ready) {
    fillPast(node);
    waiting.delete(node);
    for (const next of after.get(node) ?? []) {
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  return waiting.keys().next().value;
}

function fillPast({ session, place, before, past }: BuiltNode): void {
  for (const other of before) {
    for (let i = 0; i < past.length; i++) {
      past[i] = Math.max(past[i] as number, other.past[i] as number);
    }
  }
  if (session !== NONE) past[session] = place;
}
