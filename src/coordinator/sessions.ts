/**
 * One request of a session, seen from the node that the client asked: what the session's token
 * makes the request demand and carry, and what the token remembers of the answer.
 *
 * Only what concerns the request's key crosses to the node that coordinates it.
 */

import { type Context, contextOfRead } from '../causality/context.ts';
import { decodeContext, encodeContext } from '../causality/context-codec.ts';
import {
  entriesOf,
  forget,
  joinEntries,
  ownEntry,
  remember,
  type SessionEntry,
  type SessionToken,
  touch,
} from '../causality/session-token.ts';
import type { Sibling, SiblingObject } from '../causality/sibling-object.ts';
import {
  compareDots,
  covers,
  EMPTY_VECTOR,
  type VersionVector,
} from '../causality/version-vector.ts';
import type { ClusterView } from '../ring/cluster-view.ts';
import type { KeyPlan } from '../routing/key-plan.ts';
import type { ReadOutcome } from './read-path.ts';
import type {
  Demand,
  Guarantee,
  ReadRequest,
  SessionRequest,
  WriteReply,
  WriteRequest,
} from './requests.ts';
import {
  answerWith,
  carriedBy,
  type SessionAnswer,
  takingOver,
  tokenOf,
} from './session-answers.ts';

/** What reads and writes do for the sake of a guarantee. */
const DEMANDS: readonly Guarantee[] = ['ryw', 'mr', 'session', 'causal'];
const READS_RECORD: readonly Guarantee[] = ['mr', 'wfr', 'session', 'causal'];
const WRITES_RECORD: readonly Guarantee[] = ['ryw', 'mw', 'session', 'causal'];
const WRITES_CARRY: readonly Guarantee[] = ['mw', 'wfr', 'session', 'causal'];
const CAUSAL: readonly Guarantee[] = ['causal'];

export class Session {
  readonly #plan: KeyPlan;
  readonly #view: ClusterView;
  readonly #guarantees: readonly Guarantee[];
  readonly #token: SessionToken;

  /** Throws `bad_session`. */
  constructor(view: ClusterView, plan: KeyPlan, { guarantees, tokens }: SessionRequest) {
    this.#plan = plan;
    this.#view = view;
    this.#guarantees = guarantees;
    this.#token = tokenOf(view, tokens);
  }

  reading(request: ReadRequest): ReadRequest {
    return { ...request, session: undefined, demands: this.#demands() };
  }

  writing(request: WriteRequest): WriteRequest {
    const { contexts, content } = request;
    const own = this.#does(WRITES_CARRY) ? ownEntry(this.#token, this.#key) : undefined;
    return {
      ...request,
      session: undefined,
      contexts: own === undefined ? contexts : [...contexts, this.#encoded(own)],
      content: content && { ...content, carried: this.#carried() },
      demands: this.#demands(),
    };
  }

  afterRead({ object, reap, outlived }: ReadOutcome): SessionAnswer {
    const { clock, siblings } = object;
    const before = ownEntry(this.#token, this.#key);
    const token = outlived ? forget(this.#token, this.#key) : touch(this.#token, this.#key);
    const records = this.#does(READS_RECORD) || (outlived && before !== undefined);
    if (!records || clock.length === 0) return this.#answer(token);
    const read = this.#entry(contextOfRead(clock, reap), siblings.length === 0);
    const entry = outlived ? read : joinEntries(before, read);
    return this.#answer(remember(this.#takingOver(token, siblings), entry));
  }

  /** @param shown what the answer shows of the resulting object, where it shows it */
  afterWrite(
    { content }: WriteRequest,
    { context, clock = EMPTY_VECTOR }: WriteReply,
    shown: SiblingObject | undefined,
  ): SessionAnswer {
    const token = touch(this.#token, this.#key);
    const reads = shown !== undefined && this.#does(READS_RECORD);
    if (!this.#does(WRITES_RECORD) && !reads) return this.#answer(token);
    const written = this.#entry(decodeContext(context, this.#plan.scope), content === null);
    const before = ownEntry(token, this.#key);
    const entry = this.#does(WRITES_CARRY) ? written : afterBlindWrite(before, written, clock);
    return this.#answer(remember(this.#takingOver(token, shown?.siblings ?? []), entry));
  }

  #does(what: readonly Guarantee[]): boolean {
    return this.#guarantees.some((guarantee) => what.includes(guarantee));
  }

  #demands(): readonly Demand[] {
    if (!this.#does(DEMANDS)) return [];
    return entriesOf(this.#token, this.#key).map((entry) => ({
      context: this.#encoded(entry),
      absent: entry.absent,
    }));
  }

  /**
   * What the value that is written tells its readers of this session; undefined: nothing. Who
   * reads it sees what this session has seen of its key anyway.
   */
  #carried(): Uint8Array | undefined {
    if (!this.#does(CAUSAL)) return undefined;
    const own = ownEntry(this.#token, this.#key);
    const beside = this.#token.entries.filter((entry) => entry !== own);
    return carriedBy(this.#view, { ...this.#token, entries: beside });
  }

  #takingOver(token: SessionToken, siblings: readonly Sibling[]): SessionToken {
    return this.#does(CAUSAL) ? takingOver(token, siblings) : token;
  }

  get #key() {
    const { address, scope } = this.#plan;
    return { bucketNumber: address.bucketNumber, keyHash: scope.keyHash };
  }

  #entry(context: Context, absent: boolean): SessionEntry {
    return { ...this.#key, context, absent, readsOnly: false };
  }

  #encoded({ context }: SessionEntry): string {
    return encodeContext(context, this.#plan.scope);
  }

  #answer(token: SessionToken): SessionAnswer {
    return answerWith(this.#view, token);
  }
}

/**
 * The entry after a write that did not carry it. Whoever knows the write knows all that its
 * coordinator did then, so single writes that are in `clock` need not be named any more.
 */
function afterBlindWrite(
  before: SessionEntry | undefined,
  written: SessionEntry,
  clock: VersionVector,
): SessionEntry {
  const { absent, context } = joinEntries(before, written);
  const { dots } = written.context;
  const beside = (before?.context.dots ?? []).filter((dot) => !covers(clock, dot));
  return {
    ...written,
    absent,
    context: { ...context, dots: [...beside, ...dots].sort(compareDots) },
  };
}
