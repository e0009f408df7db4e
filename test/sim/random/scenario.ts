/**
 * A run of the simulator as data: a cluster, what its clients ask, and what befalls it. A seed
 * draws one (draw-scenario.ts), shrinking takes pieces away (shrink.ts), and the same scenario
 * runs in exactly the same way, always (run-scenario.ts).
 */

import type { NodeId } from '../../../src/kernel/names.ts';
import type { BucketMode, Guarantee, ReadRepairMode } from '../../../src/node/index.ts';
import type { ClockSkew } from '../../../src/sim/sim-clock.ts';
import type { LinkFaults } from '../../../src/sim/sim-network.ts';
import type { DiskTiming } from '../../../src/sim/sim-store.ts';

export interface Scenario {
  /** Of the simulation: delays of messages and disks, and all chance inside the nodes. */
  readonly seed: number;
  readonly configuration: Configuration;
  readonly operations: readonly PlannedOperation[];
  readonly faults: readonly PlannedFault[];
}

export interface Configuration {
  /** n1, n2 and so on; from 1 to 9. */
  readonly nodes: number;
  /** From 1 to 5; may be more than there are nodes. */
  readonly replicationFactor: number;
  readonly partitions: number;
  readonly buckets: readonly BucketPlan[];
  /** By node, in the order of their names; those that come later are right. */
  readonly clocks: readonly ClockSkew[];
  readonly disks: readonly DiskTiming[];
  readonly compareEveryMs: number | 'never';
  readonly reapEveryMs: number | 'never';
  readonly hintBytesMax: number;
  /** Entries after which a member of the metadata group makes a snapshot; null: never. */
  readonly snapshotEntries: number | null;
  /** What may happen to the ring; `deaths`: nodes are lost for good as well. */
  readonly ring: 'fixed' | 'moves' | 'deaths';
}

export interface BucketPlan {
  readonly name: string;
  readonly mode: BucketMode;
  /** At most the replication factor. */
  readonly n: number;
  readonly keys: readonly KeyPlan[];
  /** Of all clients of a dynamo bucket; undefined: they have no sessions. */
  readonly guarantee: Guarantee | undefined;
}

/**
 * What clients do with a key. `register`: anything. `blind`: besides, deletes of whoever has seen
 * nothing. `set`: elements are added by reading, merging and writing. `counter` is only
 * incremented, `log` only appended to.
 */
export type KeyRole = 'register' | 'blind' | 'set' | 'counter' | 'log';

export interface KeyPlan {
  readonly key: string;
  readonly role: KeyRole;
}

export interface PlannedOperation {
  /** Its place in the scenario that the seed drew. */
  readonly id: number;
  readonly client: number;
  /** After the client's last answer. */
  readonly afterMs: number;
  /** Besides, where that was no success: else it would be through before anything is mended. */
  readonly backOffMs: number;
  /** From 0 to 1: which of the nodes is asked. */
  readonly node: number;
  /** Among all, or only those that are up. */
  readonly among: 'all' | 'up';
  readonly bucket: string;
  readonly key: string;
  readonly timeoutMs: number;
  readonly deed: Deed;
}

export interface ReadLevels {
  readonly r: number;
  readonly pr: number;
  readonly sloppy: boolean;
  readonly readRepair: ReadRepairMode;
}

export interface WriteLevels {
  readonly w: number;
  readonly pw: number;
  readonly sloppy: boolean;
}

/** `latest` and `older`: a version that this client has heard of. */
export type ConditionPlan = 'none' | 'latest' | 'older' | 'absent';

/** Asked for under an id, again and again while its outcome is in doubt; 1: once, without one. */
interface Named {
  readonly attempts: number;
}

export type Deed =
  | ({ readonly type: 'read'; readonly joins: boolean } & ReadLevels)
  | ({ readonly type: 'write'; readonly aware: boolean; readonly joins: boolean } & WriteLevels)
  | ({ readonly type: 'delete'; readonly aware: boolean; readonly r: number } & WriteLevels)
  | { readonly type: 'add'; readonly read: ReadLevels; readonly write: WriteLevels }
  | { readonly type: 'get' }
  | ({ readonly type: 'put' | 'remove'; readonly condition: ConditionPlan } & Named)
  | ({ readonly type: 'increment' | 'append' } & Named);

/** The leader of the metadata group, or a node that gives or takes what is moving. */
export type Victim = NodeId | 'leader' | 'giver' | 'taker';

export interface PlannedFault {
  /** Its place in the scenario that the seed drew. */
  readonly id: number;
  /** Since the clients began. */
  readonly atMs: number;
  /** When it is mended, where that is not left to the end. */
  readonly untilMs: number | null;
  /** The nemesis that it is part of. */
  readonly nemesis: string;
  readonly fault: Fault;
}

/** What `from` sends does not arrive at `to`; both ways: nor the other way round. */
export interface CutLinks {
  readonly type: 'cut';
  readonly from: readonly Victim[];
  readonly to: readonly NodeId[] | 'others';
  readonly bothWays: boolean;
}

export type Fault =
  | {
      readonly type: 'kill' | 'power-loss' | 'stop' | 'full-disk' | 'pause';
      readonly victims: readonly Victim[];
    }
  | { readonly type: 'clock'; readonly victim: Victim; readonly skew: ClockSkew }
  | CutLinks
  | { readonly type: 'links'; readonly links: LinkFaults }
  | { readonly type: 'disk'; readonly victim: Victim; readonly timing: DiskTiming }
  /** The node loses every object. */
  | { readonly type: 'wipe'; readonly victim: NodeId }
  /** A bit flips in its record of the key, where it has one. */
  | { readonly type: 'damage'; readonly victim: NodeId; readonly key: string }
  | { readonly type: 'join' }
  | { readonly type: 'leave' | 'replace' | 'remove'; readonly victim: NodeId }
  | { readonly type: 'weight'; readonly victim: NodeId; readonly weight: number }
  | { readonly type: 'replication-factor'; readonly factor: number }
  | { readonly type: 'abort' };
