/** The metadata store of the node that founded a cluster. */

import { RaftStore } from '../../../src/node/metadata-group/raft-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { Configuration, MemberNo } from '../../../src/raft/entry.ts';
import type { Simulation } from '../../../src/sim/simulation.ts';
import { founded, seeds } from '../metadata/cluster.ts';

export const IDENTITY = {
  clusterId: '0123456789abcdef',
  nodeNo: 1,
  name: 'n1',
  directoryId: 'directory-1',
  peers: [],
};

export function configurationOf(
  voters: readonly MemberNo[],
  learners: readonly MemberNo[] = [],
): Configuration {
  return { voters, outgoing: [], learners };
}

/** Of nodes 1, 2, and so on; the state stands at index 1, and so does the snapshot. */
export async function foundedStore(
  simulation: Simulation,
  store: Store,
  configuration: Configuration,
): Promise<RaftStore> {
  const count = configuration.voters.length + configuration.learners.length;
  const state = founded({ nodes: seeds(count) });
  const raftStore = new RaftStore(store);
  const meta = { index: 1, term: 1, configuration };
  await simulation.complete(raftStore.found(IDENTITY, meta, [...state.snapshot()]));
  return raftStore;
}
