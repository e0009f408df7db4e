/**
 * The last five minutes, look by look. What a node did is the difference of two answers of it that
 * follow each other: where one is missing, or nobody looked for a while, there is a gap and no
 * number, and the node begins anew with its next answer.
 */

import type { ActivityDocument, NodeActivity } from '../../kernel/activity.ts';
import { type ActivityRates, ratesBetween, ratesTogether } from '../../kernel/activity-rates.ts';
import { type Figures, figuresOf } from './figures.ts';

export const SHOWN_MS = 300_000;
export const LOOKS_MAX = 300;

/** Looks further apart say nothing of the seconds between; one waits 0.9 s for a silent node. */
const APART_MS_MAX = 5_000;

export interface Look {
  readonly atMs: number;
  /** By node. Undefined: it did not answer now, or not before. */
  readonly nodes: ReadonlyMap<string, Figures | undefined>;
  /** Of all that answered; undefined: nobody did. */
  readonly all: Figures | undefined;
}

export interface History {
  /** Oldest first. */
  readonly looks: readonly Look[];
  readonly last: { readonly atMs: number; readonly document: ActivityDocument } | undefined;
}

export const NO_HISTORY: History = { looks: [], last: undefined };

/** `atMs`: when the document came, in milliseconds since 1970. */
export function withLook(history: History, document: ActivityDocument, atMs: number): History {
  const { last, looks } = history;
  if (last !== undefined && atMs <= last.atMs) return history;
  const follows = last !== undefined && atMs - last.atMs <= APART_MS_MAX;
  const look = lookAt(follows ? last.document : undefined, document, atMs);
  const kept = looks.filter((one) => atMs - one.atMs < SHOWN_MS).slice(1 - LOOKS_MAX);
  return { looks: [...kept, look], last: { atMs, document } };
}

function lookAt(
  before: ActivityDocument | undefined,
  { nodes }: ActivityDocument,
  atMs: number,
): Look {
  const earlier = new Map(before?.nodes.map(({ node, activity }) => [node, activity]));
  const rates = nodes.map(
    ({ node, activity }) => [node, ratesOf(earlier.get(node), activity)] as const,
  );
  const known = rates.flatMap(([, found]) => found ?? []);
  return {
    atMs,
    nodes: new Map(rates.map(([node, found]) => [node, found && figuresOf(found)])),
    all: known.length === 0 ? undefined : figuresOf(ratesTogether(known)),
  };
}

function ratesOf(
  before: NodeActivity | null | undefined,
  now: NodeActivity | null,
): ActivityRates | undefined {
  return before == null || now === null ? undefined : ratesBetween(before, now);
}

/** Of one node, or of all together, in the order of the looks. */
export function figuresThrough(
  looks: readonly Look[],
  node: string | undefined,
): readonly (Figures | undefined)[] {
  return looks.map(({ nodes, all }) => (node === undefined ? all : nodes.get(node)));
}
