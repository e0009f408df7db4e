/** Reading a request's body, never more of it than is allowed, nor than the node can hold. */

import type { IncomingMessage } from 'node:http';
import { QuorateError } from '../kernel/errors.ts';
import type { HeldRequest } from './held-request.ts';

/**
 * Throws `value_too_large`, and `overloaded` where the body is held and would be too much, as
 * soon as that is known, also in chunked bodies. What is announced counts for nothing until it
 * comes: who announces much and sends nothing would keep others out.
 */
export function readBody(
  incoming: IncomingMessage,
  bytesMax: number,
  held?: HeldRequest,
): Promise<Uint8Array> {
  const announced = Number(incoming.headers['content-length'] ?? 0);
  if (announced > bytesMax) return Promise.reject(tooLarge(announced, bytesMax));
  // Gone while something else was waited for: no event would tell any more.
  if (incoming.destroyed) return Promise.reject(brokenOff());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let refused = false;
    incoming.on('data', (chunk: Buffer) => {
      // What comes in after a refusal is let go.
      if (refused) return;
      length += chunk.length;
      try {
        if (length > bytesMax) throw tooLarge(undefined, bytesMax);
        held?.add(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        refused = true;
        chunks.length = 0;
        reject(error);
      }
    });
    incoming.on('end', () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
    );
    const broken = () => reject(brokenOff());
    incoming.on('error', broken);
    // Also comes after the end; an error made each time would cost more than the check.
    incoming.on('close', () => incoming.complete || broken());
  });
}

function brokenOff(): QuorateError {
  return new QuorateError('bad_request', 'the body ended before its time');
}

function tooLarge(announced: number | undefined, bytesMax: number): QuorateError {
  return new QuorateError(
    'value_too_large',
    `the body has ${announced ?? `more than ${bytesMax}`} bytes; this node takes up to ${bytesMax}`,
  );
}
