/** What a node says of changes of the ring: its JSON documents. */

/** One change that an operator wants, as it is sent and as it is shown. */
export type RingChange =
  | { readonly change: 'join'; readonly node: string }
  | { readonly change: 'leave'; readonly node: string }
  /** `by`, a node without places, takes the places of `node`, which is dead for good. */
  | {
      readonly change: 'replace';
      readonly node: string;
      readonly by: string;
      readonly acceptLoss?: boolean;
    }
  /** Of a node that is dead for good: the others take its places. */
  | { readonly change: 'remove'; readonly node: string; readonly acceptLoss?: boolean }
  | { readonly change: 'zone'; readonly node: string; readonly zone: string | null }
  | { readonly change: 'weight'; readonly node: string; readonly weight: number }
  | { readonly change: 'replication_factor'; readonly replicationFactor: number };

export interface PlannedNode {
  readonly node: string;
  readonly status: 'member' | 'leaving' | 'dead' | 'left';
  readonly zone: string | null;
  readonly weight: number;
  /** In replica lists. */
  readonly placesBefore: number;
  readonly placesAfter: number;
  /** The places that it should have by its weight, were they divisible. */
  readonly share: number;
  /** Partitions. */
  readonly gained: readonly number[];
  readonly lost: readonly number[];
  /** That it is to be given, about; null: not known. */
  readonly bytesGained: number | null;
}

export interface PlacementQuality {
  /** Partitions on nodes of fewer zones than there could be. */
  readonly zonesViolated: readonly number[];
  /** The most that the places of a node are above or below its share. */
  readonly farthestFromShare: number;
}

export interface RingPlan {
  readonly replicationFactor: number;
  readonly nodes: readonly PlannedNode[];
  /** Partitions that are moving now; what comes of that is taken for granted. */
  readonly underWay: number;
  /** Moves of one partition by one member each. */
  readonly moves: number;
  /** Copies of a partition that have to be made. */
  readonly movedPlaces: number;
  /** No balanced placement could do with fewer. */
  readonly movedPlacesLeast: number;
  /** About; null: not known. */
  readonly bytesToMove: number | null;
  readonly before: PlacementQuality;
  readonly after: PlacementQuality;
  readonly warnings: readonly {
    readonly code: string;
    readonly detail: string;
    readonly partitions: readonly number[];
  }[];
}

export interface RingPlanDocument {
  /** The node that was asked. */
  readonly node: string;
  readonly epoch: number;
  /** What the request has done; null: it only asked, or staged. */
  readonly done: RingChangeDone | null;
  readonly staged: readonly RingChange[];
  /** What they would do; null: nothing is staged. */
  readonly plan: RingPlan | null;
  /** Moves that are still to be begun of what was committed; null: nothing is under way. */
  readonly movesLeft: number | null;
  /** What somebody has to see to, each with what to do. */
  readonly notes: readonly {
    readonly code: 'node_silent' | 'salvage_open';
    readonly node: string;
    readonly detail: string;
  }[];
}

export type RingChangeDone =
  /** They are under way, or forgotten. */
  | { readonly done: 'committed' | 'cleared'; readonly changes: readonly RingChange[] }
  /** So many moves will not be begun, and so many go back or to their end. */
  | { readonly done: 'aborted'; readonly movesNotBegun: number; readonly movesToEnd: number };

export type MoveStage = 'prepare' | 'write_both' | 'read_new' | 'stable';

export interface TransferDocument {
  readonly partition: number;
  readonly stage: MoveStage;
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Why it does not go on, as the leader of the metadata group knows; null: it does. */
  readonly waits: string | null;
  /** Copied to all that receive it. */
  readonly keys: number;
  readonly bytes: number;
  /** About so many there are to be copied; null: not known. */
  readonly keysInAll: number | null;
}

export interface TransfersDocument {
  readonly node: string;
  /** The most that each node takes in; null: as fast as it goes. */
  readonly bytesPerSecond: number | null;
  readonly moves: readonly TransferDocument[];
  /** Moves that are yet to begin. */
  readonly movesLeft: number;
  /** About so many are yet to be copied, of moves that have begun or not; null: not known. */
  readonly bytesLeft: number | null;
  /**
   * Taken in by all nodes that the node that was asked has heard of, also by those that have left
   * or were started again since: it does not fall while that node runs.
   */
  readonly bytesMoved: number;
}
