/**
 * Calls of a node to itself: the same handlers, deadlines and errors, without a socket.
 *
 * The handler gets the caller's own value, not a copy: neither side may change what it has
 * handed over, as nobody can who talks over a socket.
 */

import { type ErrorOnWire, errorFromWire, TransportError } from '../../kernel/errors.ts';
import type { NodeId } from '../../kernel/names.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Call, CallsInFlight, deadlinePassed } from './calls-in-flight.ts';
import type { Handlers } from './handlers.ts';

export class LocalCalls {
  readonly #self: NodeId;
  readonly #clock: Clock;
  readonly #handlers: Handlers;
  readonly #calls: CallsInFlight<Call & { readonly kind: string }>;

  constructor(self: NodeId, clock: Clock, handlers: Handlers) {
    this.#self = self;
    this.#clock = clock;
    this.#handlers = handlers;
    this.#calls = new CallsInFlight(clock, (call) => call.reject(deadlinePassed(self, call.kind)));
  }

  call(kind: string, request: unknown, deadline: number): Promise<unknown> {
    if (deadline <= this.#clock.now()) return Promise.reject(deadlinePassed(this.#self, kind));
    if (this.#calls.full) {
      const detail = `too many calls of ${this.#self} to itself are in flight already`;
      return Promise.reject(new TransportError('overloaded', detail));
    }
    return new Promise((resolve, reject) => {
      const id = this.#calls.nextId();
      this.#calls.add(id, { kind, deadline, resolve, reject });
      queueMicrotask(() =>
        this.#handlers.run(
          kind,
          request,
          { from: this.#self, deadline },
          {
            onReply: (reply) => this.#calls.take(id)?.resolve(reply),
            onFailure: (error: ErrorOnWire) => this.#calls.take(id)?.reject(errorFromWire(error)),
          },
        ),
      );
    });
  }

  send(kind: string, request: unknown, deadline: number): void {
    const ignore = () => {};
    queueMicrotask(() =>
      this.#handlers.run(
        kind,
        request,
        { from: this.#self, deadline },
        {
          onReply: ignore,
          onFailure: ignore,
        },
      ),
    );
  }

  close(): void {
    this.#calls.rejectAll(() => new TransportError('disconnected', 'the transport was closed'));
  }
}
