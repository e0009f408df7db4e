/**
 * One request on its way to another node, and the answer on its way back: both as streams, of
 * which this node holds no more than a few pieces.
 *
 * Node's own client and not undici's: what the other node answers before the body has come whole
 * has to get to the caller, whose connection must not end with the body.
 */

import {
  type Agent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as requestHttp,
  type ServerResponse,
} from 'node:http';
import { request as requestHttps, type Agent as SecureAgent } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { QuorateError } from '../../kernel/errors.ts';
import type { Observed } from '../observed-response.ts';
import { REQUEST_ID_HEADER } from '../request-names.ts';
import { headersOfAnswer, headersOfRequest, RELAYED_BY_HEADER } from './carried-headers.ts';

/** Twice what passes between two beats of a watch, and more. */
const SILENT_ANSWER_MS_MAX = 60_000;

export interface CarriedTo {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly agent: Agent | SecureAgent;
  readonly isSecure: boolean;
}

export interface Carried {
  /** The name of this node. */
  readonly by: string;
  readonly to: CarriedTo;
  /** With its query, encoded. */
  readonly target: string;
  /** For the other node to be silent, until its answer begins. */
  readonly silentMsMax: number;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse & Observed;
}

/** Resolves when the answer is over; throws where none began. */
export async function carry(carried: Carried): Promise<void> {
  const { by, outgoing } = carried;
  const response = await answerTo(carried);
  const headers = { ...headersOfAnswer(response.headers), [RELAYED_BY_HEADER]: by };
  outgoing.writeHead(response.statusCode as number, headers);
  // One that breaks off ends the connection of the caller, who would take it for whole.
  await pipeline(response, outgoing).catch(() => {});
}

function answerTo(carried: Carried): Promise<IncomingMessage> {
  const { to, silentMsMax, incoming, outgoing } = carried;
  const isRead = incoming.method === 'GET' || incoming.method === 'HEAD';
  return new Promise((resolve, reject) => {
    const call = callOf(carried, isRead);
    let sent = false;
    call.once('socket', (socket) => {
      const open = () => {
        sent = true;
      };
      if (call.reusedSocket) open();
      else socket.once(to.isSecure ? 'secureConnect' : 'connect', open);
    });
    call.on('timeout', () => call.destroy(new Error(`silent for ${silentMsMax} ms`)));
    // Changes nothing once there is an answer, which is as whole as it is.
    call.on('error', (error) => {
      incoming.unpipe(call);
      // What still comes in is let go.
      incoming.resume();
      reject(noAnswer(to.name, error, !sent || isRead));
    });
    call.once('response', (response) => {
      call.setTimeout(SILENT_ANSWER_MS_MAX);
      resolve(response);
    });
    outgoing.once('close', () => call.destroy());
    if (isRead || framingOf(incoming) === undefined) call.end();
    else incoming.pipe(call);
  });
}

function callOf({ by, to, target, silentMsMax, ...caller }: Carried, isRead: boolean) {
  const { incoming, outgoing } = caller;
  const { 'content-length': _, ...headers } = headersOfRequest(incoming.headers);
  return (to.isSecure ? requestHttps : requestHttp)({
    host: to.host,
    port: to.port,
    agent: to.agent,
    method: incoming.method ?? 'GET',
    path: target,
    timeout: silentMsMax,
    headers: {
      ...headers,
      // The body of a read, which means nothing, is not carried.
      ...(!isRead && framingOf(incoming)),
      [REQUEST_ID_HEADER]: outgoing.trace.id,
      [RELAYED_BY_HEADER]: by,
    },
  });
}

/**
 * How long the body is, said anew for the next connection; undefined: there is none. Without it
 * Node's client sends the body of a DELETE as it is, and the other node takes it for requests of
 * others (RFC 9112, section 11.2).
 */
function framingOf({ headers }: IncomingMessage): OutgoingHttpHeaders | undefined {
  const { 'content-length': length, 'transfer-encoding': coding } = headers;
  if (coding !== undefined) return { 'transfer-encoding': 'chunked' };
  return length === undefined ? undefined : { 'content-length': length };
}

function noAnswer(name: string, { message }: Error, definite: boolean): QuorateError {
  if (definite) {
    return new QuorateError('node_unreachable', `${name} does not answer: ${message}`);
  }
  const detail = `${name} was sent the request and does not answer: ${message}`;
  return new QuorateError('outcome_unknown', detail);
}
