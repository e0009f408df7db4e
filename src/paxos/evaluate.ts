/**
 * What a change makes of a register. Pure, and judged once for each ballot under which the
 * change is proposed.
 *
 * - What has expired by the proposer's clock is absent, and that is written before anybody is
 *   told: else a reader with a slower clock could still find it.
 * - An applied change is recorded in the register. A refused one is where a client gave its id,
 *   so that it hears the same when it asks again.
 */

import { joinCarried } from '../causality/session-token-codec.ts';
import type { Content } from '../causality/sibling-object.ts';
import { unreachable } from '../kernel/invariant.ts';
import {
  appended,
  incremented,
  NUMBER_CONTENT_TYPE,
  type Updated,
} from '../kernel/value-update.ts';
import { type Ballot, ZERO } from './ballot.ts';
import { type Change, digestOf, type Expire, holds, type Requested } from './change.ts';
import {
  type Outcome,
  type RecordedChange,
  type Refusal,
  type Register,
  withChange,
} from './register.ts';

export interface Circumstances {
  /** Under which the change would be accepted. */
  readonly ballot: Ballot;
  /** By the proposer's clock, ms since 1970. */
  readonly now: number;
  /** How long what is put into the bucket lives where nothing else is said; undefined: for ever. */
  readonly ttlMs: number | undefined;
}

export type Answer = Pick<RecordedChange, 'outcome' | 'version' | 'result'>;

export interface Evaluation {
  readonly answer: Answer;
  /** The register as it would be; undefined: nothing is to be written. */
  readonly write: Register | undefined;
}

/** What the change makes of the content, if it applies. */
type Effect =
  | { readonly content: Content | undefined; readonly result?: number }
  | { readonly refusal: Refusal };

export function evaluate(
  register: Register,
  requested: Requested,
  circumstances: Circumstances,
): Evaluation {
  const { change, id, given } = requested;
  const { ballot, now } = circumstances;
  const present = presentContent(register, now);
  const hasExpired = present !== register.content;
  const effect = effectOf(change, present, register.version, circumstances, hasExpired);
  const outcome: Outcome = 'refusal' in effect ? effect.refusal : 'applied';
  const isWritten = outcome === 'applied' || hasExpired;
  const content = 'refusal' in effect ? present : effect.content;
  const after = isWritten ? { ...register, content, version: ballot } : register;
  const result = 'refusal' in effect ? undefined : effect.result;
  const version = outcome === 'applied' || content !== undefined ? after.version : ZERO;
  const answer = { outcome, version, result };
  if (change.type !== 'expire' && (outcome === 'applied' || given)) {
    const recorded = { id, given, at: ballot, ...answer, digest: digestOf(requested) };
    return { answer, write: withChange(after, recorded, now) };
  }
  return { answer, write: isWritten ? after : undefined };
}

/** What of the content is still there. */
export function presentContent({ content }: Register, now: number): Content | undefined {
  const expiresAt = content?.expiresAt;
  return expiresAt !== undefined && expiresAt <= now ? undefined : content;
}

function effectOf(
  change: Change | Expire,
  present: Content | undefined,
  version: Ballot,
  circumstances: Circumstances,
  hasExpired: boolean,
): Effect {
  if (change.type === 'expire') {
    return hasExpired ? { content: undefined } : { refusal: 'condition_failed' };
  }
  if (!holds(change.condition, present && version)) return { refusal: 'condition_failed' };
  switch (change.type) {
    case 'put': {
      const { value, contentType, meta, carried } = change;
      const expiresAt = expiryOf(change, circumstances);
      return { content: { value, contentType, meta, carried, expiresAt } };
    }
    case 'delete':
      return present === undefined ? { refusal: 'not_found' } : { content: undefined };
    case 'increment': {
      const expiresAt = expiryOf(change, circumstances);
      const created = { contentType: NUMBER_CONTENT_TYPE, meta: [], expiresAt };
      const content = updatedContent(present ?? created, change);
      return effectOfUpdate(incremented(present?.value, change.by), content);
    }
    case 'append': {
      const { bytes, contentType, bytesMax } = change;
      const created = { contentType, meta: [], expiresAt: expiryOf(change, circumstances) };
      const content = updatedContent(present ?? created, change);
      return effectOfUpdate(appended(present?.value, bytes, bytesMax), content);
    }
    default:
      return unreachable(change);
  }
}

/** Whoever reads what was made of a value reads that too, so it carries what both did. */
function updatedContent(
  content: Omit<Content, 'value'>,
  { carried }: Change & { readonly type: 'increment' | 'append' },
): Omit<Content, 'value'> {
  return { ...content, carried: joinCarried(content.carried, carried) };
}

function effectOfUpdate(updated: Updated, content: Omit<Content, 'value'>): Effect {
  if ('refusal' in updated) return updated;
  const { value, result } = updated;
  return { content: { ...content, value }, ...(result !== undefined && { result }) };
}

/** When what the change creates is gone. */
function expiryOf(
  { ttlMs }: { readonly ttlMs?: number | 'none' | undefined },
  circumstances: Circumstances,
): number | undefined {
  const lifeMs = ttlMs ?? circumstances.ttlMs;
  return lifeMs === undefined || lifeMs === 'none' ? undefined : circumstances.now + lifeMs;
}
