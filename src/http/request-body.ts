/** Reading a request's body, never more of it than is allowed. */

import type { IncomingMessage } from 'node:http';
import { QuorateError } from '../kernel/errors.ts';

/** Throws `value_too_large` as soon as that is known, also in chunked bodies. */
export function readBody(incoming: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const announced = Number(incoming.headers['content-length'] ?? 0);
  if (announced > bytesMax) return Promise.reject(tooLarge(announced, bytesMax));
  // Gone while something else was waited for: no event would tell any more.
  if (incoming.destroyed) return Promise.reject(brokenOff());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      // What comes in after a refusal is let go; settling the promise again does nothing.
      if (length > bytesMax) reject(tooLarge(undefined, bytesMax));
      else chunks.push(chunk);
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
