/** Reading a request's body, never more of it than is allowed. */

import type { IncomingMessage } from 'node:http';
import { QuorateError } from '../kernel/errors.ts';

/** Throws `value_too_large` as soon as that is known, also in chunked bodies. */
export function readBody(incoming: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const announced = Number(incoming.headers['content-length'] ?? 0);
  if (announced > bytesMax) return Promise.reject(tooLarge(announced, bytesMax));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > bytesMax) finish(() => reject(tooLarge(undefined, bytesMax)));
      else chunks.push(chunk);
    };
    const onEnd = () =>
      finish(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    const onBroken = () =>
      finish(() => reject(new QuorateError('bad_request', 'the body ended before its time')));
    const finish = (settle: () => void) => {
      incoming.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      incoming.on('error', () => {});
      settle();
    };
    incoming.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}

function tooLarge(announced: number | undefined, bytesMax: number): QuorateError {
  return new QuorateError(
    'value_too_large',
    `the body has ${announced ?? `more than ${bytesMax}`} bytes; this node takes up to ${bytesMax}`,
  );
}
