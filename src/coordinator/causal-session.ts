/**
 * One request of a causal session to a key whose reads are linearizable, seen from the node that
 * the client asked. Nothing has to be demanded or remembered of such a key. But what the session
 * saw of other keys goes with the values that it writes, and comes with those that it reads.
 */

import type { SessionToken } from '../causality/session-token.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import {
  answerWith,
  carriedBy,
  type SessionAnswer,
  takingOver,
  tokenOf,
} from './session-answers.ts';

export class CausalSession {
  readonly #view: ClusterView;
  readonly #token: SessionToken;

  /** Throws `bad_session`. */
  constructor(view: ClusterView, tokens: readonly string[]) {
    this.#view = view;
    this.#token = tokenOf(view, tokens);
  }

  /** For the value that is written. */
  get carried(): Uint8Array | undefined {
    return carriedBy(this.#view, this.#token);
  }

  /** @param read what was shown; undefined: nothing was */
  after(read?: { readonly carried?: Uint8Array | undefined }): SessionAnswer {
    return answerWith(this.#view, takingOver(this.#token, read === undefined ? [] : [read]));
  }

  /** What was shown is there no more, and neither is what it carried. */
  afterOverwritten(): SessionAnswer {
    return answerWith(this.#view, { ...this.#token, truncated: true });
  }
}
