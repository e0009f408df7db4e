/**
 * One lane to one peer that is given faults: what this node sends to it, requests and replies
 * to its requests alike, is held up, lost or cut off.
 *
 * A message that is lost is gone for good, as when the connection that carried it breaks; it
 * is not repeated, as TCP would. A call then hears nothing until its deadline.
 *
 * The sockets underneath do not know of it, so the link watches over itself as they do: it
 * asks the peer for a sign of life every second, and that is lost or held up like any other
 * message, there and back. After five in vain the peer is unreachable, until a sign comes.
 */

import { drawDelayMs } from '../../kernel/delay.ts';
import { QuorateError, TransportError, type TransportFailure } from '../../kernel/errors.ts';
import type { LaneFaults } from '../../kernel/fault-table.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Counter } from '../../ports/metrics.ts';
import type { Random } from '../../ports/random.ts';
import { type CallType, callType, type Lane, type Transport } from '../../ports/transport.ts';
import { DelayLine } from './delay-line.ts';

const BEAT_INTERVAL_MS = 1_000;
const SILENT_BEATS_MAX = 5;
/** A sign of life may take so long, there and back. */
const BEAT_MS_MAX = BEAT_INTERVAL_MS * SILENT_BEATS_MAX;

/**
 * A handler whose reply is lost counts as running until its caller has surely given up: a
 * transport has no other way to say nothing.
 */
const LOST_REPLY_GRACE_MS = 1_000;

export function beatType(lane: Lane): CallType<null, null> {
  return callType(`faults.beat.${lane}`, lane);
}

export interface FaultyLinkOptions {
  readonly inner: Transport;
  readonly peer: NodeId;
  readonly lane: Lane;
  readonly clock: Clock;
  readonly random: Random;
  readonly lost: Counter;
  readonly delayed: Counter;
  /** The peer has fallen silent on this lane, or is heard again. */
  readonly onChange: (silent: boolean) => void;
}

interface OpenCall {
  readonly fail: (failure: TransportFailure, why: string) => void;
}

export class FaultyLink {
  /** None: everything passes at once. */
  faults: LaneFaults | undefined;
  readonly #options: FaultyLinkOptions;
  readonly #line: DelayLine;
  readonly #open = new Set<OpenCall>();
  #silentBeats = 0;
  #silent = false;
  #beat: Timer | undefined;
  #closed = false;

  constructor(options: FaultyLinkOptions, faults: LaneFaults | undefined) {
    this.#options = options;
    this.faults = faults;
    this.#line = new DelayLine(options.clock);
  }

  /** The peer gave no sign of life for a while. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Asks for signs of life from now on. */
  watch(): void {
    if (this.#closed || this.#beat !== undefined) return;
    this.#beat = this.#options.clock.setTimer(BEAT_INTERVAL_MS, () => this.#onBeat());
  }

  call<Request, Reply>(
    type: CallType<Request, Reply>,
    request: Request,
    deadline: number,
  ): Promise<Reply> {
    const { inner, peer, clock } = this.#options;
    this.watch();
    if (this.#silent) {
      const why = `${peer} is unreachable: nothing was heard for ${BEAT_MS_MAX} ms`;
      return Promise.reject(new TransportError('unreachable', why));
    }
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        if (!this.#open.delete(call)) return;
        limit?.cancel();
        settle();
      };
      const fail = (failure: TransportFailure, why: string) =>
        end(() => reject(new TransportError(failure, `no reply from ${peer}: ${why}`)));
      const call: OpenCall = { fail };
      let limit: Timer | undefined;
      this.#open.add(call);
      const passed = this.#pass(() => {
        if (!this.#open.has(call)) return;
        limit?.cancel();
        inner.call(peer, type, request, { deadline }).then(
          (reply) => {
            this.#heard();
            end(() => resolve(reply));
          },
          (error: unknown) => {
            if (error instanceof QuorateError) this.#heard();
            end(() => reject(error));
          },
        );
      });
      if (passed) return;
      const leftMs = Math.max(0, deadline - clock.now());
      limit = clock.setTimer(leftMs, () => fail('timeout', 'it did not answer by the deadline'));
    });
  }

  send<Request>(type: CallType<Request, void>, request: Request): void {
    const { inner, peer } = this.#options;
    this.watch();
    if (!this.#silent) this.#pass(() => inner.send(peer, type, request));
  }

  /** What a handler replies to the peer, or fails with, as it gets there. */
  reply<Reply>(reply: Reply | Promise<Reply>, deadline: number): Reply | Promise<Reply> {
    if (!(reply instanceof Promise) && this.faults === undefined) return reply;
    return new Promise((resolve, reject) => {
      Promise.resolve(reply).then(
        (value) => this.#passReply(deadline, () => resolve(value), reject),
        (error: unknown) => this.#passReply(deadline, () => reject(error), reject),
      );
    });
  }

  /** Calls that are open end as disconnected; what is under way is lost. */
  close(why: string): void {
    this.#closed = true;
    this.#beat?.cancel();
    this.#line.close();
    this.#failAll(why);
  }

  #passReply(deadline: number, settle: () => void, reject: (error: Error) => void): void {
    const { clock, peer } = this.#options;
    const lose = () => {
      const goneMs = deadline + LOST_REPLY_GRACE_MS - clock.now();
      clock.setTimer(Math.max(0, goneMs), () =>
        reject(new QuorateError('coordinator_lost', `the reply to ${peer} was lost by a fault`)),
      );
    };
    this.#pass(settle, lose);
  }

  /** True where the message has arrived already; else it comes later, or is lost. */
  #pass(arrive: () => void, onLost = () => {}): boolean {
    const { faults } = this;
    if (faults === undefined) {
      arrive();
      return true;
    }
    const { lost, delayed, random } = this.#options;
    const lose = () => {
      lost.add();
      onLost();
    };
    const { cut = false, loss = 0, delay } = faults;
    if (cut || random.float() < loss) {
      lose();
      return false;
    }
    if (delay === undefined) {
      arrive();
      return true;
    }
    // A cut takes what is under way too.
    const arriveLater = () => (this.faults?.cut === true ? lose() : arrive());
    const delayMs = drawDelayMs(delay, () => random.float());
    if (this.#line.add(delayMs, arriveLater)) delayed.add();
    else lose();
    return false;
  }

  #onBeat(): void {
    const { inner, peer, lane, clock } = this.#options;
    this.#beat = undefined;
    this.watch();
    this.#silentBeats++;
    if (this.#silentBeats > SILENT_BEATS_MAX && !this.#silent) this.#fallSilent();
    const deadline = clock.now() + BEAT_MS_MAX;
    this.#pass(() => {
      inner.call(peer, beatType(lane), null, { deadline }).then(
        () => this.#heard(),
        (error: unknown) => {
          if (error instanceof QuorateError) this.#heard();
          // What the sockets themselves know of is no silence, and no sign of life.
          else if ((error as TransportError).failure !== 'timeout') this.#uncountBeat();
        },
      );
    });
  }

  #uncountBeat(): void {
    this.#silentBeats = Math.max(0, this.#silentBeats - 1);
  }

  #heard(): void {
    this.#silentBeats = 0;
    if (!this.#silent || this.#closed) return;
    this.#silent = false;
    this.#options.onChange(false);
  }

  #fallSilent(): void {
    this.#silent = true;
    this.#failAll(`nothing was heard for ${BEAT_MS_MAX} ms`);
    this.#options.onChange(true);
  }

  #failAll(why: string): void {
    for (const call of [...this.#open]) call.fail('disconnected', why);
  }
}
