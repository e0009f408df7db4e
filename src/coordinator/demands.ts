/**
 * What a reader's session has seen of a key, and whether answers have seen it too: each in its
 * clock and in its single writes (protocols.md, section 10).
 */

import { type Context, isCovered } from '../causality/context.ts';
import { type ContextScope, decodeContext } from '../causality/context-codec.ts';
import { ABSENT, isAbsent, merge, type SiblingObject } from '../causality/sibling-object.ts';
import type { NodeId } from '../kernel/names.ts';
import type { Answered } from '../routing/gather.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import type { Demand } from './requests.ts';
import type { VersionAnswer } from './version-answers.ts';

export interface OpenDemand {
  readonly context: Context;
  readonly absent: boolean;
}

const NONE: readonly OpenDemand[] = [];

/** Throws `bad_context`. */
export function openDemands(
  demands: readonly Demand[] | undefined,
  scope: ContextScope,
): readonly OpenDemand[] {
  if (demands === undefined) return NONE;
  return demands.map(({ context, absent }) => ({
    context: decodeContext(context, scope),
    absent,
  }));
}

export function isMetBy(demands: readonly OpenDemand[], object: SiblingObject = ABSENT): boolean {
  return demands.every(
    ({ context, absent }) => (absent && isAbsent(object)) || isCovered(context, object.clock),
  );
}

/** All that they know together. */
export function mergedOf(answers: readonly Answered<VersionAnswer>[]): SiblingObject {
  return answers.map(({ answer }) => answer.object).reduce(merge, ABSENT);
}

/**
 * Whether each demand is met, or was made under a lower reap number than that of the last round
 * which all primaries that answered have completed: then what they hold is all that is left of
 * what it names (as for contexts, see writer-context.ts). All primaries have to be among those
 * that answered, of both lists where the partition moves.
 */
export function isMetOrOutlivedBy(
  demands: readonly OpenDemand[],
  { written }: KeyPlan,
  answers: readonly Answered<VersionAnswer>[],
): boolean {
  const object = mergedOf(answers);
  const completed = new Map<NodeId, number>();
  for (const { node, answer } of answers) completed.set(node, answer.completed);
  const reaped = Math.min(...written.map((node) => completed.get(node) ?? 0));
  return demands.every((demand) => demand.context.reap < reaped || isMetBy([demand], object));
}
