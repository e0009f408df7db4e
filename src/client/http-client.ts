/**
 * A client of one node, over HTTP: what the API can do, typed.
 *
 * Two kinds of errors: a `QuorateError` is the node's own answer, with its code and facts; a
 * `TransportError` says that no answer came, and from which address. After a `TransportError`
 * a write has certainly not happened only where `neverSent` is true.
 */

import { type Dispatcher, Pool } from 'undici';
import { utf8 } from '../kernel/bytes.ts';
import { TransportError, type TransportFailure } from '../kernel/errors.ts';
import { percentEncode } from '../kernel/percent.ts';
import {
  type ClusterStatus,
  errorOf,
  type GetAnswer,
  getAnswerOf,
  isAbsence,
  keyPageOf,
  type RawAnswer,
  type WriteAnswer,
  writeAnswerOf,
} from './answers.ts';

/** Text stands for its UTF-8 bytes. */
export type Bytes = Uint8Array | string;

/** A number of answers, or its name. */
export type LevelOption = number | string;

export interface TimeoutOption {
  /** Milliseconds that the node may take; it has a default. */
  readonly timeout?: number | undefined;
}

export interface GetOptions extends TimeoutOption {
  readonly r?: LevelOption | undefined;
  readonly pr?: LevelOption | undefined;
  readonly readRepair?: string | undefined;
}

export interface WriteOptions extends TimeoutOption {
  readonly w?: LevelOption | undefined;
  readonly pw?: LevelOption | undefined;
  /** Of an earlier answer for this key: what this write replaces. */
  readonly context?: string | undefined;
}

export interface PutOptions extends WriteOptions {
  readonly contentType?: string | undefined;
}

export interface DeleteOptions extends WriteOptions {
  /** For the read that a delete without context begins with. */
  readonly r?: LevelOption | undefined;
}

export interface KeysOptions extends TimeoutOption {
  readonly prefix?: Bytes | undefined;
  readonly r?: LevelOption | undefined;
  /** The most keys to list; all of them where it is left out. */
  readonly limit?: number | undefined;
}

/** Keys asked for at a time. */
const PAGE_KEYS = 1_000;
/** The node's own default, see the API. */
const DEFAULT_TIMEOUT_MS = 2_000;
/** How long after its own deadline a node's answer is still waited for. */
const GRACE_MS = 2_000;
const CONNECT_MS_MAX = 2_000;

type Query = Readonly<Record<string, LevelOption | undefined>>;

interface Call {
  readonly method: Dispatcher.HttpMethod;
  /** Encoded. */
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Record<string, string | undefined>;
  readonly body?: Uint8Array;
}

export class NodeClient {
  /** Of the node: `http://host:port`. */
  readonly address: string;
  readonly #pool: Pool;

  constructor(address: string) {
    this.address = new URL(address).origin;
    this.#pool = new Pool(this.address, { connect: { timeout: CONNECT_MS_MAX } });
  }

  async put(
    bucket: string,
    key: Bytes,
    value: Bytes,
    options: PutOptions = {},
  ): Promise<WriteAnswer> {
    const { w, pw, timeout, context, contentType } = options;
    const answer = await this.#call({
      method: 'PUT',
      path: keyPath(bucket, key),
      query: { w, pw, timeout },
      headers: { 'x-quorate-context': context, 'content-type': contentType },
      body: bytesOf(value),
    });
    return writeAnswerOf(succeeded(answer));
  }

  /** What is stored: no value, one, or siblings. */
  async get(bucket: string, key: Bytes, options: GetOptions = {}): Promise<GetAnswer> {
    const { r, pr, readRepair, timeout } = options;
    const answer = await this.#call({
      method: 'GET',
      path: keyPath(bucket, key),
      query: { r, pr, read_repair: readRepair, timeout },
    });
    return getAnswerOf(isAbsence(answer) ? answer : succeeded(answer));
  }

  async delete(bucket: string, key: Bytes, options: DeleteOptions = {}): Promise<WriteAnswer> {
    const { w, pw, r, timeout, context } = options;
    const answer = await this.#call({
      method: 'DELETE',
      path: keyPath(bucket, key),
      query: { w, pw, r, timeout },
      headers: { 'x-quorate-context': context },
    });
    return writeAnswerOf(succeeded(answer));
  }

  /** The bucket's keys, rising bytewise. */
  async *keys(bucket: string, options: KeysOptions = {}): AsyncGenerator<Uint8Array> {
    const { prefix, r, timeout } = options;
    const path = `/kv/${segmentOf(bucket)}`;
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    let cursor: string | undefined;
    do {
      const limit = Math.min(left, PAGE_KEYS);
      const query = { prefix: prefix && percentEncode(bytesOf(prefix)), r, timeout, limit, cursor };
      const page = keyPageOf(succeeded(await this.#call({ method: 'GET', path, query })));
      yield* page.keys;
      left -= page.keys.length;
      cursor = page.cursor;
    } while (cursor !== undefined && left > 0);
  }

  /** The cluster as this node sees it. */
  async status(): Promise<ClusterStatus> {
    const answer = succeeded(await this.#call({ method: 'GET', path: '/cluster' }));
    return JSON.parse(answer.body.toString('utf8')) as ClusterStatus;
  }

  /** Requests still running end with an error. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #call({ method, path, query = {}, headers = {}, body }: Call): Promise<RawAnswer> {
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
}

function bytesOf(bytes: Bytes): Uint8Array {
  return typeof bytes === 'string' ? utf8(bytes) : bytes;
}

function keyPath(bucket: string, key: Bytes): string {
  return `/kv/${segmentOf(bucket)}/${percentEncode(bytesOf(key))}`;
}

/** A slash would end the bucket's name: the node is to see it and refuse it. */
function segmentOf(bucket: string): string {
  return percentEncode(utf8(bucket)).replaceAll('/', '%2F');
}

/** Values are numbers, encoded already, or words that need no encoding. */
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

function succeeded(answer: RawAnswer): RawAnswer {
  if (answer.status < 400) return answer;
  throw errorOf(answer);
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
