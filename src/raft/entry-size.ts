/** What an entry costs, for all bounds that are counted in bytes. */

import type { Entry } from './entry.ts';

/** Term, index, type and framing: what even an empty entry costs, about. */
export const ENTRY_OVERHEAD_BYTES = 32;

const MEMBER_BYTES = 4;

export function entryBytes(entry: Entry): number {
  switch (entry.type) {
    case 'command':
      return ENTRY_OVERHEAD_BYTES + entry.data.length;
    case 'configuration': {
      const { voters, outgoing, learners } = entry.configuration;
      const members = voters.length + outgoing.length + learners.length;
      return ENTRY_OVERHEAD_BYTES + members * MEMBER_BYTES;
    }
    case 'empty':
      return ENTRY_OVERHEAD_BYTES;
  }
}

export function totalBytes(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
}
