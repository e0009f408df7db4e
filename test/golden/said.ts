/** What nodes say to each other, as it lies in frames. */

import { callFrame, replyFrame, sendFrame } from '../../src/adapters/peer/message.ts';
import type { CallType } from '../../src/ports/transport.ts';
import { frameIn } from './frame-in.ts';
import type { GoldenForm } from './golden-forms.ts';

const ID = 300;
const TIME_LEFT_MS = 1_500;

const CALL = 0;
const SEND = 1;
const REPLY = 2;

export function asked<Request, Reply>(
  { kind }: CallType<Request, Reply>,
  request: Request,
  more = '',
): GoldenForm {
  return {
    name: `${kind}${more}`,
    value: [CALL, ID, kind, TIME_LEFT_MS, request],
    encode: () => callFrame(ID, kind, TIME_LEFT_MS, request),
    decode: frameIn,
  };
}

export function replied<Request, Reply>(
  { kind }: CallType<Request, Reply>,
  reply: Reply,
  more = '',
): GoldenForm {
  return {
    name: `${kind}${more} replied`,
    value: [REPLY, ID, reply],
    encode: () => replyFrame(ID, reply),
    decode: frameIn,
  };
}

export function sent(kind: string, body: unknown, more: string): GoldenForm {
  return {
    name: `${kind} ${more}`,
    value: [SEND, kind, body],
    encode: () => sendFrame(kind, body),
    decode: frameIn,
  };
}
