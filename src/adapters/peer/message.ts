/**
 * What peers say to each other inside frames: small arrays, the type first.
 *
 * The node that opened a connection calls and sends on it, the other replies; both beat.
 * Unknown types and misshapen messages are a `FrameError`: such a stream cannot be trusted.
 */

import type { ErrorOnWire } from '../../kernel/errors.ts';
import { encodeFrame, FrameError } from './frame.ts';

export const CALL = 0;
export const SEND = 1;
export const REPLY = 2;
export const FAILURE = 3;
export const BEAT = 4;

/** What the calling side may say. */
export type RequestMessage =
  | readonly [type: typeof CALL, id: number, kind: string, timeLeftMs: number, body: unknown]
  | readonly [type: typeof SEND, kind: string, body: unknown]
  | readonly [type: typeof BEAT];

/** What the serving side may say. */
export type ReplyMessage =
  | readonly [type: typeof REPLY, id: number, body: unknown]
  | readonly [type: typeof FAILURE, id: number, error: ErrorOnWire]
  | readonly [type: typeof BEAT];

export function callFrame(id: number, kind: string, timeLeftMs: number, body: unknown): Buffer {
  return encodeFrame([CALL, id, kind, timeLeftMs, body]);
}

export function sendFrame(kind: string, body: unknown): Buffer {
  return encodeFrame([SEND, kind, body]);
}

export function replyFrame(id: number, body: unknown): Buffer {
  return encodeFrame([REPLY, id, body]);
}

export function failureFrame(id: number, error: ErrorOnWire): Buffer {
  return encodeFrame([FAILURE, id, error]);
}

/** Says only that its sender is alive. A copy of its own: the scratch buffer is not pinned. */
export const BEAT_FRAME = Buffer.from(encodeFrame([BEAT]));

export function readRequest(message: unknown): RequestMessage {
  if (Array.isArray(message) && isRequest(message)) return message as unknown as RequestMessage;
  throw new FrameError('a message is not a request');
}

export function readReply(message: unknown): ReplyMessage {
  if (Array.isArray(message) && isReply(message)) return message as unknown as ReplyMessage;
  throw new FrameError('a message is not a reply');
}

function isRequest(message: readonly unknown[]): boolean {
  switch (message[0]) {
    case CALL:
      return isCount(message[1]) && typeof message[2] === 'string' && isCount(message[3]);
    case SEND:
      return typeof message[1] === 'string';
    default:
      return message[0] === BEAT;
  }
}

function isReply(message: readonly unknown[]): boolean {
  switch (message[0]) {
    case REPLY:
      return isCount(message[1]);
    case FAILURE:
      return isCount(message[1]) && isError(message[2]);
    default:
      return message[0] === BEAT;
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isError(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
}
