/**
 * Opens one connection to another node: connect, greet, and check who answered.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import {
  type Greeting,
  greetingHeaders,
  PEER_PROTOCOL,
  pathOfLane,
  reasonToDistrustAnswer,
} from './handshake.ts';

/** Where a node listens for other nodes. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

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
    let socket: Socket | undefined;
    const client = new Client(originOf(address), {
      connect: (_, connected) => {
        const connecting = connect({ host: address.host, port: address.port });
        connecting.once('connect', () => connected(null, connecting));
        // Stays when undici takes its listeners off: an error must never be unhandled.
        connecting.on('error', (error) => connected(error, null));
        socket = connecting;
      },
    });
    const fail = (reason: string) => {
      resolve({ socket: undefined, reason });
      socket?.destroy();
      void client.destroy();
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
      void client.destroy();
    };
    client.dispatch(request, answerHandler({ onRefused: fail, onUpgraded }));
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

/** A name with several addresses fails with an error for each, and no message of its own. */
function messageOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error.message;
}

function originOf({ host, port }: PeerAddress): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
