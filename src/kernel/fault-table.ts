/**
 * Which faults one node gives to its own links, for experiments: how what it sends to each
 * other node is held up, lost or cut off.
 *
 * A link has a direction. To cut two nodes off from each other, both are told.
 */

import { type Delay, delayOf, refuseAt, refuseOthers } from './delay.ts';
import type { NodeId } from './names.ts';

/** Nothing that is left out happens. */
export interface LaneFaults {
  /** Nothing passes. */
  readonly cut?: boolean;
  /** Probability, from 0 to 1, that a message is lost. */
  readonly loss?: number;
  readonly delay?: Delay;
}

export interface LinkFaults extends LaneFaults {
  /** What is given for a lane holds there in place of what is given for the link. */
  readonly lanes?: { readonly [lane in FaultLane]?: LaneFaults };
}

const LANES = ['control', 'data', 'bulk'] as const;
export type FaultLane = (typeof LANES)[number];

export interface FaultTable {
  /** By the node at the other end; `*`: every one that is not named. */
  readonly links: Readonly<Record<NodeId | typeof ALL_OTHERS, LinkFaults>>;
}

export const ALL_OTHERS = '*';

export const NO_FAULTS: FaultTable = { links: {} };

/** Undefined where everything passes at once. */
export function faultsOf(
  { links }: FaultTable,
  peer: NodeId,
  lane: FaultLane,
): LaneFaults | undefined {
  const link = Object.hasOwn(links, peer) ? links[peer] : links[ALL_OTHERS];
  const faults = link?.lanes?.[lane] ?? link;
  return faults === undefined || isHarmless(faults) ? undefined : faults;
}

export function isHarmless({ cut = false, loss = 0, delay }: LaneFaults): boolean {
  return !cut && loss === 0 && delay === undefined;
}

/** The table of a JSON document. Throws `bad_parameter`, naming the field and what is right. */
export function faultTableOf(document: object): FaultTable {
  refuseOthers(document, ['links'], '');
  const { links = {} } = document as { links?: unknown };
  const entries = Object.entries(objectAt(links, 'links'));
  return { links: Object.fromEntries(entries.map(([peer, link]) => [peer, linkOf(peer, link)])) };
}

function linkOf(peer: string, value: unknown): LinkFaults {
  const path = `links.${peer}`;
  const { lanes, ...faults } = objectAt(value, path) as { lanes?: unknown };
  refuseOthers(faults, [...LANE_FIELDS, 'lanes'], path);
  const ofLink = laneFaultsOf(faults, path);
  if (lanes === undefined) return ofLink;
  const given = objectAt(lanes, `${path}.lanes`);
  refuseOthers(given, LANES, `${path}.lanes`);
  const ofLanes = Object.entries(given).map(([lane, value]) => {
    const at = `${path}.lanes.${lane}`;
    const fields = objectAt(value, at);
    refuseOthers(fields, LANE_FIELDS, at);
    return [lane, laneFaultsOf(fields, at)];
  });
  return { ...ofLink, lanes: Object.fromEntries(ofLanes) };
}

const LANE_FIELDS = ['cut', 'loss', 'delay'];

function laneFaultsOf(fields: object, path: string): LaneFaults {
  const { cut, loss, delay } = fields as Record<string, unknown>;
  if (cut !== undefined && typeof cut !== 'boolean') {
    throw refuseAt(`${path}.cut`, 'must be true or false');
  }
  if (loss !== undefined && !isProbability(loss)) {
    throw refuseAt(`${path}.loss`, 'must be a probability from 0 to 1, such as 0.05');
  }
  return {
    ...(cut !== undefined && { cut }),
    ...(loss !== undefined && { loss }),
    ...(delay !== undefined && { delay: delayOf(delay, `${path}.delay`) }),
  };
}

function isProbability(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function objectAt(value: unknown, path: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw refuseAt(path, 'must be an object, such as {"links": {"n2": {"cut": true}}}');
}
