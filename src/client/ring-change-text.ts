/** A change of the ring as people say it. */

import type { RingChange } from './ring-documents.ts';

export function changeText(change: RingChange): string {
  switch (change.change) {
    case 'join':
    case 'leave':
      return `${change.node} ${change.change === 'join' ? 'joins' : 'leaves'}`;
    case 'remove':
      return `${change.node} is dead, others take its places`;
    case 'replace':
      return `${change.node} is dead, ${change.by} takes its places`;
    case 'zone':
      return `${change.node} is in ${change.zone === null ? 'no zone' : `zone ${change.zone}`}`;
    case 'weight':
      return `${change.node} has weight ${change.weight}`;
    case 'replication_factor':
      return `each key has ${change.replicationFactor} replicas`;
  }
}
