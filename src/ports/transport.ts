/**
 * Messages between nodes.
 *
 * Bodies are plain data (objects, arrays, strings, numbers, bigints, booleans, null and
 * byte arrays): they cross as MessagePack. Three lanes keep a transfer from delaying a
 * heartbeat.
 */

import { utf8 } from '../kernel/bytes.ts';
import { QuorateError } from '../kernel/errors.ts';
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

/** Where a node listens for other nodes. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** Largest introduction, and largest answer to one, as JSON; more is `value_too_large`. */
export const INTRODUCTION_BYTES_MAX = 64 * 1024;

/** An introduction, or the answer to one, as it crosses. Throws `value_too_large`. */
export function introductionText(body: unknown): string {
  const text = JSON.stringify(body ?? null);
  const bytes = utf8(text).length;
  if (bytes <= INTRODUCTION_BYTES_MAX) return text;
  const limits = `at most ${INTRODUCTION_BYTES_MAX} fit`;
  throw new QuorateError('value_too_large', `an introduction of ${bytes} bytes: ${limits}`);
}

/**
 * How a node that belongs to no cluster yet asks a member, by its address alone, to be
 * admitted. Bodies are JSON: no bytes and no bigints, unlike those of calls.
 */
export interface Introducer {
  /**
   * Resolves with what the node at the address answers. Rejects with its `QuorateError`, with
   * `IntroductionRefused`, or with `TransportError` when no answer came: by the deadline.
   * A request without an answer may have been heeded: asking again has to be harmless.
   */
  introduce(address: PeerAddress, request: unknown, options: CallOptions): Promise<unknown>;
}

/**
 * Whoever listens at the address is no peer, or none that this node may talk to: another
 * secret, another version, another program. Does not pass by itself: somebody has to change
 * a setting, and the message says which.
 */
export class IntroductionRefused extends Error {
  override readonly name = 'IntroductionRefused';
}

/** `deadline` is in this node's `Clock.now()`. What it throws crosses as errors of calls do. */
export type IntroductionHandler = (
  request: unknown,
  incoming: { readonly deadline: number },
) => Promise<unknown>;

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

  /** Answers introductions, which are `not_ready` before. At most one handler. */
  serveIntroductions(handler: IntroductionHandler): void;

  /**
   * Replaces the address book; this node may be in it. Connections to nodes that left or
   * moved are closed and their calls rejected; who is not in it is unreachable.
   */
  setPeers(peers: ReadonlyMap<NodeId, PeerAddress>): void;

  /** False when the last attempt to reach the peer failed. A guess: only answers count. */
  reachable(peer: NodeId): boolean;

  /** Ends all connections; calls in flight reject as `disconnected`. */
  close(): Promise<void>;
}
