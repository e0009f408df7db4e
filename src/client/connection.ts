/** The connections to one node: calls, and what it means when no answer came. */

import { type Dispatcher, Pool } from 'undici';
import { TransportError, type TransportFailure } from '../kernel/errors.ts';
import type { RawAnswer } from './answers.ts';

/** The node's own default, see the API. */
const DEFAULT_TIMEOUT_MS = 2_000;
/** How long after its own deadline a node's answer is still waited for. */
const GRACE_MS = 2_000;
const CONNECT_MS_MAX = 2_000;

/** Values are numbers, encoded already, or words that need no encoding. */
export type Query = Readonly<Record<string, number | string | undefined>>;

export interface Call {
  readonly method: Dispatcher.HttpMethod;
  /** Encoded. */
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Record<string, string | undefined>;
  readonly body?: Uint8Array;
}

export class Connection {
  /** Of the node: `http://host:port`. */
  readonly address: string;
  readonly #pool: Pool;

  constructor(address: string) {
    this.address = new URL(address).origin;
    this.#pool = new Pool(this.address, { connect: { timeout: CONNECT_MS_MAX } });
  }

  /** Any answer, errors among them. Throws `TransportError` where none came. */
  async call({ method, path, query = {}, headers = {}, body }: Call): Promise<RawAnswer> {
    const waitMs = Number(query.timeout ?? DEFAULT_TIMEOUT_MS) + GRACE_MS;
    try {
      const response = await this.#pool.request({
        method,
        path: path + queryText(query),
        headers: withoutAbsent(headers),
        body: body ?? null,
        headersTimeout: waitMs,
        bodyTimeout: waitMs,
      });
      const bytes = Buffer.from(await response.body.arrayBuffer());
      return { status: response.statusCode, headers: response.headers, body: bytes };
    } catch (error) {
      throw transportErrorOf(this.address, error);
    }
  }

  /** Requests still running end with an error. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

function queryText(query: Query): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  return pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`;
}

function withoutAbsent(headers: Record<string, string | undefined>): Record<string, string> {
  const present: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) present[name] = value;
  }
  return present;
}

/** By the code of the system or of undici: what it means, and how to say it. */
const FAILURES: Readonly<Record<string, readonly [TransportFailure, string]>> = {
  ECONNREFUSED: ['unreachable', 'the connection was refused; is a node running there?'],
  ENOTFOUND: ['unreachable', 'there is no such host'],
  EAI_AGAIN: ['unreachable', 'the name of the host cannot be looked up now'],
  EHOSTUNREACH: ['unreachable', 'there is no route to the host'],
  ENETUNREACH: ['unreachable', 'there is no route to the network'],
  UND_ERR_CONNECT_TIMEOUT: ['unreachable', `no connection within ${CONNECT_MS_MAX} ms`],
  UND_ERR_HEADERS_TIMEOUT: ['timeout', 'no answer came in time'],
  UND_ERR_BODY_TIMEOUT: ['timeout', 'the answer did not come to its end in time'],
};

function transportErrorOf(address: string, error: unknown): TransportError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const [failure, text] = FAILURES[code] ?? ['disconnected', `the connection broke (${message})`];
  return new TransportError(failure, `${address} does not answer: ${text}`);
}
