/** Which members may fail together. */

import type { Member } from './ring.ts';

/** Equal for members of one zone; a member without a zone is a zone of its own. */
export function zoneKey(member: Member): string {
  return member.zone === undefined ? `node ${member.id}` : `zone ${member.zone}`;
}
