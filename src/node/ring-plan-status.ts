/** What operators are told of changes of the ring: what is staged, what it would do, what was done. */

import type { NodeId } from '../kernel/names.ts';
import { openSalvages } from '../metadata/node-record.ts';
import type { MetadataState } from '../metadata/state.ts';
import type { StagedChange } from '../ring/changes.ts';
import type { Plan } from '../ring/plan.ts';

export interface RingPlanStatus {
  readonly node: NodeId;
  readonly epoch: number;
  /** What the request has done; undefined: it only asked, or staged. */
  readonly done: RingChangeDone | undefined;
  readonly staged: readonly StagedChange[];
  /** Undefined: nothing is staged. */
  readonly plan: Plan | undefined;
  /** Moves that are yet to be begun; undefined: no change is under way. */
  readonly movesLeft: number | undefined;
  readonly notes: readonly RingNote[];
}

export type RingChangeDone =
  /** They are under way, or forgotten. */
  | { readonly type: 'committed' | 'cleared'; readonly changes: readonly StagedChange[] }
  /** So many moves will not be begun, and so many go back or to their end. */
  | { readonly type: 'aborted'; readonly movesNotBegun: number; readonly movesToEnd: number };

/** What somebody has to see to. */
export interface RingNote {
  readonly code: 'node_silent' | 'salvage_open';
  readonly node: NodeId;
  readonly detail: string;
}

export function ringNotes(
  state: MetadataState,
  reachable: (node: NodeId) => boolean,
): readonly RingNote[] {
  const silent = state
    .staged()
    .flatMap(partyOf)
    .filter((node) => !reachable(node))
    .map((node): RingNote => ({ code: 'node_silent', node, detail: silenceOf(node) }));
  const open = openSalvages(state.nodes()).map(
    (node): RingNote => ({ code: 'salvage_open', node, detail: salvageOf(node) }),
  );
  return [...silent, ...open];
}

/** Who is to give data, or to get it. */
function partyOf(change: StagedChange): readonly NodeId[] {
  if (change.type === 'join' || change.type === 'leave') return [change.node];
  return change.type === 'replace' ? [change.by] : [];
}

function silenceOf(node: NodeId): string {
  return `${node} does not answer, and what moves would wait for it: start it again before the commit, or take back what is staged: quorate cluster clear`;
}

function salvageOf(node: NodeId): string {
  return `what only ${node} held can be salvaged yet, and nothing is reaped until then: quorate salvage --data with its directory, or quorate salvage --close ${node}`;
}
