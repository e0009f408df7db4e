/** The public face of a node: what the HTTP API and whoever embeds a node may use. */

export {
  type Content,
  type MetaEntry,
  type Sibling,
  type SiblingObject,
  versionDigest,
} from '../causality/sibling-object.ts';
export type { Dot } from '../causality/version-vector.ts';
export type { ReadResult, WriteResult } from '../coordinator/coordinator.ts';
export type { KeyPage, ListRequest } from '../coordinator/list-path.ts';
export type {
  QuorumReport,
  ReadRepairMode,
  ReadRequest,
  WriteContent,
  WriteRequest,
} from '../coordinator/requests.ts';
export {
  type BucketConfig,
  DEFAULT_PARTITION_COUNT,
  DEFAULT_REPLICATION_FACTOR,
  staticCluster,
} from '../metadata/static-cluster.ts';
export type { Level } from '../ring/cluster-view.ts';
export { REPLICATION_FACTOR_MAX } from '../ring/make-ring.ts';
export type { ClusterStatus, MemberStatus } from './cluster-status.ts';
export {
  DEFAULT_TIMEOUT_MS,
  DEFAULT_VALUE_BYTES_MAX,
  type NodeConfig,
  type NodePorts,
  QuorateNode,
  TIMEOUT_MS_MAX,
} from './node.ts';
