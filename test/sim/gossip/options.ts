/** Members for tests: number n is called `nN`, on `hN`. */

import type { RosterEntry } from '../../../src/gossip/members.ts';
import type { MemberNo } from '../../../src/gossip/message.ts';
import { type GossipOptions, LAN } from '../../../src/gossip/options.ts';

export const CLUSTER = 'c1';

export function addressOf(member: MemberNo) {
  return { host: `h${member}`, peerPort: 7_000, clientPort: 8_000 };
}

/** Chance is always 0, unless given: everything is done in the order of the numbers. */
export function optionsFor(self: MemberNo, changes: Partial<GossipOptions> = {}): GossipOptions {
  return {
    ...LAN,
    self,
    name: `n${self}`,
    cluster: CLUSTER,
    address: addressOf(self),
    facts: { metadataIndex: 0, hintHorizon: 0 },
    random: () => 0,
    wallTimeMs: () => 0,
    ...changes,
  };
}

export function rosterOf(...members: MemberNo[]): RosterEntry[] {
  return members.map((member) => ({ member, name: `n${member}`, address: addressOf(member) }));
}
