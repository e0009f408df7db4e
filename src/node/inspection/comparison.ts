/**
 * How what nodes hold of one key differs. For people: it was read at different moments, so a
 * write that is on its way looks like a node that is behind.
 */

import { ABSENT, merge, type SiblingObject, sameVersion } from '../../causality/sibling-object.ts';
import { covers, type Dot, sameDot } from '../../causality/version-vector.ts';
import { EMPTY_BYTES } from '../../kernel/bytes.ts';
import type { NodeId } from '../../kernel/names.ts';
import {
  type Ballot,
  ballotOfList,
  compareBallots,
  highestBallot,
  ZERO,
} from '../../paxos/ballot.ts';
import type { HeldKey, HeldVersion, Whole } from './held-key.ts';
import { isKeeper, type Place } from './key-places.ts';

/** How one copy stands to what all copies know together. */
export interface Standing {
  /** Others know more. */
  readonly behind: boolean;
  /** By actor the latest write that others know of, where this copy knows less of the actor. */
  readonly lacks: readonly Dot[];
  /** By actor the latest write that is known here, where no other node knows as much. */
  readonly alone: readonly Dot[];
  /** Siblings that are here though others know that they were replaced. */
  readonly replaced: readonly Dot[];
}

export interface Compared {
  /** Of what the node holds anything. */
  readonly behind: boolean;
  /** In a dynamo bucket: of its record, or of its having none; undefined: it needs none. */
  readonly record: Standing | undefined;
  /** Likewise of its hints, in their order; undefined: damaged. */
  readonly hints: readonly (Standing | undefined)[];
}

export interface Held extends Place {
  readonly held: HeldKey;
}

type Version = Pick<HeldVersion, 'clock' | 'siblings'>;

/** A version on one node: its record, or a hint. */
interface Copy {
  readonly node: NodeId;
  readonly version: Version;
}

const NOTHING: Version = { clock: [], siblings: [] };

/** What all copies know together, without contents. */
export function knownTogether(all: readonly Held[]): SiblingObject {
  return together(all.flatMap(copiesOf));
}

/** By node. */
export function compareAll(all: readonly Held[]): ReadonlyMap<NodeId, Compared> {
  const copies = all.flatMap(copiesOf);
  return new Map(all.map((one) => [one.node, compare(one, all, copies)]));
}

function compare(one: Held, all: readonly Held[], copies: readonly Copy[]): Compared {
  const { holding } = one.held;
  if (holding.mode !== 'dynamo') {
    const behind = isBehindOthers(
      one.held,
      all.map(({ held }) => held),
    );
    return { behind, record: undefined, hints: [] };
  }
  const others = copies.filter(({ node }) => node !== one.node);
  const known = together(copies);
  // Where nobody else told of anything, there is nobody to differ from.
  const elsewhere = others.length === 0 ? known : together(others);
  const standing = (version: Version | undefined) =>
    version && standingOf(version, known, elsewhere);
  const record = standing(recordOf(one));
  const hints = holding.hints.map(({ version }) => standing(wholeOf(version)));
  return { behind: [record, ...hints].some((each) => each?.behind === true), record, hints };
}

function standingOf(version: Version, known: SiblingObject, elsewhere: SiblingObject): Standing {
  const isPresent = (dot: Dot) => known.siblings.some((sibling) => sameDot(sibling.dot, dot));
  return {
    behind: !sameVersion(bare(version), known),
    lacks: known.clock.filter((dot) => !covers(version.clock, dot)),
    alone: version.clock.filter((dot) => !covers(elsewhere.clock, dot)),
    replaced: version.siblings.map(({ dot }) => dot).filter((dot) => !isPresent(dot)),
  };
}

function copiesOf(one: Held): readonly Copy[] {
  const { node, held } = one;
  if (held.holding.mode !== 'dynamo') return [];
  const hints = held.holding.hints.map(({ version }) => wholeOf(version));
  return [recordOf(one), ...hints].flatMap((version) => (version ? [{ node, version }] : []));
}

/** Nothing counts where something should be. */
function recordOf({ held, ...place }: Held): Version | undefined {
  const { holding } = held;
  if (holding.mode !== 'dynamo') return undefined;
  if (holding.record === null) return isKeeper(place) ? NOTHING : undefined;
  return wholeOf(holding.record);
}

function wholeOf(version: Whole<HeldVersion>): Version | undefined {
  return version === 'damaged' ? undefined : version;
}

function together(copies: readonly Copy[]): SiblingObject {
  return copies.map(({ version }) => bare(version)).reduce(merge, ABSENT);
}

function bare({ clock, siblings }: Version): SiblingObject {
  const contents = { value: EMPTY_BYTES, contentType: '', meta: [] };
  return { clock, siblings: siblings.map(({ dot, hlc }) => ({ dot, hlc, ...contents })) };
}

/** Whether others have accepted a later ballot, or are further and hold something else. */
function isBehindOthers(held: HeldKey, all: readonly HeldKey[]): boolean {
  if (held.holding.mode === 'paxos') {
    const latest = highestBallot(...all.map(acceptedOf));
    return compareBallots(acceptedOf(held), latest) < 0;
  }
  const furthest = all.reduce((one, other) => (other.applied > one.applied ? other : one), held);
  return revisionOf(held) !== revisionOf(furthest);
}

function acceptedOf({ holding }: HeldKey): Ballot {
  if (holding.mode !== 'paxos' || holding.register === null) return ZERO;
  return holding.register === 'damaged' ? ZERO : ballotOfList(holding.register.accepted);
}

function revisionOf({ holding }: HeldKey): number | undefined {
  return holding.mode === 'raft' ? holding.value?.revision : undefined;
}
