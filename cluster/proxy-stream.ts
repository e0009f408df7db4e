/**
 * One direction of one connection through a proxy: bytes come out as they went in, in order,
 * but late, slowly, or not for now.
 *
 * What waits is bounded: beyond that the sender is not read any more, and feels it as it would
 * feel a network that is slow. So nothing is ever lost in here; what is held comes out when
 * that is over, as after TCP's retransmissions. The end of the stream, and its breaking off,
 * wait their turn behind the bytes before them.
 */

import type { Socket } from 'node:net';
import { type Delay, drawDelayMs } from '../src/kernel/delay.ts';

/** What waits in one direction of one connection, in bytes. */
export const WAITING_BYTES_MAX = 1024 * 1024;

export interface StreamFaults {
  /** Each piece that is read comes out so much later, and never before one that came earlier. */
  readonly delay?: Delay | undefined;
  readonly bytesPerSecond?: number | undefined;
  /** Nothing comes out. */
  readonly held: boolean;
}

interface Piece {
  /** In `performance.now()`. */
  readonly dueAt: number;
  /** How the stream goes on: with bytes, or not at all. */
  readonly what: Buffer | 'end' | 'reset';
}

export class ProxyStream {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #faults: () => StreamFaults;
  readonly #waiting: Piece[] = [];
  #waitingBytes = 0;
  /** When the last piece came, or will come out. */
  #lastDueAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #draining = false;

  constructor(from: Socket, to: Socket, faults: () => StreamFaults) {
    this.#from = from;
    this.#to = to;
    this.#faults = faults;
    from.on('data', (bytes: Buffer) => this.#add(bytes));
    from.on('end', () => this.#add('end'));
    from.on('close', (hadError) => {
      if (hadError || !from.readableEnded) this.#add('reset');
    });
    to.on('drain', () => {
      this.#draining = false;
      this.pass();
    });
    to.on('close', () => clearTimeout(this.#timer));
  }

  /** Lets out what is due; to be called when the faults have changed. */
  pass(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    while (!this.#draining && !this.#faults().held) {
      const next = this.#waiting[0];
      if (next === undefined) break;
      if (next.dueAt > now) {
        this.#timer = setTimeout(() => this.pass(), Math.ceil(next.dueAt - now));
        break;
      }
      this.#waiting.shift();
      this.#out(next.what);
    }
    if (this.#waitingBytes < WAITING_BYTES_MAX) this.#from.resume();
  }

  /** What waits comes out at its time by the faults as they are now. */
  forgetDelays(): void {
    const now = performance.now();
    const pieces = this.#waiting.splice(0);
    this.#lastDueAt = now;
    for (const { what } of pieces) this.#waiting.push({ dueAt: now, what });
  }

  #add(what: Piece['what']): void {
    const { delay, bytesPerSecond } = this.#faults();
    const size = Buffer.isBuffer(what) ? what.length : 0;
    const delayMs = delay === undefined ? 0 : drawDelayMs(delay, Math.random);
    const begins = Math.max(performance.now() + delayMs, this.#lastDueAt);
    this.#lastDueAt = begins + (bytesPerSecond === undefined ? 0 : (size / bytesPerSecond) * 1_000);
    this.#waiting.push({ dueAt: this.#lastDueAt, what });
    this.#waitingBytes += size;
    if (this.#waitingBytes >= WAITING_BYTES_MAX) this.#from.pause();
    this.pass();
  }

  #out(what: Piece['what']): void {
    if (what === 'end') this.#to.end();
    else if (what === 'reset') this.#to.resetAndDestroy();
    else {
      this.#waitingBytes -= what.length;
      if (!this.#to.write(what)) this.#draining = true;
    }
  }
}
