/**
 * What an introduction looks like on the wire: one POST to the peer port, answered once.
 *
 *   POST /peer/introduction          quorate-protocol, quorate-nonce, quorate-proof
 *     { "timeLeftMs": ..., "request": ... }
 *   200                              quorate-protocol, quorate-proof
 *     { "reply": ... }  or  { "error": ... }
 *
 * The proofs are over the nonce and the whole body. Anything but 200 is a refusal in plain
 * text that nobody vouches for: it is for people only.
 */

import { type ErrorOnWire, QuorateError } from '../../kernel/errors.ts';
import { INTRODUCTION_BYTES_MAX, introductionText } from '../../ports/transport.ts';
import { PEER_PROTOCOL } from './handshake.ts';
import { PROOF_HEADER, proofOf, type Side } from './proof.ts';

export const INTRODUCTION_PATH = '/peer/introduction';

/** Tells a peer port from any other, and one version from another. */
export const PROTOCOL_HEADER = 'quorate-protocol';

/** Chosen anew by the caller for every introduction. */
export const NONCE_HEADER = 'quorate-nonce';

/** What is introduced or replied, and the few bytes around it. */
export const INTRODUCTION_BODY_BYTES_MAX = INTRODUCTION_BYTES_MAX + 1_024;

export interface Question {
  readonly timeLeftMs: number;
  readonly request: unknown;
}

export type Answer = { readonly reply: unknown } | { readonly error: ErrorOnWire };

export function claimOfIntroduction(side: Side, nonce: string, body: Uint8Array): Uint8Array {
  const head = JSON.stringify([PEER_PROTOCOL, 'introduction', side, nonce]);
  return Buffer.concat([Buffer.from(head), body]);
}

/** None where there is no secret. */
export function proofHeaders(
  side: Side,
  nonce: string,
  body: Uint8Array,
  secret: string | undefined,
): Readonly<Record<string, string>> {
  if (secret === undefined) return {};
  return { [PROOF_HEADER]: proofOf(claimOfIntroduction(side, nonce, body), secret) };
}

/** Throws `value_too_large`. */
export function questionBody({ timeLeftMs, request }: Question): Buffer {
  return Buffer.from(`{"timeLeftMs":${timeLeftMs},"request":${introductionText(request)}}`);
}

/** Throws `value_too_large`. */
export function answerBody(answer: Answer): Buffer {
  const [name, value] = 'error' in answer ? ['error', answer.error] : ['reply', answer.reply];
  return Buffer.from(`{"${name}":${introductionText(value)}}`);
}

export function readQuestion(body: Uint8Array): Question | undefined {
  const { timeLeftMs, request } = objectIn(body) ?? {};
  if (!Number.isSafeInteger(timeLeftMs) || (timeLeftMs as number) < 0) return undefined;
  return { timeLeftMs: timeLeftMs as number, request };
}

export function readAnswer(body: Uint8Array): Answer | undefined {
  const content = objectIn(body);
  if (content === undefined) return undefined;
  if ('reply' in content) return { reply: content.reply };
  const { error } = content;
  if (typeof error !== 'object' || error === null) return undefined;
  return 'code' in error && 'detail' in error ? { error: error as ErrorOnWire } : undefined;
}

/** All of a body; throws `value_too_large` as soon as it is more than one may be. */
export async function readBody(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > INTRODUCTION_BODY_BYTES_MAX) {
      const limit = `larger than ${INTRODUCTION_BODY_BYTES_MAX} bytes`;
      throw new QuorateError('value_too_large', `the body of an introduction is ${limit}`);
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function objectIn(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
