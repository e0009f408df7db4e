/**
 * The serving side of one connection: requests in, replies out, in any order.
 *
 * A peer that asks faster than this node answers, or does not read its replies, is not read
 * from until that changes, so what one connection can make this node hold is bounded.
 */

import type { Socket } from 'node:net';
import { errorToWire, QuorateError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Handlers } from './handlers.ts';
import type { Greeting } from './handshake.ts';
import {
  CALL,
  failureFrame,
  type RequestMessage,
  readRequest,
  replyFrame,
  SEND,
} from './message.ts';
import { Outbox } from './outbox.ts';
import { PeerConnection } from './peer-connection.ts';
import type { LaneMetrics } from './peer-metrics.ts';

/** Requests of one connection in the hands of handlers. */
const REQUESTS_SERVED_MAX = 16_384;

/** Of their bytes: a disk that stands still must not make this node hold all that it is sent. */
const REQUESTS_SERVED_BYTES_MAX = 64 * 1024 * 1024;

/** Bytes of replies of one connection that wait to be sent. */
const REPLIES_QUEUED_BYTES_MAX = 16 * 1024 * 1024;

/** A message without a reply has no caller who would give it up: handlers may take so long. */
export const SEND_DEADLINE_MS = 5_000;

export interface ServedConnectionOptions {
  readonly greeting: Greeting;
  readonly handlers: Handlers;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: LaneMetrics;
  readonly onClose: (reason: string) => void;
}

type Of<Type> = Extract<RequestMessage, readonly [type: Type, ...rest: unknown[]]>;

export class ServedConnection {
  readonly #options: ServedConnectionOptions;
  readonly #connection: PeerConnection;
  #served = 0;
  #servedBytes = 0;
  #paused = false;

  constructor(socket: Socket, options: ServedConnectionOptions) {
    this.#options = options;
    this.#connection = new PeerConnection(socket, {
      ...options,
      outbox: new Outbox(),
      onMessage: (message, bytes) => this.#onMessage(readRequest(message), bytes),
      onFlushed: () => this.#throttle(),
    });
  }

  close(): void {
    this.#connection.close('this node is closing');
  }

  #onMessage(message: RequestMessage, bytes: number): void {
    if (message[0] === CALL) this.#onCall(message, bytes);
    if (message[0] === SEND) this.#onSend(message, bytes);
  }

  #onCall([, id, kind, timeLeftMs, body]: Of<typeof CALL>, bytes: number): void {
    const { clock, handlers, metrics, greeting } = this.#options;
    const deadline = this.#connection.heardAt + timeLeftMs;
    if (deadline <= clock.now()) {
      metrics.expiredRequests.add();
      return;
    }
    this.#begin(bytes);
    handlers.run(
      kind,
      body,
      { from: greeting.from, deadline },
      {
        onReply: (reply) => this.#finish(bytes, this.#replyFrame(id, kind, reply)),
        onFailure: (error) => this.#finish(bytes, failureFrame(id, error)),
      },
    );
  }

  #onSend([, kind, body]: Of<typeof SEND>, bytes: number): void {
    const { clock, handlers, greeting } = this.#options;
    this.#begin(bytes);
    const incoming = { from: greeting.from, deadline: clock.now() + SEND_DEADLINE_MS };
    const finish = () => this.#finish(bytes);
    handlers.run(kind, body, incoming, { onReply: finish, onFailure: finish });
  }

  #begin(bytes: number): void {
    this.#served++;
    this.#servedBytes += bytes;
    this.#throttle();
  }

  #finish(bytes: number, frame?: Buffer): void {
    this.#served--;
    this.#servedBytes -= bytes;
    if (frame !== undefined) this.#connection.post({ frame });
    this.#throttle();
  }

  /** What the handler returned may be too large or nothing that can be sent. */
  #replyFrame(id: number, kind: string, reply: unknown): Buffer {
    try {
      return replyFrame(id, reply);
    } catch (error) {
      const stack = error instanceof Error ? error.stack : String(error);
      this.#options.logger.error('peer reply cannot be sent', { kind, stack });
      const why = `the reply to ${kind} cannot be sent; see the log of that node`;
      return failureFrame(id, errorToWire(new QuorateError('internal', why)));
    }
  }

  #throttle(): void {
    const full =
      this.#served >= REQUESTS_SERVED_MAX ||
      this.#servedBytes >= REQUESTS_SERVED_BYTES_MAX ||
      this.#connection.queuedBytes >= REPLIES_QUEUED_BYTES_MAX;
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) this.#connection.pause();
    else this.#connection.resume();
  }
}
