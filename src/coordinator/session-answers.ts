/** Session tokens as requests bring them, as answers take them back, and as values carry them. */

import {
  carriedOf,
  joinTokens,
  NEW_SESSION,
  type SessionToken,
} from '../causality/session-token.ts';
import {
  boundToken,
  decodeSession,
  encodeCarried,
  encodeSession,
  type SessionScope,
  takeOverCarried,
} from '../causality/session-token-codec.ts';
import type { ClusterView } from '../ring/cluster-view.ts';

export interface SessionAnswer {
  /** For the session's next request. */
  readonly token: string;
  /** How many entries the session has forgotten by now since the token is bounded. */
  readonly dropped: number;
  /** A value that it read carried less than all that its writer had seen. */
  readonly truncated: boolean;
}

/** All of them in one; none: the session begins. Throws `bad_session`. */
export function tokenOf(view: ClusterView, tokens: readonly string[]): SessionToken {
  return tokens.map((token) => decodeSession(token, scopeOf(view))).reduce(joinTokens, NEW_SESSION);
}

export function answerWith(view: ClusterView, token: SessionToken): SessionAnswer {
  const bounded = boundToken(pruned(view, token));
  const { dropped, truncated } = bounded;
  return { token: encodeSession(bounded, scopeOf(view)), dropped, truncated };
}

/** What a value that is written tells its readers of this; undefined: nothing. */
export function carriedBy(view: ClusterView, token: SessionToken): Uint8Array | undefined {
  const carried = carriedOf(boundToken(pruned(view, token)));
  const isEmpty = carried.entries.length === 0 && !carried.truncated;
  return isEmpty ? undefined : encodeCarried(carried);
}

/** With what the writers of these values remembered. */
export function takingOver(
  token: SessionToken,
  values: readonly { readonly carried?: Uint8Array | undefined }[],
): SessionToken {
  return values.reduce((sum, { carried }) => takeOverCarried(sum, carried), token);
}

/** Deleted buckets come back under other numbers only, so what is known of their keys is in vain. */
function pruned(view: ClusterView, token: SessionToken): SessionToken {
  const entries = token.entries.filter(
    ({ bucketNumber }) =>
      bucketNumber >= view.nextBucketNumber || view.bucketNumbered(bucketNumber) !== undefined,
  );
  return { ...token, entries };
}

function scopeOf(view: ClusterView): SessionScope {
  return { cluster: view.clusterNumber, seal: (bytes) => view.seal(bytes) };
}
