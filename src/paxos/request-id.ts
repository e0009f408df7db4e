/** Ids of changes (kernel/request-id.ts) that no client gave. */

import { REQUEST_ID_BYTES } from '../kernel/request-id.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

export function mintRequestId(clock: Pick<Clock, 'wallTime'>, random: Random): Uint8Array {
  const id = Buffer.allocUnsafe(REQUEST_ID_BYTES);
  id.writeUIntBE(Math.max(0, Math.floor(clock.wallTime())), 0, 6);
  id.writeUIntBE(random.uint48(), 6, 6);
  id.writeUInt32BE(Math.floor(random.float() * 2 ** 32), 12);
  id[6] = 0x70 | (id.readUInt8(6) & 0x0f);
  id[8] = 0x80 | (id.readUInt8(8) & 0x3f);
  return id;
}
