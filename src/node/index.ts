/** The public face of a node: what the HTTP API and whoever embeds a node may use. */

export { actorText, clockTexts, dotText } from '../causality/dot-text.ts';
export { wallTimeOf } from '../causality/hlc.ts';
export {
  type Content,
  type MetaEntry,
  type Sibling,
  type SiblingObject,
  versionDigest,
} from '../causality/sibling-object.ts';
export type { Dot } from '../causality/version-vector.ts';
export type { ReadResult, RecentLatencies, WriteResult } from '../coordinator/coordinator.ts';
export type { ListRequest } from '../coordinator/list-path.ts';
export {
  GUARANTEES,
  type Guarantee,
  type ReadRepairMode,
  type ReadRequest,
  type SessionRequest,
  type WriteContent,
  type WriteRequest,
} from '../coordinator/requests.ts';
export type { SessionAnswer } from '../coordinator/session-answers.ts';
export type { BucketSettings } from '../metadata/buckets.ts';
export type { Condition, Revisions } from '../metadata/condition.ts';
export type { ValueEvent } from '../metadata/event-log.ts';
export type { NodeAddress } from '../metadata/node-record.ts';
export { RAFT_VALUE_BYTES_MAX } from '../metadata/value-commands.ts';
export { type Ballot, ballotOfList, ballotText, isZero } from '../paxos/ballot.ts';
export type { HintsFor } from '../repair/hint-delivery.ts';
export type { ReapStatus } from '../repair/reaper.ts';
export type { RepairStatus } from '../repair/repair.ts';
export type { RunKind, RunRequest, RunStatus } from '../repair/repair-runs.ts';
export { type SalvageableRecord, salvageableIn } from '../replica/salvage-source.ts';
export type { StagedChange } from '../ring/changes.ts';
export type { Bucket, BucketMode, ConflictPolicy, Level } from '../ring/cluster-view.ts';
export type { Plan } from '../ring/plan.ts';
export type { KeyPage, KeyRange } from '../routing/key-listing.ts';
export type { QuorumReport } from '../routing/quorum-report.ts';
export { objectOfCopies, registerOfCopies } from './backup/copies.ts';
export type { NodeCopy } from './backup/node-backup.ts';
export type { PutBucketResult } from './buckets.ts';
export type { ClusterStatus, MemberStatus } from './cluster-status.ts';
export type { Compared, Standing } from './inspection/comparison.ts';
export type {
  HeldContent,
  HeldHint,
  HeldKey,
  HeldRegister,
  HeldSibling,
  HeldValue,
  HeldVersion,
} from './inspection/held-key.ts';
export type { InspectedKey, InspectedNode } from './inspection/key-inspection.ts';
export type { LeaseStatus } from './leases.ts';
export {
  type BecomingPorts,
  becomeMember,
  type Candidate,
  type ClusterSettings,
} from './metadata-group/becoming-a-member.ts';
export type { FollowReply } from './metadata-group/followers.ts';
export {
  type ClusterShape,
  type FormedCluster,
  formCluster,
  formMember,
} from './metadata-group/formed-cluster.ts';
export { FOUNDER_NO, type GroupIdentity } from './metadata-group/group-identity.ts';
export type { GroupMemberStatus, GroupStatus } from './metadata-group/group-status.ts';
export {
  askToFollow,
  type DirectoryStores,
  followCluster,
  type RememberedCluster,
  recoverCluster,
  rememberedCluster,
  rememberedIdentity,
} from './metadata-group/recovery.ts';
export { QuorateNode } from './node.ts';
export type { NodeConfig, NodePorts } from './node-config.ts';
export type {
  CausalTokens,
  PaxosChange,
  PaxosChanged,
  PaxosRead,
  TextCondition,
} from './paxos-buckets.ts';
export type { RaftPut, RaftWriteResult, RevisionedValue, WatchPiece } from './raft-buckets.ts';
export type { RingChangeDone, RingPlanStatus } from './ring-plan-status.ts';
export {
  DEFAULT_COMPARE_EVERY_MS,
  DEFAULT_HINT_BYTES_MAX,
  DEFAULT_PARTITION_COUNT,
  DEFAULT_REAP_EVERY_MS,
  DEFAULT_REPLICATION_FACTOR,
  DEFAULT_TIMEOUT_MS,
  DEFAULT_VALUE_BYTES_MAX,
  LEASE_TTL_MS_MAX,
  LEASE_TTL_MS_MIN,
  PARTITION_COUNT_MAX,
  REPLICATION_FACTOR_MAX,
  TIMEOUT_MS_MAX,
} from './settings.ts';
