/**
 * The causal history of a key as a picture: a lane for each actor, its writes as dots in their
 * order, and whose replacing is known.
 *
 * A clock says how many writes of each actor were made, and which of them are still values. Which
 * write replaced which no record says. It is known of writes made from this page, whose context
 * tells what they had seen (`saw`); and where a replica still has a value that others know to be
 * replaced, something that it has not heard of did it (`perhaps`).
 */

import {
  actorNames,
  type HeldVersion,
  type InspectionDocument,
  type Standing,
} from '../../client/inspection-document.ts';
import type { SeenWrites } from './causal-past.ts';

/** `value`: it is there; `behind`: only who is behind still has it; `gone`: replaced or deleted. */
export type EventKind = 'value' | 'behind' | 'gone';

export interface GraphEvent {
  readonly dot: string;
  readonly counter: number;
  readonly kind: EventKind;
  readonly lane: number;
  /** From left to right; what came before stands before. */
  readonly column: number;
  /** Writes right before it that are left out. */
  readonly skipped: number;
  /** Copies that know of this actor up to here and no further. */
  readonly knownBy: readonly string[];
}

export interface GraphLane {
  readonly actor: string;
  readonly name: string;
  /** Whose actor it is; undefined: not known. */
  readonly node: string | undefined;
}

export interface GraphEdge {
  readonly from: GraphEvent;
  readonly to: GraphEvent;
  readonly kind: 'saw' | 'perhaps';
}

export interface CausalGraph {
  readonly lanes: readonly GraphLane[];
  readonly events: readonly GraphEvent[];
  readonly edges: readonly GraphEdge[];
  readonly columns: number;
}

/** By the dot of a write made from this page. */
export type Pasts = ReadonlyMap<string, SeenWrites>;

/** Of one lane; earlier ones are counted only. */
const EVENTS_MAX = 8;
/** Of each lane, even if nothing is known to be special about them. */
const LATEST = 3;

interface Copy {
  readonly name: string;
  readonly version: HeldVersion;
  readonly compared: Standing | null;
}

/** Undefined: nothing was ever written, or it is not of a dynamo bucket. */
export function causalGraphOf(found: InspectionDocument, pasts: Pasts): CausalGraph | undefined {
  const { known } = found;
  if (!known) return undefined;
  const names = actorNames(found);
  const copies = copiesIn(found);
  const actors = Object.keys(known.clock);
  const lanes = actors.map((actor) => {
    return { actor, name: names(actor), node: found.actors[actor] };
  });
  const placed = actors.flatMap((actor, lane) =>
    eventsOf(actor, known.clock[actor] ?? 0, lane, known.siblings, copies, pasts),
  );
  const links = [...seenLinks(placed, pasts), ...perhapsLinks(known.siblings, copies)];
  const columns = columnsOf(placed, links);
  const events = placed.map((event) => ({ ...event, column: columns.get(event.dot) ?? 0 }));
  return {
    lanes,
    events,
    edges: edgesOf(events, links),
    columns: Math.max(0, ...columns.values()) + 1,
  };
}

function copiesIn({ nodes }: InspectionDocument): readonly Copy[] {
  return nodes.flatMap(({ node, version, compared = null, hints = [] }) => [
    ...(version ? [{ name: node, version, compared }] : []),
    ...hints.flatMap((hint) => {
      const name = `${node} for ${hint.target}`;
      return hint.version ? [{ name, version: hint.version, compared: hint.compared }] : [];
    }),
  ]);
}

type Placed = Omit<GraphEvent, 'column'>;

function eventsOf(
  actor: string,
  latest: number,
  lane: number,
  siblings: readonly string[],
  copies: readonly Copy[],
  pasts: Pasts,
): readonly Placed[] {
  const held = copies.flatMap(({ version }) => version.siblings.map(({ dot }) => dot));
  const special = [...siblings, ...held, ...pasts.keys()].flatMap((dot) => counterOf(dot, actor));
  const heads = copies.flatMap(({ version }) => version.clock[actor] ?? []);
  const last = Array.from({ length: LATEST }, (_, back) => latest - back);
  const counters = [...new Set([...special, ...heads, ...last])]
    .filter((counter) => counter >= 1 && counter <= latest)
    .sort((a, b) => a - b)
    .slice(-EVENTS_MAX);
  return counters.map((counter, at) => {
    const dot = `${actor}:${counter}`;
    const skipped = counter - (counters[at - 1] ?? 0) - 1;
    const knownBy = copies
      .filter(({ version }) => version.clock[actor] === counter)
      .map(({ name }) => name);
    return { dot, counter, lane, skipped, knownBy, kind: kindOf(dot, siblings, held) };
  });
}

