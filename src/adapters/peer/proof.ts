/**
 * Proofs that a node knows the cluster's secret, over what it says; the secret never travels.
 *
 * Everything that a proof is to vouch for must be in its claim, the side that makes it too,
 * so that a proof cannot be sent back as an answer.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';

/** The header that carries a proof, in both directions. */
export const PROOF_HEADER = 'quorate-proof';

export type Side = 'client' | 'server';

/** HMAC-SHA256 (RFC 2104) of the claim. */
export function proofOf(claim: string | Uint8Array, secret: string): string {
  return createHmac('sha256', secret).update(claim).digest('base64url');
}

/**
 * Why the side that gave the proof, or none, is not to be trusted, in words for whoever has
 * to set the secrets right; undefined when it is. Without a secret nobody proves anything.
 */
export function reasonToDistrust(
  given: string | string[] | undefined,
  side: Side,
  claim: string | Uint8Array,
  secret: string | undefined,
): string | undefined {
  const [judge, judged] = side === 'client' ? CLIENT_JUDGED : SERVER_JUDGED;
  if (secret === undefined) {
    if (given === undefined) return undefined;
    return `${judged} has a cluster secret and ${judge} has none: set the same on both`;
  }
  if (typeof given !== 'string') {
    return `${judge} has a cluster secret and ${judged} has none: set the same on both`;
  }
  const expected = Buffer.from(proofOf(claim, secret));
  const presented = Buffer.from(given);
  if (expected.length === presented.length && timingSafeEqual(expected, presented)) {
    return undefined;
  }
  return `${judged} has another cluster secret than ${judge}: set the same on both`;
}

const CLIENT_JUDGED = ['the node called', 'the caller'] as const;
const SERVER_JUDGED = ['the caller', 'the node called'] as const;
