/**
 * Keeps trying to have one connection to a peer: at once, and after each failure or loss
 * again, forever, with pauses that double up to a maximum and are jittered, so that nodes
 * that lost the same peer do not come back at the same instant.
 */

import type { Socket } from 'node:net';
import type { NodeId } from '../../kernel/names.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { Lane, PeerAddress } from '../../ports/transport.ts';
import { type DialFailure, dial } from './dial.ts';
import { type Identity, newGreeting } from './handshake.ts';

/** An attempt that has not been answered by then has failed. */
const ATTEMPT_MS_MAX = 3_000;

/** Pause after the first failure, before jitter takes up to half of it away. */
const PAUSE_MS_MIN = 50;
const PAUSE_MS_MAX = 2_000;

/** A connection that lived so long was a good one: the pauses begin at their minimum again. */
const STEADY_AFTER_MS = 5_000;

export interface RedialOptions {
  readonly identity: Identity;
  readonly peer: NodeId;
  readonly lane: Lane;
  readonly address: PeerAddress;
  readonly clock: Clock;
  readonly random: Random;
  /** Whoever gets the socket calls `lost` when it is of no more use. */
  readonly onOpen: (socket: Socket) => void;
  readonly onFailed: (failure: DialFailure) => void;
}

export class Redial {
  readonly #options: RedialOptions;
  /** Failures and short lives since the last steady connection. */
  #failures = 0;
  #openSince = 0;
  #pause: { readonly timer: Timer; readonly until: number } | undefined;
  #attempt: AbortController | undefined;
  #closed = false;

  constructor(options: RedialOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#try();
  }

  /** The socket that `onOpen` was given is gone. */
  lost(): void {
    if (this.#closed) return;
    if (this.#options.clock.now() - this.#openSince >= STEADY_AFTER_MS) this.#failures = 0;
    this.#pauseFor(this.#nextPauseMs());
  }

  /** There is a sign that the peer is back: do not wait out a long pause. */
  expedite(): void {
    const soon = this.#options.clock.now() + PAUSE_MS_MIN;
    if (this.#pause === undefined || this.#pause.until <= soon) return;
    this.#pause.timer.cancel();
    this.#pauseFor(PAUSE_MS_MIN);
  }

  close(): void {
    this.#closed = true;
    this.#pause?.timer.cancel();
    this.#attempt?.abort('closed');
  }

  async #try(): Promise<void> {
    const { identity, peer, lane, address, clock, onOpen, onFailed } = this.#options;
    this.#pause = undefined;
    const attempt = new AbortController();
    this.#attempt = attempt;
    const limit = clock.setTimer(ATTEMPT_MS_MAX, () =>
      attempt.abort(`no answer from ${address.host}:${address.port} in ${ATTEMPT_MS_MAX} ms`),
    );
    const greeting = newGreeting(identity, peer, lane);
    const result = await dial(address, greeting, identity, attempt.signal);
    limit.cancel();
    this.#attempt = undefined;
    if (this.#closed) {
      result.socket?.destroy();
    } else if (result.socket === undefined) {
      this.#pauseFor(this.#nextPauseMs());
      onFailed(result);
    } else {
      this.#openSince = clock.now();
      onOpen(result.socket);
    }
  }

  #nextPauseMs(): number {
    const doubled = Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** this.#failures);
    this.#failures++;
    return doubled * (1 - this.#options.random.float() / 2);
  }

  #pauseFor(delayMs: number): void {
    const { clock } = this.#options;
    const timer = clock.setTimer(delayMs, () => void this.#try());
    this.#pause = { timer, until: clock.now() + delayMs };
  }
}
