/**
 * What the checks of sessions read from a history: reads that told the clock of their context,
 * and acknowledged writes that told their dot.
 *
 * Every written value is unique in its key, so what a read shows says what it reads from. Only
 * acknowledged writes oblige anybody; one of unknown outcome counts once somebody has seen it.
 */

import { addTo } from './groups.ts';
import { type Clock, type Operation, type StoredValue, valuesFound } from './history.ts';
import { UncheckableError } from './history-error.ts';
import { siblingKeys } from './operations-of-keys.ts';

/** The name of a write, taken apart. */
export interface WriteName {
  readonly actor: string;
  readonly counter: number;
}

export interface Shown {
  /** Undefined: the read did not tell. */
  readonly dot: WriteName | undefined;
  readonly value: StoredValue;
}

interface Event {
  readonly session: string;
  readonly key: string;
  /** Its place in the history. */
  readonly at: number;
}

export interface SessionRead extends Event {
  readonly kind: 'read';
  readonly seen: Seen;
  readonly shown: readonly Shown[];
}

export interface SessionWrite extends Event {
  readonly kind: 'write';
  readonly dot: WriteName;
  /** Undefined: it deleted. */
  readonly value: StoredValue | undefined;
  /** What it saw is gone where it deleted. */
  readonly replaced: Seen;
}

/** A write that nobody acknowledged. */
export interface DoubtfulWrite extends Event {
  readonly kind: 'doubtful';
  readonly value: StoredValue;
}

export type SessionEvent = SessionRead | SessionWrite | DoubtfulWrite;

/** The events of each session, in the order in which it asked. */
export type Sessions = readonly (readonly SessionEvent[])[];

/** What a context covers: by actor all up to a counter, and single writes beside. */
export class Seen {
  readonly #clock: ReadonlyMap<string, number>;
  readonly #dots: readonly WriteName[];

  constructor(clock: Clock, dots: readonly string[] = []) {
    this.#clock = new Map(Object.entries(clock).filter(([, counter]) => counter > 0));
    this.#dots = dots.map(writeName);
  }

  get isNothing(): boolean {
    return this.#clock.size === 0 && this.#dots.length === 0;
  }

  /** Not of single writes. */
  get counters(): Iterable<readonly [actor: string, counter: number]> {
    return this.#clock;
  }

  covers({ actor, counter }: WriteName): boolean {
    if ((this.#clock.get(actor) ?? 0) >= counter) return true;
    return this.#dots.some((dot) => dot.actor === actor && dot.counter === counter);
  }

  coversAll(other: Seen): boolean {
    for (const [actor, counter] of other.#clock) {
      if ((this.#clock.get(actor) ?? 0) < counter) return false;
    }
    return other.#dots.every((dot) => this.covers(dot));
  }
}

export function writeName(dot: string): WriteName {
  const colon = dot.lastIndexOf(':');
  return { actor: dot.slice(0, colon), counter: Number(dot.slice(colon + 1)) };
}

/** What a session check needs is there. */
export function hasSessions(history: readonly Operation[]): boolean {
  return history.some(({ op, session, output }) => {
    return session !== undefined && op === 'read' && output?.clock !== undefined;
  });
}

/**
 * What sessions did to keys that keep siblings. Throws `UncheckableError` where one of these
 * operations does not tell its clock or its dot.
 */
export function sessionsOf(history: readonly Operation[]): Sessions {
  const sessions = new Map<string, { invoke: number; event: SessionEvent }[]>();
  const keys = siblingKeys(history);
  for (const [at, operation] of history.entries()) {
    if (!keys.has(operation.key)) continue;
    const event = eventOf(operation, at);
    if (event === undefined) continue;
    addTo(sessions, event.session, { invoke: operation.invoke, event });
  }
  return [...sessions.values()].map((events) =>
    events.sort((a, b) => a.invoke - b.invoke).map(({ event }) => event),
  );
}

/** Undefined: it proves nothing, and obliges nobody. */
function eventOf(operation: Operation, at: number): SessionEvent | undefined {
  const { session, key, op, outcome } = operation;
  if (session === undefined || outcome === 'fail') return undefined;
  const event = { session, key, at };
  switch (op) {
    case 'read':
      return outcome === 'ok' ? readOf(operation, event) : undefined;
    case 'write':
    case 'delete': {
      const value = op === 'delete' ? undefined : operation.value;
      if (outcome === 'ok') return writeOf(operation, event, value);
      return value === undefined ? undefined : { ...event, kind: 'doubtful', value };
    }
    default:
      throw lacking(event, `is of the kind ${op}, which keys that keep siblings do not know`);
  }
}

function readOf(operation: Operation, event: Event): SessionRead {
  const { clock, siblings } = operation.output ?? {};
  if (clock === undefined) throw lacking(event, 'does not tell the clock that it has seen');
  const shown: readonly Shown[] =
    siblings?.map(({ dot, value }) => ({ dot: writeName(dot), value })) ??
    (valuesFound(operation) ?? []).map((value) => ({ dot: undefined, value }));
  return { ...event, kind: 'read', seen: new Seen(clock), shown };
}

function writeOf(
  operation: Extract<Operation, { op: 'write' | 'delete' }>,
  event: Event,
  value: StoredValue | undefined,
): SessionWrite | undefined {
  const { output = {}, replaces = {} } = operation;
  if (output.applied === false) return undefined;
  if (output.dot === undefined) throw lacking(event, 'was acknowledged and does not tell its dot');
  const replaced = new Seen(replaces.clock ?? {}, replaces.dots);
  return { ...event, kind: 'write', dot: writeName(output.dot), value, replaced };
}

function lacking({ session, key, at }: Event, what: string): UncheckableError {
  const operation = `operation ${at + 1} (session ${JSON.stringify(session)}, key ${JSON.stringify(key)})`;
  return new UncheckableError(`${operation} ${what}`);
}
