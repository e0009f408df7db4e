/**
 * Which faults one node gives to itself, for experiments: to its links (how what it sends to
 * each other node is held up, lost or cut off), to its disk and to its wall clock.
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

export interface DiskFaults {
  /** Every commit of the node's stores is held up by so much before it begins. */
  readonly delay?: Delay;
  /** No commit finds room: what is written fails as on a disk without space. */
  readonly full?: boolean;
}

export interface ClockFaults {
  /** What the node's wall clock reads beside the machine's, in milliseconds; negative: behind. */
  readonly offsetMs: number;
}

export interface FaultTable {
  /** By the node at the other end; `*`: every one that is not named. */
  readonly links: Readonly<Record<NodeId | typeof ALL_OTHERS, LinkFaults>>;
  readonly disk?: DiskFaults;
  readonly clock?: ClockFaults;
}

export const ALL_OTHERS = '*';

/** Ten years of 365 days: a watch that is further off is not taken for one. */
export const CLOCK_OFFSET_MS_MAX = 10 * 365 * 24 * 3_600_000;

/** For which a node may be paused. */
export const PAUSE_MS_MAX = 60_000;

export const NO_FAULTS: FaultTable = { links: {} };

/** Undefined where everything passes at once. */
export function faultsOf(
  links: FaultTable['links'],
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

/** What of the node itself has faults. */
export function faultyPartsOf({ disk, clock }: FaultTable): readonly FaultyPart[] {
  return [
    ...(disk !== undefined && (disk.full === true || disk.delay !== undefined)
      ? (['disk'] as const)
      : []),
    ...(clock !== undefined && clock.offsetMs !== 0 ? (['clock'] as const) : []),
  ];
}

export type FaultyPart = 'disk' | 'clock';

/** The table of a JSON document. Throws `bad_parameter`, naming the field and what is right. */
export function faultTableOf(document: object): FaultTable {
  refuseOthers(document, ['links', 'disk', 'clock'], '');
  const { links = {}, disk, clock } = document as Readonly<Record<string, unknown>>;
  const entries = Object.entries(objectAt(links, 'links', LINKS_EXAMPLE));
  return {
    links: Object.fromEntries(entries.map(([peer, link]) => [peer, linkOf(peer, link)])),
    ...(disk !== undefined && { disk: diskOf(disk) }),
    ...(clock !== undefined && { clock: clockOf(clock) }),
  };
}

const LINKS_EXAMPLE = '{"links": {"n2": {"cut": true}}}';

function diskOf(value: unknown): DiskFaults {
  const fields = objectAt(value, 'disk', '{"disk": {"full": true}}');
  refuseOthers(fields, ['delay', 'full'], 'disk');
  const { delay, full } = fields as Readonly<Record<string, unknown>>;
  if (full !== undefined && typeof full !== 'boolean') {
    throw refuseAt('disk.full', 'must be true or false');
  }
  return {
    ...(delay !== undefined && { delay: delayOf(delay, 'disk.delay') }),
    ...(full !== undefined && { full }),
  };
}

function clockOf(value: unknown): ClockFaults {
  const fields = objectAt(value, 'clock', '{"clock": {"offsetMs": -30000}}');
  refuseOthers(fields, ['offsetMs'], 'clock');
  const { offsetMs } = fields as Readonly<Record<string, unknown>>;
  if (isClockOffset(offsetMs)) return { offsetMs };
  const most = CLOCK_OFFSET_MS_MAX;
  throw refuseAt('clock.offsetMs', `must be a whole number from -${most} to ${most}`);
}

function isClockOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= CLOCK_OFFSET_MS_MAX;
}

function linkOf(peer: string, value: unknown): LinkFaults {
  const path = `links.${peer}`;
  const { lanes, ...faults } = objectAt(value, path, LINKS_EXAMPLE) as { lanes?: unknown };
  refuseOthers(faults, [...LANE_FIELDS, 'lanes'], path);
  const ofLink = laneFaultsOf(faults, path);
  if (lanes === undefined) return ofLink;
  const given = objectAt(lanes, `${path}.lanes`, LINKS_EXAMPLE);
  refuseOthers(given, LANES, `${path}.lanes`);
  const ofLanes = Object.entries(given).map(([lane, value]) => {
    const at = `${path}.lanes.${lane}`;
    const fields = objectAt(value, at, LINKS_EXAMPLE);
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

function objectAt(value: unknown, path: string, example: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw refuseAt(path, `must be an object, such as ${example}`);
}
