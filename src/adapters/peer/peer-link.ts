/**
 * The calling side of one lane to one peer: a connection that is opened again, forever,
 * whenever it is lost, and the calls that go over it.
 *
 * Before the result of the first attempt is known, calls wait for it. From a failed attempt
 * or a lost connection until the next success they fail at once as `unreachable`, so that a
 * coordinator turns to a fallback without waiting.
 */

import type { Socket } from 'node:net';
import { errorFromWire, TransportError, type TransportFailure } from '../../kernel/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import { type Call, CallsInFlight, deadlinePassed } from './calls-in-flight.ts';
import { callFrame, FAILURE, REPLY, type ReplyMessage, readReply, sendFrame } from './message.ts';
import { Outbox, type Outgoing } from './outbox.ts';
import { PeerConnection } from './peer-connection.ts';
import type { LaneMetrics } from './peer-metrics.ts';
import { Redial, type RedialOptions } from './redial.ts';

/** Bytes that wait for the socket of one link; has to be more than one frame can be. */
const LINK_QUEUED_BYTES_MAX = 192 * 1024 * 1024;

export interface LinkOptions extends Omit<RedialOptions, 'onOpen' | 'onFailed'> {
  readonly logger: Logger;
  readonly metrics: LaneMetrics;
  readonly onUp: () => void;
  /** Also told which other cluster a node belongs to that answered in the peer's place. */
  readonly onDown: (reason: string, otherCluster?: string) => void;
}

interface LinkCall extends Call, Outgoing {}

type LinkState =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting' }
  | { readonly name: 'up'; readonly connection: PeerConnection }
  | { readonly name: 'down'; readonly why: string }
  | { readonly name: 'closed' };

export class PeerLink {
  readonly #options: LinkOptions;
  readonly #calls: CallsInFlight<LinkCall>;
  readonly #redial: Redial;
  #state: LinkState = { name: 'idle' };
  #outbox = new Outbox();

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#calls = new CallsInFlight(options.clock, (call) => this.#expire(call));
    this.#redial = new Redial({
      ...options,
      onOpen: (socket) => this.#onOpen(socket),
      onFailed: ({ reason, otherCluster }) => this.#onDown(reason, otherCluster),
    });
  }

  /** The last attempt failed, or the connection was lost, and none has succeeded since. */
  get down(): boolean {
    return this.#state.name === 'down';
  }

  /** Connects and stays connected from now on. */
  open(): void {
    if (this.#state.name !== 'idle') return;
    this.#state = { name: 'connecting' };
    this.#redial.start();
  }

  call(kind: string, body: unknown, deadline: number): Promise<unknown> {
    const timeLeftMs = Math.ceil(deadline - this.#options.clock.now());
    if (timeLeftMs <= 0) return this.#refuse(deadlinePassed(this.#options.peer, kind));
    const refusal = this.#refusal();
    if (refusal !== undefined) return this.#refuse(refusal);
    const id = this.#calls.nextId();
    let frame: Buffer;
    try {
      frame = callFrame(id, kind, timeLeftMs, body);
    } catch (error) {
      return Promise.reject(error);
    }
    if (!this.#hasRoomFor(frame)) return this.#refuse(this.#overload());
    return new Promise((resolve, reject) => {
      const call = { frame, deadline, resolve, reject };
      this.#calls.add(id, call);
      this.#post(call);
    });
  }

  send(kind: string, body: unknown): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.#options.metrics.failures[refusal.failure].add();
      return;
    }
    let frame: Buffer;
    try {
      frame = sendFrame(kind, body);
    } catch (error) {
      const { logger, peer } = this.#options;
      logger.error('peer message cannot be sent', { peer, kind, reason: String(error) });
      return;
    }
    if (this.#hasRoomFor(frame)) this.#post({ frame });
    else this.#options.metrics.failures.overloaded.add();
  }

  /** There is a sign that the peer is back: do not wait out a long pause. */
  expedite(): void {
    this.#redial.expedite();
  }

  close(): void {
    const state = this.#state;
    this.#state = { name: 'closed' };
    this.#redial.close();
    if (state.name === 'up') state.connection.close('the link was closed');
    this.#rejectAll(() => 'disconnected', 'the link was closed');
  }

  #refusal(): TransportError | undefined {
    const { peer } = this.#options;
    const state = this.#state;
    if (state.name === 'down') {
      return new TransportError('unreachable', `${peer} is unreachable: ${state.why}`);
    }
    if (state.name === 'closed') {
      return new TransportError('unreachable', `the link to ${peer} is closed`);
    }
    return this.#calls.full ? this.#overload() : undefined;
  }

  #hasRoomFor(frame: Buffer): boolean {
    const state = this.#state;
    const queued = state.name === 'up' ? state.connection.queuedBytes : this.#outbox.bytes;
    return queued + frame.length <= LINK_QUEUED_BYTES_MAX;
  }

  #overload(): TransportError {
    const { peer, lane } = this.#options;
    return new TransportError('overloaded', `too much waits for ${peer} on the ${lane} lane`);
  }

  #refuse(error: TransportError): Promise<never> {
    this.#options.metrics.failures[error.failure].add();
    return Promise.reject(error);
  }

  #post(entry: Outgoing): void {
    if (this.#state.name === 'up') {
      this.#state.connection.post(entry);
    } else {
      this.#outbox.add(entry);
      this.open();
    }
  }

  #expire(call: LinkCall): void {
    const { peer, metrics } = this.#options;
    const sent = wasSent(call);
    this.#outbox.withdraw(call);
    metrics.failures[sent ? 'timeout' : 'unreachable'].add();
    call.reject(
      sent
        ? new TransportError('timeout', `${peer} did not answer by the deadline`)
        : new TransportError('unreachable', `nothing could be sent to ${peer} by the deadline`),
    );
  }

  #onOpen(socket: Socket): void {
    const { clock, logger, metrics, onUp } = this.#options;
    const connection = new PeerConnection(socket, {
      clock,
      logger,
      metrics,
      outbox: this.#outbox,
      onMessage: (message) => this.#onMessage(readReply(message)),
      onClose: (reason) => {
        this.#redial.lost();
        this.#onDown(reason);
      },
    });
    this.#state = { name: 'up', connection };
    onUp();
  }

  /** A reply to a call that has been given up is dropped. */
  #onMessage(message: ReplyMessage): void {
    if (message[0] === REPLY) this.#calls.take(message[1])?.resolve(message[2]);
    if (message[0] === FAILURE) {
      this.#calls.take(message[1])?.reject(errorFromWire(message[2]));
    }
  }

  #onDown(why: string, otherCluster?: string): void {
    if (this.#state.name === 'closed') return;
    this.#state = { name: 'down', why };
    this.#outbox = new Outbox();
    this.#rejectAll((call) => (wasSent(call) ? 'disconnected' : 'unreachable'), why);
    this.#options.onDown(why, otherCluster);
  }

  #rejectAll(failureOf: (call: LinkCall) => TransportFailure, why: string): void {
    const { peer, metrics } = this.#options;
    this.#calls.rejectAll((call) => {
      const failure = failureOf(call);
      metrics.failures[failure].add();
      return new TransportError(failure, `no reply from ${peer}: ${why}`);
    });
  }
}

/** The frame was handed to the socket: the peer may have seen it. */
function wasSent(call: LinkCall): boolean {
  return call.frame === undefined;
}
