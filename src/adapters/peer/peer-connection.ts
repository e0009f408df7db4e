/**
 * One open socket to another node, on either side of it: frames out, messages in, and the
 * watch over whether the other side still lives.
 *
 * Frames posted in one turn leave in one write. No input, however wrong, throws out of here:
 * it closes the connection, and `onClose` is called exactly once.
 */

import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { FrameDecoder, FrameError } from './frame.ts';
import { BEAT_FRAME } from './message.ts';
import type { Outbox, Outgoing } from './outbox.ts';
import type { LaneMetrics } from './peer-metrics.ts';

/** Both sides say something at least this often. */
const BEAT_INTERVAL_MS = 1_000;

/**
 * After so many of our own beats without a byte from the other side it counts as dead: cut
 * off, paused or stuck. Beats and not time, so that a node which was itself paused first
 * reads what has arrived meanwhile.
 */
const SILENT_BEATS_MAX = 5;

/** TCP asks a silent other side this early; cheap, and finds dead hosts where beats are late. */
const KEEPALIVE_DELAY_MS = 5_000;

/** Bytes handed to the socket before it must drain. What waits in the outbox can be withdrawn. */
const SOCKET_BYTES_MAX = 1024 * 1024;

/** Frames up to this size are copied together into one buffer, larger ones written as they are. */
const COALESCED_FRAME_BYTES_MAX = 16 * 1024;

export interface PeerConnectionOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: LaneMetrics;
  /** Frames that wait already are sent at once. */
  readonly outbox: Outbox;
  /** Of so many bytes. Throws `FrameError` when the message makes no sense. */
  readonly onMessage: (message: unknown, bytes: number) => void;
  /** `queuedBytes` has fallen. */
  readonly onFlushed?: () => void;
  readonly onClose: (reason: string) => void;
}

export class PeerConnection {
  readonly #socket: Socket;
  readonly #options: PeerConnectionOptions;
  readonly #decoder = new FrameDecoder();
  readonly #take: (message: unknown, bytes: number) => void;
  readonly #flush = () => this.#flushNow();
  /** Taken from the outbox, and not handed to the socket yet. */
  #unwritten: Buffer[] = [];
  #unwrittenBytes = 0;
  #flushScheduled = false;
  #draining = false;
  #silentBeats = 0;
  #heardAt: number;
  #beat: Timer;
  #closed = false;

  constructor(socket: Socket, options: PeerConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#heardAt = options.clock.now();
    this.#take = (message, bytes) => {
      if (!this.#closed) options.onMessage(message, bytes);
    };
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_DELAY_MS);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('error', (error) => this.close(error.message));
    socket.on('end', () => this.close('the other side closed the connection'));
    socket.on('close', () => this.close('the connection was lost'));
    this.#beat = options.clock.setTimer(BEAT_INTERVAL_MS, () => this.#onBeat());
    if (socket.destroyed) queueMicrotask(() => this.close('the connection was lost'));
    else if (options.outbox.bytes > 0) this.#scheduleFlush();
  }

  /** Bytes that are not in the hands of the kernel yet. */
  get queuedBytes(): number {
    return this.#options.outbox.bytes + this.#unwrittenBytes + this.#socket.writableLength;
  }

  /** When the bytes that are being read arrived, in `Clock.now()`. */
  get heardAt(): number {
    return this.#heardAt;
  }

  post(entry: Outgoing): void {
    if (this.#closed) return;
    this.#options.outbox.add(entry);
    if (!this.#flushScheduled && !this.#draining) this.#scheduleFlush();
  }

  /** Reads no more until `resume`: the other side will find its writes blocked. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection at once; what was queued is lost. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#beat.cancel();
    this.#socket.destroy();
    this.#options.onClose(reason);
  }

  /**
   * After the sockets of this turn were read: as fast as a microtask where one connection is
   * busy, and it gathers what promise chains of different lengths lead to.
   */
  #scheduleFlush(): void {
    this.#flushScheduled = true;
    setImmediate(this.#flush);
  }

  #flushNow(): void {
    this.#flushScheduled = false;
    if (this.#closed) return;
    const { outbox, onFlushed } = this.#options;
    if (this.#unwrittenBytes === 0) this.#prepare(outbox.take(SOCKET_BYTES_MAX));
    if (this.#unwrittenBytes > 0) this.#write();
    // What the kernel took at once leaves nothing to drain, and no 'drain' event would come.
    this.#draining = this.#socket.writableNeedDrain;
    const bytesLeft = outbox.bytes + this.#unwrittenBytes;
    if (!this.#draining && bytesLeft > 0) this.#scheduleFlush();
    onFlushed?.();
  }

  #prepare(frames: readonly Buffer[]): void {
    if (frames.length === 0) return;
    const { metrics } = this.#options;
    for (const frame of frames) this.#unwrittenBytes += frame.length;
    metrics.framesSent.add(frames.length);
    metrics.bytesSent.add(this.#unwrittenBytes);
    this.#unwritten = coalesce(frames);
  }

  /** Large frames in pieces: each that drains shows that the other side still takes them. */
  #write(): void {
    let room = SOCKET_BYTES_MAX;
    this.#socket.cork();
    while (room > 0 && this.#unwritten.length > 0) {
      const [first] = this.#unwritten as [Buffer];
      const piece = first.subarray(0, room);
      this.#socket.write(piece);
      room -= piece.length;
      this.#unwrittenBytes -= piece.length;
      if (piece.length === first.length) this.#unwritten.shift();
      else this.#unwritten[0] = first.subarray(piece.length);
    }
    this.#socket.uncork();
  }

  #drained(): void {
    this.#draining = false;
    this.#silentBeats = 0;
    this.#flushNow();
  }

  #receive(chunk: Buffer): void {
    const { clock, metrics, logger } = this.#options;
    this.#silentBeats = 0;
    this.#heardAt = clock.now();
    metrics.bytesReceived.add(chunk.length);
    try {
      metrics.framesReceived.add(this.#decoder.push(chunk, this.#take));
    } catch (error) {
      if (!(error instanceof FrameError)) {
        const stack = error instanceof Error ? error.stack : String(error);
        logger.error('peer message could not be taken', { stack });
      }
      this.close(`bad input: ${error}`);
    }
  }

  #onBeat(): void {
    // While we do not read on purpose, only writes that get nowhere tell of a dead other side.
    if (!this.#socket.isPaused() || this.#draining) this.#silentBeats++;
    if (this.#silentBeats > SILENT_BEATS_MAX) {
      this.close(`nothing was heard for ${SILENT_BEATS_MAX * BEAT_INTERVAL_MS} ms`);
      return;
    }
    // Under back-pressure more beats would only pile up.
    if (!this.#draining) this.post({ frame: BEAT_FRAME });
    this.#beat = this.#options.clock.setTimer(BEAT_INTERVAL_MS, () => this.#onBeat());
  }
}

/** The same bytes in fewer buffers: runs of small frames become one. */
export function coalesce(frames: readonly Buffer[]): Buffer[] {
  if (frames.length === 1) return [...frames];
  const buffers: Buffer[] = [];
  let run: Buffer[] = [];
  for (const frame of frames) {
    if (frame.length <= COALESCED_FRAME_BYTES_MAX) {
      run.push(frame);
    } else {
      if (run.length > 0) buffers.push(Buffer.concat(run));
      buffers.push(frame);
      run = [];
    }
  }
  if (run.length > 0) buffers.push(Buffer.concat(run));
  return buffers;
}
