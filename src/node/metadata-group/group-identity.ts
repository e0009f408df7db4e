/** Who this node is in its cluster: given once, at founding or admission, and kept on disk. */

import type { NodeId } from '../../kernel/names.ts';
import type { PeerAddress } from '../../ports/transport.ts';
import type { MemberNo } from '../../raft/entry.ts';

export interface PeerAt extends PeerAddress {
  readonly name: NodeId;
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
}
