/**
 * Messages between nodes.
 *
 * Bodies are plain data (objects, arrays, strings, numbers, bigints, booleans, null and
 * byte arrays): they cross as MessagePack. Three lanes keep a transfer from delaying a
 * heartbeat.
 */

import type { NodeId } from '../kernel/names.ts';

export type Lane = 'control' | 'data' | 'bulk';

/** A kind of call with its types: what is asked and what is replied. */
export interface CallType<Request, Reply> {
  readonly kind: string;
  readonly lane: Lane;
  /**
   * Whether carrying the request out twice does what carrying it out once does. Sockets
   * deliver a call at most once in any case; the simulator repeats those that can bear it.
   */
  readonly idempotent: boolean;
  /** Present in types only. */
  readonly shape?: (request: Request) => Reply;
}

export function callType<Request, Reply>(
  kind: string,
  lane: Lane,
  { idempotent = true } = {},
): CallType<Request, Reply> {
  return { kind, lane, idempotent };
}

/**
 * Largest request or reply, as MessagePack; a larger one is refused as `value_too_large`.
 * Holds what three replicas can have taken apart from each other for one key
 * (`OBJECT_BYTES_MAX` each, in replica/limits.ts).
 */
export const MESSAGE_BYTES_MAX = 160 * 1024 * 1024;

export interface CallOptions {
  /** In the caller's `Clock.now()`; the time left travels with the call. */
  readonly deadline: number;
}

export interface Incoming {
  readonly from: NodeId;
  /** In this node's `Clock.now()`. */
  readonly deadline: number;
}

export type Handler<Request, Reply> = (
  request: Request,
  incoming: Incoming,
) => Reply | Promise<Reply>;

export interface Transport {
  /**
   * Resolves with the peer's reply. Rejects with the peer's `QuorateError`, or with
   * `TransportError` when no reply came: always by the deadline, never later.
   */
  call<Request, Reply>(
    peer: NodeId,
    type: CallType<Request, Reply>,
    request: Request,
    options: CallOptions,
  ): Promise<Reply>;

  /** Sends without waiting for a reply; may be lost, and says nothing when it is. */
  send<Request>(peer: NodeId, type: CallType<Request, void>, request: Request): void;

  /** Answers calls and sends of one kind. At most one handler a kind. */
  serve<Request, Reply>(type: CallType<Request, Reply>, handler: Handler<Request, Reply>): void;

  /** False when the last attempt to reach the peer failed. A guess: only answers count. */
  reachable(peer: NodeId): boolean;

  /** Ends all connections; calls in flight reject as `disconnected`. */
  close(): Promise<void>;
}
