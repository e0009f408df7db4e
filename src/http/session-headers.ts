/**
 * Sessions as clients speak of them: `session=` names the guarantees, and the token comes and
 * goes in `X-Quorate-Session`. Buckets whose reads are linearizable keep all of one key anyway:
 * there the token goes back as it came.
 */

import { QuorateError } from '../kernel/errors.ts';
import {
  type CausalTokens,
  GUARANTEES,
  type Guarantee,
  type SessionAnswer,
  type SessionRequest,
} from '../node/index.ts';
import type { AppContext } from './app.ts';
import { type Parameters, refuse, textParameter } from './parameters.ts';

const SESSION_HEADER = 'x-quorate-session';
const DROPPED_HEADER = 'x-quorate-session-dropped';
const TRUNCATED_HEADER = 'x-quorate-session-truncated';

/** What requests for several keys say to who sends them a session. */
export const SESSIONS_OF_ONE_KEY =
  'is for requests of one key, whose answers have been seen as a whole: leave it out, or read and write the keys one by one';

const CAUSAL_ELSEWHERE =
  'may have causal in buckets of mode dynamo and paxos only: values of a raft bucket do not carry what their writer has seen in others; ryw, mr, mw, wfr and session hold here';

/** Throws `bad_parameter` or `bad_session`; whether the tokens are right is seen later. */
export function sessionOf(c: AppContext, parameters: Parameters): SessionRequest | undefined {
  const text = textParameter(parameters, 'session');
  const tokens = tokensOf(c);
  if (text !== undefined) return { guarantees: text.split(',').map(guaranteeOf), tokens };
  if (tokens.length === 0) return undefined;
  throw new QuorateError(
    'bad_session',
    `X-Quorate-Session was sent and no guarantee was asked for: add session= and one or more of ${GUARANTEES.join(', ')}`,
    { parameter: 'session' },
  );
}

export function sessionHeaders(session: SessionAnswer | undefined): Record<string, string> {
  if (session === undefined) return {};
  const { token, dropped, truncated } = session;
  return {
    [SESSION_HEADER]: token,
    ...(dropped > 0 && { [DROPPED_HEADER]: String(dropped) }),
    ...(truncated && { [TRUNCATED_HEADER]: 'true' }),
  };
}

/** A session at a bucket whose reads are linearizable. */
export interface SessionBesideVersions {
  /** Of a causal one, which its values have to carry. */
  readonly causal: CausalTokens;
  /** The token of another one, for the client's other buckets. */
  readonly sentBack: Readonly<Record<string, string>>;
}

/** @param carries values carry what the sessions of their writers remember */
export function sessionBesideVersions(
  c: AppContext,
  parameters: Parameters,
  carries: boolean,
): SessionBesideVersions {
  const session = sessionOf(c, parameters);
  if (session?.guarantees.includes('causal')) {
    if (!carries) throw refuse('session', CAUSAL_ELSEWHERE);
    return { causal: session.tokens, sentBack: {} };
  }
  const tokens = session?.tokens ?? [];
  const isSent = tokens.length > 0;
  return { causal: undefined, sentBack: isSent ? { [SESSION_HEADER]: tokens.join(', ') } : {} };
}

function guaranteeOf(text: string): Guarantee {
  const guarantee = GUARANTEES.find((name) => name === text.trim());
  if (guarantee !== undefined) return guarantee;
  throw refuse(
    'session',
    `names ${JSON.stringify(text.slice(0, 100))}: use one or more of ${GUARANTEES.join(', ')}, separated by commas`,
  );
}

/** Tokens have no commas, so a repeated header, which arrives joined, is taken apart again. */
function tokensOf(c: AppContext): readonly string[] {
  const header = c.env.incoming.headers[SESSION_HEADER];
  if (header === undefined) return [];
  return String(header)
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '');
}

/** Throws where a request for several keys bears a session. */
export function refuseSession(c: AppContext, query: string): void {
  const isAsked = /(?:^|&)session(?:=|&|$)/.test(query);
  if (isAsked || tokensOf(c).length > 0) throw refuse('session', SESSIONS_OF_ONE_KEY);
}
