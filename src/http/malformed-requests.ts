/**
 * Requests that never get to a route, since they are no HTTP, or none that can be answered: they
 * are told so in the form of every other refusal, and their connection is closed.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { QuorateError } from '../kernel/errors.ts';
import { TAKEN_AS_DECLARED } from './declared-headers.ts';
import type { Observed } from './observed-response.ts';
import { problemOf } from './problem.ts';

/** The answer that is next on a connection, where Node's own refusals look for it too. */
type ClientSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

/** Takes the place of Node's own refusals, which have no body. */
export function refuseMalformed(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (mayBeTold(socket)) socket.write(rawAnswer(errorOf(error)));
    socket.destroy();
  });
  server.on('checkExpectation', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const expected = incoming.headers.expect;
    refuse(outgoing, new QuorateError('bad_request', `nothing here meets Expect: ${expected}`));
  });
}

/** RFC 9112, section 3.2: HTTP/1.1 names the host. */
export function hostIsMissing({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === '1.1' && headers.host === undefined;
}

/** What browsers say of requests that they send for pages of the same origin, or for nobody. */
const OWN_SITES: ReadonlySet<unknown> = new Set(['same-origin', 'none']);

/**
 * Browsers let any page send requests that change something, and tell where the page is from
 * (RFC 6454, Fetch Metadata): nobody who looks at a page is to write into a store on their
 * machine by that.
 */
export function isFromForeignPage({ method, headers }: IncomingMessage): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (method === 'GET' || method === 'HEAD') return false;
  if (site !== undefined && !OWN_SITES.has(site)) return true;
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
}

export function refuse(outgoing: ServerResponse & Partial<Observed>, error: QuorateError): void {
  const body = bodyOf(error, outgoing.trace?.id);
  outgoing.writeHead(error.status, { ...CLOSING, 'content-length': Buffer.byteLength(body) });
  outgoing.end(body);
}

/**
 * Not where an answer has begun, and not where a request that came whole waits for its own: it
 * would take this for it, and may have had an effect.
 */
function mayBeTold(socket: ClientSocket): boolean {
  const pending = socket._httpMessage ?? undefined;
  if (!socket.writable) return false;
  return pending === undefined || !(pending.headersSent || pending.req.complete);
}

function errorOf({ code, message }: NodeJS.ErrnoException): QuorateError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new QuorateError(
        'headers_too_large',
        'the target and the headers have too many bytes',
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new QuorateError('request_timeout', 'the request did not come in whole in its time');
    default:
      return new QuorateError('bad_request', `the request is no HTTP: ${message}`);
  }
}

const CLOSING = {
  'content-type': 'application/problem+json',
  connection: 'close',
  ...TAKEN_AS_DECLARED,
};

function bodyOf(error: QuorateError, requestId?: string): string {
  return `${JSON.stringify(problemOf(error, requestId), null, 2)}\n`;
}

function rawAnswer(error: QuorateError): string {
  const body = bodyOf(error);
  const headers = { ...CLOSING, 'content-length': Buffer.byteLength(body) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${error.status} Refused\r\n${lines.join('')}\r\n${body}`;
}
