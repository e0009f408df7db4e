/** The connections to one node: calls, and what it means when no answer came. */

import { type Dispatcher, Pool } from 'undici';
import { QuorateError, TransportError, type TransportFailure } from '../kernel/errors.ts';
import { errorOf, type RawAnswer } from './answers.ts';

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

export interface StreamOptions {
  readonly signal: AbortSignal;
  readonly silentMsMax: number;
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
    const waitMs = waitMsOf(query);
    try {
      const response = await this.#pool.request({
        method,
        path: path + queryText(query),
        headers: withoutAbsent(headers),
        body: body ?? null,
        headersTimeout: waitMs,
        bodyTimeout: waitMs,
      });
      return await wholeAnswer(response);
    } catch (error) {
      throw transportErrorOf(this.address, error);
    }
  }

  /**
   * The pieces of an answer that has no end of its own, until the signal is given. Throws the
   * error that the node answers with instead, and `TransportError`, also where the answer is
   * silent for too long.
   */
  async *stream(
    { path, query = {} }: Pick<Call, 'path' | 'query'>,
    { signal, silentMsMax }: StreamOptions,
  ): AsyncGenerator<Uint8Array> {
    try {
      const response = await this.#pool.request({
        method: 'GET',
        path: path + queryText(query),
        headersTimeout: waitMsOf(query),
        bodyTimeout: silentMsMax,
        signal,
      });
      if (response.statusCode >= 400) throw errorOf(await wholeAnswer(response));
      yield* response.body;
    } catch (error) {
      throw error instanceof QuorateError ? error : transportErrorOf(this.address, error);
    }
  }

  /** Requests still running end with an error. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

function waitMsOf({ timeout = DEFAULT_TIMEOUT_MS }: Query): number {
  return Number(timeout) + GRACE_MS;
}

async function wholeAnswer(response: Dispatcher.ResponseData): Promise<RawAnswer> {
  const { statusCode: status, headers } = response;
  return { status, headers, body: Buffer.from(await response.body.arrayBuffer()) };
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
