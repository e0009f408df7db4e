/**
 * Replication of the bare baseline: a socket to each peer, many calls in flight, no deadlines. A lost
 * connection ends the process: the run that it spoils must not pass for a measurement.
 */

import { connect, createServer, type Socket } from 'node:net';
import { FrameSocket, NO_BYTES } from './frame-socket.ts';

/** What a peer does with a call; frames with a value store it, frames without one fetch. */
export interface PeerService {
  readonly store: (key: Buffer, value: Buffer) => Promise<unknown>;
  readonly fetch: (key: Buffer) => Buffer | undefined;
}

/** Answers the calls of the other nodes. */
export function servePeers(port: number, service: PeerService): void {
  const server = createServer((socket) => {
    dieWith(socket);
    const frames: FrameSocket = new FrameSocket(socket, ({ id, key, value }) => {
      if (value.length === 0) {
        frames.post(id, NO_BYTES, service.fetch(key) ?? NO_BYTES);
      } else {
        service.store(key, value).then(() => frames.post(id, NO_BYTES, NO_BYTES), die);
      }
    });
  });
  server.listen(port, '127.0.0.1');
}

/** Pause before the next attempt to reach a peer that does not listen yet. */
const RETRY_MS = 50;

/** The calling side of one peer. */
export class PeerCalls {
  readonly #frames: FrameSocket;
  readonly #waiting = new Map<number, (value: Buffer) => void>();
  #lastId = 0;

  private constructor(socket: Socket) {
    this.#frames = new FrameSocket(socket, ({ id, value }) => {
      const answered = this.#waiting.get(id);
      this.#waiting.delete(id);
      answered?.(value);
    });
  }

  /** Resolves when the peer listens. */
  static connect(port: number): Promise<PeerCalls> {
    return new Promise((resolve) => {
      const attempt = () => {
        const socket = connect(port, '127.0.0.1');
        const retry = () => setTimeout(attempt, RETRY_MS);
        socket.once('error', retry);
        socket.once('connect', () => {
          socket.off('error', retry);
          dieWith(socket);
          resolve(new PeerCalls(socket));
        });
      };
      attempt();
    });
  }

  /** Resolves when the peer has the value on disk. */
  store(key: Buffer, value: Buffer): Promise<Buffer> {
    return this.#call(key, value);
  }

  /** Resolves to the peer's value; empty where it has none. */
  fetch(key: Buffer): Promise<Buffer> {
    return this.#call(key, NO_BYTES);
  }

  #call(key: Buffer, value: Buffer): Promise<Buffer> {
    this.#lastId = (this.#lastId + 1) >>> 0;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#frames.post(id, key, value);
    });
  }
}

function dieWith(socket: Socket): void {
  socket.on('error', die);
  socket.on('close', () => die('a peer connection was lost'));
}

function die(reason: unknown): void {
  console.error(reason);
  process.exit(1);
}
