/**
 * A session: what its requests have seen and written binds those after them (README, Sessions).
 *
 * Its token goes with each request and comes back changed, so its requests run one after the
 * other, in the order in which they were made. The token is text: written down or sent to
 * another process, the session goes on there.
 */

import type { SessionOptions } from './request-options.ts';

/**
 * `ryw` reads its own writes, `mr` never reads back in time, `mw` writes in order, `wfr` writes
 * after what it has read; `session` is all four. These are about each key by itself; `causal`
 * holds across keys, and includes what the writers of values had seen.
 */
export type Guarantee = (typeof GUARANTEES)[number];

const GUARANTEES = ['ryw', 'mr', 'mw', 'wfr', 'session', 'causal'] as const;

/** What an answer says of the session. */
interface SessionAnswer {
  readonly session?: string;
  readonly sessionDropped?: number;
}

export class SessionState {
  readonly #guarantees: readonly Guarantee[];
  #token: string | undefined;
  #dropped = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(guarantees: readonly Guarantee[], token?: string) {
    this.#guarantees = guarantees;
    this.#token = token;
  }

  /** Of what `toString` gave. Throws `TypeError` where it is something else. */
  static from(text: string): SessionState {
    const [names = '', token = '', ...rest] = text.split(':');
    const guarantees = names.split(',').filter(isGuarantee);
    if (rest.length > 0 || guarantees.join(',') !== names || names === '') {
      throw new TypeError('this text is no session: pass what toString() of one has given');
    }
    return new SessionState(guarantees, token === '' ? undefined : token);
  }

  /** How much of what it has seen did not fit into its token and no longer binds. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * When all requests before it have ended. What fails leaves the session as it was.
   * @param waitFor rejects where the request has to end before its turn has come
   */
  run<Answer extends SessionAnswer>(
    request: (session: SessionOptions) => Promise<Answer>,
    waitFor: (turn: Promise<unknown>) => Promise<unknown>,
  ): Promise<Answer> {
    const before = this.#last;
    const running = waitFor(before).then(() => this.#runNow(request));
    this.#last = Promise.allSettled([before, running]);
    return running;
  }

  async #runNow<Answer extends SessionAnswer>(
    request: (session: SessionOptions) => Promise<Answer>,
  ): Promise<Answer> {
    const session = this.#guarantees.join(',');
    const answer = await request({ session, sessionToken: this.#token });
    this.#token = answer.session ?? this.#token;
    this.#dropped = answer.sessionDropped ?? this.#dropped;
    return answer;
  }

  /** With all that has been answered so far. */
  toString(): string {
    return `${this.#guarantees.join(',')}:${this.#token ?? ''}`;
  }
}

function isGuarantee(name: string): name is Guarantee {
  return GUARANTEES.some((guarantee) => guarantee === name);
}
