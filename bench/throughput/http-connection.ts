/**
 * A minimal HTTP/1.1 client: one keep-alive connection, one request in flight.
 *
 * The generator shares the cores with the nodes it measures, so what it costs is taken from
 * them and hides the difference between two contestants. On two cores a request costs this
 * client 14 us of processor time, undici's `dispatch` 20 us and its `request` 30 us. It
 * understands what the contestants answer with (a `content-length`, or no body); anything
 * else is a fault, which is counted and shown.
 */

import { connect, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Target } from './contestant.ts';

/** A request without an answer for so long is an error, at its full duration. */
const ANSWER_MS_MAX = 10_000;

const HEAD_END = '\r\n\r\n';
/** Of `HTTP/1.1 200`: where the status stands. */
const STATUS_AT = 9;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

export interface Answer {
  /** 0 when there was no answer, and `fault` says why. */
  readonly status: number;
  readonly bodyBytes: number;
  readonly fault?: string;
}

export class HttpConnection {
  readonly #target: Target;
  #socket: Socket | undefined;
  #onAnswer: ((answer: Answer) => void) | undefined;
  #head = '';
  #status = 0;
  #bodyBytes = 0;
  #bodyBytesLeft = 0;
  #inBody = false;
  #closed = false;

  constructor(target: Target) {
    this.#target = target;
  }

  /** `onAnswer` is called once, and not before this returns. Only one request at a time. */
  request(text: string, onAnswer: (answer: Answer) => void): void {
    this.#onAnswer = onAnswer;
    this.#socket ??= this.#connect();
    this.#socket.write(text, 'latin1');
  }

  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const { host, port, tls } = this.#target;
    const socket = tls ? connectSecurely({ host, port, ca: tls.ca }) : connect(port, host);
    socket.setNoDelay(true);
    socket.setTimeout(ANSWER_MS_MAX, () => this.#broken(socket, 'timeout'));
    socket.on('data', (chunk) => this.#receive(socket, chunk));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      this.#broken(socket, error.code ?? error.message),
    );
    socket.on('close', () => this.#broken(socket, 'connection closed'));
    return socket;
  }

  #receive(socket: Socket, chunk: Buffer): void {
    let bodyAt = 0;
    if (!this.#inBody) {
      bodyAt = this.#readHead(chunk);
      if (bodyAt === -1) return;
    }
    this.#bodyBytesLeft -= chunk.length - bodyAt;
    if (this.#bodyBytesLeft > 0) return;
    if (this.#bodyBytesLeft === 0) {
      this.#inBody = false;
      this.#settle({ status: this.#status, bodyBytes: this.#bodyBytes });
    } else {
      this.#broken(socket, 'an answer that is not as long as it says');
    }
  }

  /** Where the body begins in the chunk; -1 while the head has not ended. */
  #readHead(chunk: Buffer): number {
    const headBefore = this.#head.length;
    this.#head += chunk.toString('latin1');
    const end = this.#head.indexOf(HEAD_END);
    if (end === -1) return -1;
    const head = this.#head.slice(0, end);
    this.#head = '';
    this.#inBody = true;
    this.#status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
    this.#bodyBytes = Number(CONTENT_LENGTH.exec(head)?.[1] ?? 0);
    this.#bodyBytesLeft = this.#bodyBytes;
    return end + HEAD_END.length - headBefore;
  }

  /** The next request opens a new connection. */
  #broken(socket: Socket, fault: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#head = '';
    this.#inBody = false;
    socket.destroy();
    if (!this.#closed) this.#settle({ status: 0, bodyBytes: 0, fault });
  }

  #settle(answer: Answer): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = undefined;
    onAnswer?.(answer);
  }
}
