/**
 * What a proposer does about a change, given the register that it would build on: the rules by
 * which a change runs once, and by which nothing is called refused that may yet apply
 * (protocols.md, section 9, "Outcomes"). Pure.
 */

import { timeOfRequest } from '../kernel/request-id.ts';
import { type Ballot, compareBallots, isZero } from './ballot.ts';
import { digestOf, type Requested } from './change.ts';
import { type Answer, type Circumstances, evaluate } from './evaluate.ts';
import { type Register, recordedOf } from './register.ts';

/** The register of the highest accepted ballot, as a prepare quorum or the last own accept has it. */
export interface Ground {
  readonly register: Register;
  /** It is known to be chosen. */
  readonly isChosen: boolean;
  /** It is known that nothing later was chosen before the request began. */
  readonly isCurrent: boolean;
}

export interface Attempt extends Circumstances {
  /** The first ballot under which acceptors may have accepted the change; undefined: none may. */
  readonly sent: Ballot | undefined;
  /** See `ClusterView.idMarks`. */
  readonly idMark: number;
}

export type Judgement =
  /** Nothing is to be written. */
  | { readonly type: 'answer'; readonly answer: Answer }
  /** The answer holds if this is current. */
  | { readonly type: 'confirm'; readonly answer: Answer }
  /** The answer holds once this register is chosen. */
  | {
      readonly type: 'write';
      readonly answer: Answer;
      readonly register: Register;
      /** It tells of the change. */
      readonly isChange: boolean;
    }
  /** Whether it ever ran can no longer be told. */
  | { readonly type: 'unknown' }
  /** Its id is that of another change. */
  | { readonly type: 'misnamed' };

export function judge(
  { register, isChosen, isCurrent }: Ground,
  requested: Requested,
  attempt: Attempt,
): Judgement {
  const recorded = recordedOf(register, requested.id);
  if (recorded !== undefined) {
    if (recorded.digest !== digestOf(requested)) return { type: 'misnamed' };
    if (isChosen) return { type: 'answer', answer: recorded };
    // It may not be chosen yet, and this may be what completes it.
    return { type: 'write', answer: recorded, register, isChange: true };
  }
  const { sent } = attempt;
  if (mayBeForgotten(register, requested, attempt)) return { type: 'unknown' };
  const { answer, write } = evaluate(register, requested, attempt);
  if (write !== undefined) {
    const isChange = recordedOf(write, requested.id) !== undefined;
    return { type: 'write', answer, register: write, isChange };
  }
  // An accept that went astray could still be found and completed by somebody else, until
  // something later is chosen.
  if (sent === undefined && isChosen) return { type: isCurrent ? 'answer' : 'confirm', answer };
  return { type: 'write', answer, register, isChange: false };
}

/**
 * Whether the register could have had the change and have forgotten it, or have been erased with
 * it.
 *
 * - An id that a client gave was never forgotten where it is younger than all that were.
 * - A change without one is proposed here alone, under no ballot below the first it was sent with.
 *   If all that was forgotten is older than that, the register never had it. Nor had it where
 *   it was not erased since: within one epoch it is not, and what it tells of an earlier time
 *   it would have lost.
 */
function mayBeForgotten(
  { evicted, evictedAt, changes }: Register,
  { id, given }: Requested,
  { sent, ballot, idMark }: Attempt,
): boolean {
  if (given) return timeOfRequest(id) <= Math.max(idMark, evictedAt);
  if (sent === undefined) return false;
  if (compareBallots(evicted, sent) >= 0) return true;
  const tellsOfBefore = !isZero(evicted) || changes.some(({ at }) => compareBallots(at, sent) < 0);
  return ballot.epoch !== sent.epoch && !tellsOfBefore;
}
