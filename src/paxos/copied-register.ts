/**
 * What an acceptor makes of a register that comes by copying its partition, or from the others
 * where its own record was damaged. Pure.
 *
 * The higher accepted ballot wins, as it does in a prepare, and is marked as copied: it must not
 * be lost, but this acceptor has not voted for it. Where both have the same ballot the own vote
 * stays what it is. No promise is forgotten.
 */

import type { AcceptorRecord } from './acceptor-record.ts';
import { compareBallots, highestBallot, sameBallot } from './ballot.ts';

/** The record as it is from now on; undefined: as it was. */
export function withCopied(
  local: AcceptorRecord,
  incoming: AcceptorRecord,
): AcceptorRecord | undefined {
  const promised = highestBallot(local.promised, incoming.promised);
  if (compareBallots(incoming.accepted, local.accepted) > 0) {
    return { ...incoming, promised, copied: true };
  }
  return sameBallot(promised, local.promised) ? undefined : { ...local, promised };
}
