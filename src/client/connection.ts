/** The connections to one node: calls, and what it means when no answer came. */

import type { ConnectionOptions as TlsConnectionOptions } from 'node:tls';
import { type Dispatcher, Pool } from 'undici';
import { QuorateError } from '../kernel/errors.ts';
import { errorOf, type RawAnswer } from './answers.ts';
import { endingWith } from './bounds.ts';
import { CONNECT_MS_MAX, type OnEnded, RunningCall, transportErrorOf } from './running-call.ts';

/** The node's own default, see the API. */
export const NODE_TIMEOUT_MS = 2_000;
/** How long after its own deadline a node's answer is still waited for. */
const GRACE_MS = 2_000;

/** Values are numbers, encoded already, or words that need no encoding. */
export type Query = Readonly<Record<string, number | string | undefined>>;

export interface Call {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Encoded. */
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface StreamOptions {
  readonly signal: AbortSignal;
  readonly silentMsMax: number;
}

/** As `tls.connect` takes them. */
export type TlsOptions = Pick<
  TlsConnectionOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'
>;

export interface ConnectionOptions {
  /** Sent with each request, as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** Of addresses that begin with `https:`. */
  readonly tls?: TlsOptions | undefined;
}

export class Connection {
  /** Of the node: `http://host:port`, or `https:`. */
  readonly address: string;
  readonly #pool: Pool;
  readonly #token: string | undefined;
  /** Of answers without an end of their own. */
  readonly #streams = new Set<AbortController>();

  constructor(address: string, { token, tls = {} }: ConnectionOptions = {}) {
    this.address = new URL(address).origin;
    this.#pool = new Pool(this.address, { connect: { ...tls, timeout: CONNECT_MS_MAX } });
    this.#token = token === undefined ? undefined : `Bearer ${token}`;
  }

  /** Any answer, errors among them. Throws `TransportError` where none came. */
  call(call: Call): Promise<RawAnswer> {
    return this.start(call).answer;
  }

  /** @param waitMs until the whole answer is there */
  start(call: Call, waitMs = waitMsOf(call.query), onEnded?: OnEnded): RunningCall {
    const { method, path, query, headers, body } = call;
    const running = new RunningCall(this.address, isRead(method), onEnded);
    const request = {
      method,
      path: query === undefined ? path : path + queryText(query),
      headers: this.#headersWith(headers),
      body: body ?? null,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    running.limit(waitMs);
    try {
      this.#pool.dispatch(request, running);
    } catch (error) {
      running.onResponseError(undefined, error as Error);
    }
    return running;
  }

  /**
   * The pieces of an answer that is long, or has no end of its own, until the signal is given.
   * Throws the error that the node answers with instead, and `TransportError`, also where the
   * answer is silent for too long.
   */
  async *stream(
    { method = 'GET', path, query = {} }: Pick<Call, 'path' | 'query'> & Partial<Call>,
    { signal, silentMsMax }: StreamOptions,
  ): AsyncGenerator<Uint8Array> {
    const { ending, release } = endingWith(signal);
    this.#streams.add(ending);
    try {
      const response = await this.#pool.request({
        method,
        path: path + queryText(query),
        headers: this.#headersWith(),
        headersTimeout: waitMsOf(query),
        bodyTimeout: silentMsMax,
        signal: ending.signal,
      });
      if (response.statusCode >= 400) throw errorOf(await wholeAnswer(response));
      yield* response.body;
    } catch (error) {
      if (error instanceof QuorateError) throw error;
      throw transportErrorOf(this.address, error, { isRead: true });
    } finally {
      release();
      this.#streams.delete(ending);
    }
  }

  #headersWith(headers: Call['headers'] = {}): Readonly<Record<string, string>> {
    return this.#token === undefined ? headers : { authorization: this.#token, ...headers };
  }

  /** Requests still running end with an error. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }

  /**
   * Takes no more requests; resolves when those still running have ended. Streams, which might
   * never end, are broken off.
   */
  drain(): Promise<void> {
    for (const stream of this.#streams) stream.abort();
    return this.#pool.close();
  }
}

/** How long the answer to a request is waited for that gives the node so long. */
export function waitMsOf({ timeout = NODE_TIMEOUT_MS }: Query = {}): number {
  return Number(timeout) + GRACE_MS;
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

async function wholeAnswer(response: Dispatcher.ResponseData): Promise<RawAnswer> {
  const { statusCode: status, headers } = response;
  return { status, headers, body: Buffer.from(await response.body.arrayBuffer()) };
}

function queryText(query: Query): string {
  let text = '';
  for (const name in query) {
    const value = query[name];
    if (value !== undefined) text += `${text === '' ? '?' : '&'}${name}=${value}`;
  }
  return text;
}
