/**
 * Log lines about requests: those that were slow, and those that failed through no fault of
 * their client. Values, tokens and keys are not told; of a key a digest under a secret of this
 * process is, by which two lines about one key can be told from lines about two.
 */

import { createHmac, randomBytes } from 'node:crypto';
import type { Trace } from '../kernel/trace.ts';
import type { NodePorts } from '../node/index.ts';
import { routeNameOf } from './request-names.ts';

/** More would make a bad time worse; those beyond are counted. */
const LINES_PER_SECOND_MAX = 10;
const WINDOW_MS = 1_000;

/** Long enough to tell keys apart, too short to be of use as anything else. */
const KEY_DIGEST_LENGTH = 12;

export interface AnsweredRequest {
  readonly method: string | undefined;
  readonly target: string | undefined;
  readonly status: number;
  /** Of the problem, where the answer is one. */
  readonly code: string | undefined;
  /** `X-Quorate-Quorum` of the answer: who was counted. */
  readonly quorum: string | undefined;
  readonly trace: Trace;
}

export class RequestLog {
  readonly #logger: NodePorts['logger'];
  readonly #slowMs: number;
  readonly #secret = randomBytes(16);
  #windowEnd: NodeJS.Timeout | undefined;
  #lines = 0;
  #leftOut = 0;

  readonly #slow: ReturnType<NodePorts['metrics']['counter']>;

  /** @param slowMs requests that take as long are logged; infinity: none are */
  constructor(logger: NodePorts['logger'], slowMs: number, metrics: NodePorts['metrics']) {
    this.#logger = logger;
    this.#slowMs = slowMs;
    this.#slow = metrics.counter({
      name: 'http_slow_requests_total',
      help: 'Requests of clients that took at least as long as --slow-request-ms until their answer began',
    });
  }

  /** A slow request can be told of only where all are watched. */
  get watches(): boolean {
    return this.#slowMs < Number.POSITIVE_INFINITY;
  }

  /** At most one line a request. */
  answered(request: AnsweredRequest): void {
    const isSlow = request.trace.ageMs >= this.#slowMs;
    if (isSlow) this.#slow.add();
    else if (request.status < 500) return;
    const { route, bucket, encodedKey } = routeNameOf(request.target ?? '/');
    // Whoever asks whether the node is ready is answered, not failed.
    if (!isSlow && route === '/readyz') return;
    if (!this.#hasRoom()) return;
    const { requestId, tookMs, spans, leftOut } = request.trace.document();
    this.#logger.warn(isSlow ? 'slow request' : 'request failed', {
      requestId,
      method: request.method,
      route,
      bucket,
      ...(encodedKey !== undefined && { keyDigest: this.#digest(encodedKey) }),
      status: request.status,
      code: request.code,
      tookMs,
      quorum: request.quorum,
      ...(spans.length > 0 && { spans }),
      ...(leftOut > 0 && { spansLeftOut: leftOut }),
    });
  }

  #hasRoom(): boolean {
    this.#windowEnd ??= setTimeout(() => this.#endWindow(), WINDOW_MS).unref();
    if (this.#lines < LINES_PER_SECOND_MAX) {
      this.#lines++;
      return true;
    }
    this.#leftOut++;
    return false;
  }

  #endWindow(): void {
    const requests = this.#leftOut;
    this.#windowEnd = undefined;
    this.#lines = 0;
    this.#leftOut = 0;
    if (requests > 0) this.#logger.warn('requests left out of the log', { requests });
  }

  #digest(encodedKey: string): string {
    const digest = createHmac('sha256', this.#secret).update(encodedKey).digest('hex');
    return digest.slice(0, KEY_DIGEST_LENGTH);
  }
}
