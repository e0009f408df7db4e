/** Who this node is in its cluster: given once, at founding or admission, and kept on disk. */

import type { NodeId } from '../../kernel/names.ts';
import type { PeerAddress } from '../../ports/transport.ts';
import type { MemberNo, Position } from '../../raft/entry.ts';

/** The number of the node that founded its cluster. */
export const FOUNDER_NO: MemberNo = 1;

export interface PeerAt extends PeerAddress {
  readonly name: NodeId;
}

/** The cluster was recovered from one directory, when its metadata quorum was lost for good. */
export interface Recovery {
  /** Id of the cluster before. */
  readonly former: string;
  /** Where that directory's log ended. */
  readonly last: Position;
}

export interface GroupIdentity {
  /** 16 hexadecimal digits. */
  readonly clusterId: string;
  readonly nodeNo: MemberNo;
  readonly name: NodeId;
  /** Tells one data directory from another of the same name. */
  readonly directoryId: string;
  /** Members at the time of admission: whom to talk to before the state has arrived. */
  readonly peers: readonly PeerAt[];
  /** In their order; absent where there was none. See recovery.ts. */
  readonly recoveries?: readonly Recovery[];
}
