/**
 * Opens one connection to another node: connect, greet, and check who answered.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import type { PeerAddress } from '../../ports/transport.ts';
import {
  CLUSTER_HEADER,
  type Greeting,
  greetingHeaders,
  type Identity,
  PEER_PROTOCOL,
  pathOfLane,
  reasonToDistrustAnswer,
} from './handshake.ts';
import { messageOf, OneConnection } from './one-connection.ts';

/** How much of the text of a refusal is read. */
const REFUSAL_BYTES_MAX = 1_024;

/** Of the name of another cluster. */
const CLUSTER_ID_LENGTH_MAX = 64;

export interface DialFailure {
  readonly socket: undefined;
  /** In words for the operator. */
  readonly reason: string;
  /** The node that answered says that it belongs to this one, and not to ours. */
  readonly otherCluster?: string;
}

/** An open connection, or why there is none. */
export type Dialed = { readonly socket: Socket } | DialFailure;

/** Never rejects. Aborting the signal with a reason ends the attempt at once. */
export function dial(
  address: PeerAddress,
  greeting: Greeting,
  { secret, credentials }: Pick<Identity, 'secret' | 'credentials'>,
  signal: AbortSignal,
): Promise<Dialed> {
  return new Promise((resolve) => {
    const connection = new OneConnection(address, credentials);
    const fail = (failure: Refusal) => {
      resolve({ socket: undefined, ...failure });
      connection.destroy();
    };
    const onAbort = () => fail({ reason: String(signal.reason) });
    signal.addEventListener('abort', onAbort, { once: true });
    const request = {
      path: pathOfLane(greeting.lane),
      method: 'GET' as const,
      upgrade: PEER_PROTOCOL,
      headers: greetingHeaders(greeting, secret),
    };
    const onUpgraded = (headers: IncomingHttpHeaders, upgraded: Socket) => {
      const distrust = reasonToDistrustAnswer(headers, greeting, secret);
      if (distrust !== undefined) return fail({ reason: distrust });
      resolve({ socket: upgraded });
      connection.release();
    };
    connection.client.dispatch(request, answerHandler({ onRefused: fail, onUpgraded }));
  });
}

type Refusal = Omit<DialFailure, 'socket'>;

interface Answer {
  readonly onRefused: (refusal: Refusal) => void;
  readonly onUpgraded: (headers: IncomingHttpHeaders, socket: Socket) => void;
}

/**
 * Does what undici's `client.upgrade` does, and reads the text of a refusal besides, which
 * `upgrade` throws away: it is what tells an operator which setting is wrong.
 */
function answerHandler(answer: Answer): Dispatcher.DispatchHandler {
  let status = 0;
  let text = '';
  let cluster: string | undefined;
  return {
    onRequestStart: () => {},
    onRequestUpgrade: (_, __, headers, socket) => answer.onUpgraded(headers, socket as Socket),
    onResponseStart: (_, statusCode, headers) => {
      status = statusCode;
      const given = headers[CLUSTER_HEADER];
      if (given !== undefined) cluster = String(given).slice(0, CLUSTER_ID_LENGTH_MAX);
    },
    onResponseData: (_, chunk) => {
      if (text.length < REFUSAL_BYTES_MAX) text += chunk.toString('utf8');
    },
    onResponseEnd: () =>
      answer.onRefused({
        reason: `refused (${status}): ${text.slice(0, REFUSAL_BYTES_MAX).trim()}`,
        ...(cluster !== undefined && { otherCluster: cluster }),
      }),
    onResponseError: (_, error) => answer.onRefused({ reason: messageOf(error) }),
  };
}
