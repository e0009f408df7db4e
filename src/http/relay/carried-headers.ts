/** Which headers of a request, and of its answer, go along when it is carried to another node. */

import type { IncomingHttpHeaders } from 'node:http';

/** The node that carries it: of a request, so that nobody carries it on, and of its answer. */
export const RELAYED_BY_HEADER = 'x-quorate-relayed-by';

/** Of one connection (RFC 9110, section 7.6.1), beside those that `Connection` names. */
const OF_THE_CONNECTION = [
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'expect', 'proxy-authenticate', 'proxy-authorization'],
];

/**
 * What a browser tells of the page and of whom it talks to: it has been judged where the request
 * came in, and means nothing to the other node.
 */
const OF_THE_PAGE = ['host', 'origin', 'referer', 'cookie'];
const OF_THE_FETCH = 'sec-fetch-';

export function headersOfRequest(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const left = withoutThose(headers, OF_THE_PAGE);
  const entries = Object.entries(left).filter(([name]) => !name.startsWith(OF_THE_FETCH));
  return Object.fromEntries(entries);
}

export function headersOfAnswer(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return withoutThose(headers, []);
}

function withoutThose(
  headers: IncomingHttpHeaders,
  more: readonly string[],
): Record<string, string | string[] | undefined> {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const left = new Set([...OF_THE_CONNECTION, ...named, ...more]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !left.has(name)));
}