function kindOf(dot: string, siblings: readonly string[], held: readonly string[]): EventKind {
  if (siblings.includes(dot)) return 'value';
  return held.includes(dot) ? 'behind' : 'gone';
}

function counterOf(dot: string, actor: string): readonly number[] {
  return actorOf(dot) === actor ? [Number(dot.slice(actor.length + 1))] : [];
}

function actorOf(dot: string): string {
  return dot.slice(0, dot.lastIndexOf(':'));
}

/** By dots. */
interface Link {
  readonly from: string;
  readonly to: string;
  readonly kind: GraphEdge['kind'];
}

/** From the latest that a write had seen of each actor. */
function seenLinks(events: readonly Placed[], pasts: Pasts): readonly Link[] {
  return events.flatMap(({ dot: to }) => {
    const past = pasts.get(to);
    if (past === undefined) return [];
    const lastSeen = [...past.clock].flatMap(([actor, counter]) => {
      const seen = events.filter((event) => {
        return actorOf(event.dot) === actor && event.counter <= counter && event.dot !== to;
      });
      return seen.at(-1)?.dot ?? [];
    });
    const single = past.dots.filter((dot) => dot !== to && events.some((one) => one.dot === dot));
    return [...new Set([...lastSeen, ...single])].map((from) => ({
      from,
      to,
      kind: 'saw' as const,
    }));
  });
}

/** From what a copy still has to the values that it has not heard of. */
function perhapsLinks(siblings: readonly string[], copies: readonly Copy[]): readonly Link[] {
  return copies.flatMap(({ version, compared }) => {
    const unheard = siblings.filter((dot) => {
      const actor = actorOf(dot);
      return (version.clock[actor] ?? 0) < Number(dot.slice(actor.length + 1));
    });
    return (compared?.replaced ?? []).flatMap((from) =>
      unheard.map((to) => ({ from, to, kind: 'perhaps' as const })),
    );
  });
}

/** Each as far to the left as what came before it allows. */
function columnsOf(events: readonly Placed[], links: readonly Link[]): ReadonlyMap<string, number> {
  const inLane = events.flatMap(({ dot, lane }, at) => {
    const before = events[at - 1];
    return before !== undefined && before.lane === lane ? [{ from: before.dot, to: dot }] : [];
  });
  const columns = new Map(events.map(({ dot }) => [dot, 0]));
  // Causes have no circles; were there one all the same, it must not go on for ever.
  for (let round = 0; round < events.length; round++) {
    let moved = false;
    for (const { from, to } of [...inLane, ...links]) {
      const least = (columns.get(from) ?? -1) + 1;
      const present = columns.get(to);
      if (present === undefined || present >= least) continue;
      columns.set(to, least);
      moved = true;
    }
    if (!moved) break;
  }
  return columns;
}

function edgesOf(events: readonly GraphEvent[], links: readonly Link[]): readonly GraphEdge[] {
  const byDot = new Map(events.map((event) => [event.dot, event]));
  const sure = new Set(links.filter(({ kind }) => kind === 'saw').map(nameOf));
  const drawn = new Set<string>();
  return links.flatMap((link) => {
    const from = byDot.get(link.from);
    const to = byDot.get(link.to);
    const isDoubled = link.kind === 'perhaps' && sure.has(nameOf(link));
    if (from === undefined || to === undefined || isDoubled || drawn.has(nameOf(link))) return [];
    drawn.add(nameOf(link));
    return [{ from, to, kind: link.kind }];
  });
}

function nameOf({ from, to }: Link): string {
  return `${from} ${to}`;
}
