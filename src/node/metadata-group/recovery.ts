/**
 * A cluster begun anew from the directory of one survivor, because the majority of its
 * metadata group is lost for good; and the directories of other survivors brought over to it.
 * Done by an operator, while the node does not run.
 *
 * The new cluster has an id of its own, so no node of the old one, should it come back, takes
 * part in it: two groups never decide for the same nodes. Its state is that of the *whole* log
 * that the survivor has. What was acknowledged is on a majority, so it may be at the end of
 * this log without this node knowing that it was committed; what was not committed was
 * refused to nobody for certain.
 *
 * A directory keeps its lineage, its objects and its number: it forgot nothing. A survivor that
 * comes over throws its log away and is filled as a new member is. It must have belonged to
 * the very cluster that was recovered: a directory of another one, or of another recovery of
 * the same, has objects under numbers that mean something else here.
 *
 * Invariant: a directory belongs to the old cluster or to the new one, whole; one write decides.
 */

import { QuorateError, StoreError } from '../../kernel/errors.ts';
import { recoveredState } from '../../metadata/recovered-snapshot.ts';
import { MetadataState } from '../../metadata/state.ts';
import type { Random } from '../../ports/random.ts';
import type { Store } from '../../ports/store.ts';
import type { Introducer, PeerAddress } from '../../ports/transport.ts';
import type { Position } from '../../raft/entry.ts';
import { readLife } from '../../replica/node-life.ts';
import { newClusterId } from './becoming-a-member.ts';
import type { FollowReply, FollowRequest } from './followers.ts';
import type { GroupIdentity } from './group-identity.ts';
import { RaftStore } from './raft-store.ts';

export interface DirectoryStores {
  /** The objects. */
  readonly store: Store;
  readonly metadataStore: Store;
}

/** What a directory remembers of its cluster. */
export interface RememberedCluster {
  readonly identity: GroupIdentity;
  /** Of the last entry of the log, applied or not; absent where it never received the state. */
  readonly state: MetadataState | undefined;
  readonly last: Position;
  /** Up to here it knew that entries were committed; there may be more. */
  readonly commit: number;
  readonly term: number;
}

/** For the recovered cluster to answer. */
const FOLLOW_MS_MAX = 10_000;

/** Who the node of this directory is. Throws as `rememberedCluster` does. */
export function rememberedIdentity({
  metadataStore,
}: Pick<DirectoryStores, 'metadataStore'>): GroupIdentity {
  const identity = new RaftStore(metadataStore).identity();
  if (identity !== undefined) return identity;
  throw new QuorateError('not_a_member', 'the data directory belongs to no cluster');
}

/** Throws `StoreError` where it is damaged, `QuorateError` where it is nobody's or was put back. */
export function rememberedCluster({ store, metadataStore }: DirectoryStores): RememberedCluster {
  const raftStore = new RaftStore(metadataStore);
  const identity = rememberedIdentity({ metadataStore });
  const { hardState, snapshot, entries } = raftStore.recover();
  const last = entries.at(-1) ?? snapshot;
  const { commit, term } = hardState;
  const remembered = { identity, last: { index: last.index, term: last.term }, commit, term };
  if (raftStore.snapshot.index === 0) return { ...remembered, state: undefined };
  const state = MetadataState.decode(raftStore.chunks(raftStore.snapshot));
  for (const entry of entries) {
    if (entry.index <= state.index) continue;
    if (entry.type === 'command') state.apply(entry.index, entry.data);
    else state.skip(entry.index);
  }
  refuseForgetful(identity, state, store);
  return { ...remembered, state };
}

/**
 * Begins the cluster anew with this node as its one voter; resolves with who the node is now.
 * `wallTime`: of now, ms since 1970.
 */
export async function recoverCluster(
  { identity, state, last, term }: RememberedCluster,
  { metadataStore }: DirectoryStores,
  random: Random,
  wallTime: number,
): Promise<GroupIdentity> {
  if (state === undefined) throw neverReceived();
  const clusterId = newClusterId(random);
  const { index, chunks } = recoveredState(state.snapshot(), clusterId, wallTime);
  const configuration = { voters: [identity.nodeNo], outgoing: [], learners: [] };
  const meta = { index, term: Math.max(term, last.term) + 1, configuration };
  const recovery = { former: identity.clusterId, last };
  const recoveries = [...(identity.recoveries ?? []), recovery];
  const renewed = { ...identity, clusterId, peers: [], recoveries };
  await new RaftStore(metadataStore).beginAnew(renewed, { meta, chunks });
  return renewed;
}

/** What the recovered cluster says to a directory that wants to come over; changes nothing. */
export async function askToFollow(
  { identity }: RememberedCluster,
  { store }: DirectoryStores,
  member: PeerAddress,
  ports: { readonly introducer: Introducer; readonly now: number },
): Promise<FollowReply> {
  const life = readLife(store);
  if (life === undefined) throw objectsLost();
  const { clusterId, nodeNo, name, directoryId } = identity;
  const { bootNumber, since } = life;
  const start = { bootNumber, life: life.life, since };
  const request: FollowRequest = { follow: { clusterId, nodeNo, name, directoryId, start } };
  const deadline = ports.now + FOLLOW_MS_MAX;
  return (await ports.introducer.introduce(member, request, { deadline })) as FollowReply;
}

/** Brings the directory over; its log goes. */
export async function followCluster(
  { identity }: RememberedCluster,
  { metadataStore }: DirectoryStores,
  { clusterId, peers, recoveries }: FollowReply,
): Promise<void> {
  const renewed = { ...identity, clusterId, peers, recoveries };
  await new RaftStore(metadataStore).beginAnew(renewed);
}

/** Objects that are older than the log have forgotten what this node acknowledged. */
function refuseForgetful(identity: GroupIdentity, state: MetadataState, store: Store): void {
  const node = state.node(identity.nodeNo);
  if (node?.directoryId !== identity.directoryId) {
    throw new StoreError('the metadata store and the data directory are not of the same node');
  }
  const life = readLife(store);
  if (life === undefined && node.bootNumber > 0) throw objectsLost();
  if (life !== undefined && life.bootNumber < node.bootNumber) {
    throw new QuorateError(
      'rolled_back',
      `the objects are of start ${life.bootNumber} and the log knows of start ${node.bootNumber}: they were put back to an older copy`,
    );
  }
}

function objectsLost(): QuorateError {
  return new QuorateError('rolled_back', 'the data directory has lost its objects');
}

function neverReceived(): QuorateError {
  return new QuorateError(
    'not_ready',
    'this node has not received the state of its cluster: recover from another survivor',
  );
}
