/**
 * One request on its way: its answer, or why there is none.
 *
 * A request waits for a connection before it leaves. undici tells when it is about to be
 * written (`onRequestStart`), so one that fails or is given up before that was never sent.
 */

import type { IncomingHttpHeaders } from 'node:http';
import {
  QuorateError,
  type TransportDetails,
  TransportError,
  type TransportFailure,
} from '../kernel/errors.ts';
import type { RawAnswer } from './answers.ts';

export const CONNECT_MS_MAX = 2_000;

const NOTHING = Buffer.alloc(0);

/** undici's word for a request that HTTP has no form for, such as one with a line feed in a header. */
const NO_REQUEST = 'UND_ERR_INVALID_ARG';

/**
 * Told once, before the answer is.
 * @param error undefined: there is an answer, or there was no request
 * @param wasStopped somebody gave it up, which says nothing of the node
 */
export type OnEnded = (error: TransportError | undefined, wasStopped: boolean) => void;

/** What undici gives a request that it is about to write. */
interface Writing {
  abort(reason: Error): void;
}

/** A handler as undici's `dispatch` takes it, without its types: users of the package have none. */
export class RunningCall {
  /**
   * Any answer, errors among them. Rejects with `TransportError` where none came, and with
   * `bad_request` where HTTP has no form for what was asked.
   */
  readonly answer: Promise<RawAnswer>;
  readonly #address: string;
  readonly #isRead: boolean;
  readonly #onEnded: OnEnded | undefined;
  #resolve!: (answer: RawAnswer) => void;
  #reject!: (error: TransportError | QuorateError) => void;
  #timer: NodeJS.Timeout | undefined;
  #controller: Writing | undefined;
  #settled = false;
  #stopped = false;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  /** In the pieces that it came in. */
  readonly #pieces: Buffer[] = [];

  constructor(address: string, isRead: boolean, onEnded?: OnEnded) {
    this.#address = address;
    this.#isRead = isRead;
    this.#onEnded = onEnded;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Gives it up when its answer has not come to an end by then. */
  limit(waitMs: number): void {
    const why = `no answer within ${Math.round(waitMs)} ms`;
    this.#timer = setTimeout(() => this.#giveUp('timeout', why), waitMs);
  }

  /** Gives it up, unless it has ended. What it asked for may happen, where it was sent. */
  stop(why: string, cause?: unknown): void {
    if (this.#settled) return;
    this.#stopped = true;
    this.#giveUp('disconnected', why, cause);
  }

  onRequestStart(controller: Writing): void {
    // It was given up while it waited for a connection.
    if (this.#settled) controller.abort(new Error('given up'));
    else this.#controller = controller;
  }

  onResponseStart(_controller: Writing, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Writing, chunk: Buffer): void {
    this.#pieces.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    this.#end(undefined);
    this.#resolve({ status: this.#status, headers: this.#headers, body: wholeOf(this.#pieces) });
  }

  onResponseError(_controller: Writing | undefined, error: Error): void {
    if (this.#settled) return;
    if ((error as NodeJS.ErrnoException).code === NO_REQUEST) {
      this.#end(undefined);
      this.#reject(new QuorateError('bad_request', `HTTP has no form for it: ${error.message}`));
      return;
    }
    const neverSent = this.#controller === undefined;
    this.#fail(transportErrorOf(this.#address, error, { neverSent, isRead: this.#isRead }));
  }

  #giveUp(failure: TransportFailure, why: string, cause?: unknown): void {
    const neverSent = this.#controller === undefined;
    const detail = `${this.#address} does not answer: ${why}`;
    this.#fail(new TransportError(failure, detail, { neverSent, isRead: this.#isRead, cause }));
    this.#controller?.abort(new Error(why));
  }

  #fail(error: TransportError): void {
    this.#end(error);
    this.#reject(error);
  }

  #end(error: TransportError | undefined): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#onEnded?.(error, this.#stopped);
  }
}

/** Most answers come in one piece, which need not be copied. */
function wholeOf(pieces: readonly Buffer[]): Buffer {
  const [first = NOTHING, ...others] = pieces;
  return others.length === 0 ? first : Buffer.concat(pieces);
}

const UNTRUSTED = 'its certificate is from no authority that is trusted here';

/** By the code of the system or of undici: what it means, and how to say it. */
const FAILURES: Readonly<Record<string, readonly [TransportFailure, string]>> = {
  ECONNREFUSED: ['unreachable', 'the connection was refused; is a node running there?'],
  ENOTFOUND: ['unreachable', 'there is no such host'],
  EAI_AGAIN: ['unreachable', 'the name of the host cannot be looked up now'],
  EHOSTUNREACH: ['unreachable', 'there is no route to the host'],
  ENETUNREACH: ['unreachable', 'there is no route to the network'],
  CERT_HAS_EXPIRED: ['unreachable', 'its certificate has expired'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['unreachable', UNTRUSTED],
  ERR_TLS_CERT_ALTNAME_INVALID: ['unreachable', 'its certificate is for another host'],
  SELF_SIGNED_CERT_IN_CHAIN: ['unreachable', UNTRUSTED],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['unreachable', UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['unreachable', UNTRUSTED],
  EPROTO: ['unreachable', 'it does not speak TLS: use http, not https'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['unreachable', 'it does not speak TLS: use http, not https'],
  UND_ERR_CONNECT_TIMEOUT: ['unreachable', `no connection within ${CONNECT_MS_MAX} ms`],
  UND_ERR_HEADERS_TIMEOUT: ['timeout', 'no answer came in time'],
  UND_ERR_BODY_TIMEOUT: ['timeout', 'the answer did not come to its end in time'],
};

/** What it means that a request has failed like this. */
export function transportErrorOf(
  address: string,
  error: unknown,
  details: TransportDetails,
): TransportError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const broken = ['disconnected', `the connection broke (${message})`] as const;
  const known = FAILURES[code] ?? broken;
  // What was sent may have happened, whatever a connection ended with.
  const [failure, text] =
    known[0] === 'unreachable' && details.neverSent === false ? broken : known;
  const detail = `${address} does not answer: ${text}`;
  return new TransportError(failure, detail, { ...details, cause: error });
}
