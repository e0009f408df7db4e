/**
 * Sessions as clients speak of them: `session=` names the guarantees, and the token comes and
 * goes in `X-Quorate-Session`. Buckets whose reads are linearizable keep all of them anyway:
 * there the token goes back as it came.
 */

import { QuorateError } from '../kernel/errors.ts';
import {
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

/** Where every answer keeps all guarantees: the token for the client's other buckets. */
export function sessionSentBack(c: AppContext, parameters: Parameters): Record<string, string> {
  const session = sessionOf(c, parameters);
  return session === undefined || session.tokens.length === 0
    ? {}
    : { [SESSION_HEADER]: session.tokens.join(', ') };
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
