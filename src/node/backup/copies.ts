/**
 * What the copies of several nodes say together of one key, for whoever restores it.
 *
 * Objects merge: what one copy says was replaced or deleted is gone from all. Of a register the
 * highest ballot that any copy has accepted stands: whatever was chosen was accepted by a majority,
 * so where fewer copies are missing than a majority some copy has it, and any higher ballot was
 * proposed with knowledge of it. (A value that only a minority had accepted was in doubt, and may
 * stand.) Ballots, dots and times of the old cluster are kept only where they decide something:
 * objects keep dots and stamps, registers get new ballots.
 *
 * What the writer's session remembered (`carried`) is left out: it names keys by numbers of buckets
 * of the old cluster. Readers learn that there was something by the mark of a gap.
 */

import { decodeObject, encodeObject } from '../../causality/object-codec.ts';
import { NEW_SESSION } from '../../causality/session-token.ts';
import { encodeCarried } from '../../causality/session-token-codec.ts';
import { merge, type SiblingObject } from '../../causality/sibling-object.ts';
import { invariant } from '../../kernel/invariant.ts';
import { encodeContent } from '../../kernel/restored-content.ts';
import { decodeAcceptorRecord } from '../../paxos/acceptor-record.ts';
import { compareBallots } from '../../paxos/ballot.ts';
import { decodeRegister } from '../../paxos/register-codec.ts';

/** Undefined: it was deleted. Throws `DecodeError`. */
export function objectOfCopies(copies: readonly Uint8Array[]): Uint8Array | undefined {
  const object = copies.map(decodeObject).reduce(merge);
  return object.siblings.length === 0 ? undefined : encodeObject(withoutSessions(object));
}

function withoutSessions({ clock, siblings }: SiblingObject): SiblingObject {
  const carried = encodeCarried({ ...NEW_SESSION, truncated: true });
  return {
    clock,
    siblings: siblings.map((sibling) =>
      sibling.carried === undefined ? sibling : { ...sibling, carried },
    ),
  };
}

/** As `restored-content.ts`. Undefined: there is no value. Throws `DecodeError`. */
export function registerOfCopies(copies: readonly Uint8Array[]): Uint8Array | undefined {
  const [first, ...others] = copies.map(decodeAcceptorRecord);
  invariant(first !== undefined, 'a register has a copy');
  const latest = others.reduce(
    (best, other) => (compareBallots(other.accepted, best.accepted) > 0 ? other : best),
    first,
  );
  const { content } = decodeRegister(latest.register);
  return content && encodeContent({ ...content, expiresAt: content.expiresAt });
}
