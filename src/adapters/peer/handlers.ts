/**
 * The handlers of one node, by kind, and what becomes of their errors.
 *
 * A caller learns `QuorateError`s as they are and of anything else only that the node failed:
 * the error itself goes to this node's log. Errors after which the node must stop reach
 * `onFatal` as well. `run` never throws.
 */

import { type ErrorOnWire, errorToWire, QuorateError, StoreError } from '../../kernel/errors.ts';
import { InvariantError, invariant } from '../../kernel/invariant.ts';
import type { Logger } from '../../ports/logger.ts';
import type { CallType, Handler, Incoming } from '../../ports/transport.ts';

export interface Outcome {
  readonly onReply: (reply: unknown) => void;
  readonly onFailure: (error: ErrorOnWire) => void;
}

export class Handlers {
  readonly #byKind = new Map<string, Handler<unknown, unknown>>();
  readonly #logger: Logger;
  readonly #onFatal: (error: Error) => void;

  constructor(logger: Logger, onFatal: (error: Error) => void) {
    this.#logger = logger;
    this.#onFatal = onFatal;
  }

  serve<Request, Reply>(type: CallType<Request, Reply>, handler: Handler<Request, Reply>): void {
    invariant(!this.#byKind.has(type.kind), `two handlers for ${type.kind}`);
    this.#byKind.set(type.kind, handler as Handler<unknown, unknown>);
  }

  /** Runs the handler up to its first wait at once; exactly one side of `outcome` is called. */
  run(kind: string, request: unknown, incoming: Incoming, outcome: Outcome): void {
    const handler = this.#byKind.get(kind);
    if (handler === undefined) {
      const missing = new QuorateError('internal', `this node has no handler for ${kind}`);
      outcome.onFailure(errorToWire(missing));
      return;
    }
    const fail = (error: unknown) => outcome.onFailure(this.judge(kind, incoming.from, error));
    try {
      const reply = handler(request, incoming);
      if (reply instanceof Promise) reply.then(outcome.onReply, fail);
      else outcome.onReply(reply);
    } catch (error) {
      fail(error);
    }
  }

  /** What the caller learns of an error; what it must not learn is logged. */
  judge(kind: string, from: string, error: unknown): ErrorOnWire {
    if (!(error instanceof QuorateError)) {
      const stack = error instanceof Error ? error.stack : String(error);
      this.#logger.error('peer request failed unexpectedly', { kind, from, stack });
      if (error instanceof InvariantError || error instanceof StoreError) this.#onFatal(error);
    }
    return errorToWire(error);
  }
}
