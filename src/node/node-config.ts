/** What a node is put together from: its ports and its settings. */

import type { NodeAddress } from '../metadata/node-record.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import type { Transport } from '../ports/transport.ts';
import type { GroupIdentity } from './metadata-group/group-identity.ts';
import type { SealUnder } from './metadata-group/metadata-view.ts';

export interface NodePorts {
  readonly clock: Clock;
  readonly random: Random;
  /** The objects. */
  readonly store: Store;
  /** The log of the metadata group. */
  readonly metadataStore: Store;
  readonly transport: Transport;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly sealUnder: SealUnder;
  /** A fault of the program was found out: the node must end at once, without a clean stop. */
  readonly onFatal: (error: unknown) => void;
}

export interface NodeConfig {
  readonly identity: GroupIdentity;
  /** Where others reach this node. */
  readonly address: NodeAddress;
  /** Longest value that a put may bring, in bytes. */
  readonly valueBytesMax: number;
  /** What is kept for nodes that did not take their writes, in bytes. */
  readonly hintBytesMax: number;
  /** How often this node compares what it has with each other replica. */
  readonly compareEveryMs: number | 'never';
  /** How often this node has what was deleted reaped, while something waits. */
  readonly reapEveryMs: number | 'never';
  /** A node that has no share of the ring yet asks for one by itself. */
  readonly joinsRing: boolean;
}
