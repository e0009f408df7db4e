/**
 * Opens one connection to another node: connect, greet, and check who answered.
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import type { PeerAddress } from '../../ports/transport.ts';
import {
  type Greeting,
  greetingHeaders,
  PEER_PROTOCOL,
  pathOfLane,
  reasonToDistrustAnswer,
} from './handshake.ts';
import { messageOf, OneConnection } from './one-connection.ts';

/** How much of the text of a refusal is read. */
const REFUSAL_BYTES_MAX = 1_024;

/** An open connection, or why there is none, in words for the operator. */
export type Dialed =
  | { readonly socket: Socket }
  | { readonly socket: undefined; readonly reason: string };

/** Never rejects. Aborting the signal with a reason ends the attempt at once. */
export function dial(
  address: PeerAddress,
  greeting: Greeting,
  secret: string | undefined,
  signal: AbortSignal,
): Promise<Dialed> {
  return new Promise((resolve) => {
    const connection = new OneConnection(address);
    const fail = (reason: string) => {
      resolve({ socket: undefined, reason });
      connection.destroy();
    };
    signal.addEventListener('abort', () => fail(String(signal.reason)), { once: true });
    const request = {
      path: pathOfLane(greeting.lane),
      method: 'GET' as const,
      upgrade: PEER_PROTOCOL,
      headers: greetingHeaders(greeting, secret),
    };
    const onUpgraded = (headers: IncomingHttpHeaders, upgraded: Socket) => {
      const distrust = reasonToDistrustAnswer(headers, greeting, secret);
      if (distrust !== undefined) return fail(distrust);
      resolve({ socket: upgraded });
      connection.release();
    };
    connection.client.dispatch(request, answerHandler({ onRefused: fail, onUpgraded }));
  });
}

interface Answer {
  readonly onRefused: (reason: string) => void;
  readonly onUpgraded: (headers: IncomingHttpHeaders, socket: Socket) => void;
}

/**
 * Does what undici's `client.upgrade` does, and reads the text of a refusal besides, which
 * `upgrade` throws away: it is what tells an operator which setting is wrong.
 */
function answerHandler(answer: Answer): Dispatcher.DispatchHandler {
  let status = 0;
  let text = '';
  return {
    onRequestStart: () => {},
    onRequestUpgrade: (_, __, headers, socket) => answer.onUpgraded(headers, socket as Socket),
    onResponseStart: (_, statusCode) => {
      status = statusCode;
    },
    onResponseData: (_, chunk) => {
      if (text.length < REFUSAL_BYTES_MAX) text += chunk.toString('utf8');
    },
    onResponseEnd: () =>
      answer.onRefused(`refused (${status}): ${text.slice(0, REFUSAL_BYTES_MAX).trim()}`),
    onResponseError: (_, error) => answer.onRefused(messageOf(error)),
  };
}
