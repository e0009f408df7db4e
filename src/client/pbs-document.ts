/** What a node predicts of the freshness of reads: its JSON document. */

export interface PbsDocument {
  /** The node that was asked, by what it has measured. */
  readonly node: string;
  /** Replicas of a key. */
  readonly n: number;
  /** How much there is to go by. */
  readonly measured: {
    /** Since the oldest of it. */
    readonly sinceMs: number;
    /** Until they were on the node's own disk. */
    readonly ownWrites: number;
    /** Round trips to other nodes. */
    readonly peers: readonly {
      readonly node: string;
      readonly reads: number;
      readonly writes: number;
    }[];
  };
  /** Why nothing is predicted; null: something is. */
  readonly reason: string | null;
  readonly predictions: readonly PbsPrediction[];
}

/** For one R and W. */
export interface PbsPrediction {
  readonly r: number;
  readonly w: number;
  /** A read that begins so long after a write was acknowledged returns it, or a later one. */
  readonly fresh: readonly { readonly atMs: number; readonly probability: number }[];
  /** From so long after the acknowledgement on it does so with the probability. */
  readonly freshFrom: readonly { readonly probability: number; readonly fromMs: number }[];
  /** It returns none of so many last versions, where writes got to W replicas and no further. */
  readonly behind: readonly { readonly versions: number; readonly probability: number }[];
  readonly readMs: PbsPercentiles;
  readonly writeMs: PbsPercentiles;
}

export interface PbsPercentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** What is left out is for the node to decide. */
export interface PbsOptions {
  readonly n?: number | undefined;
  /** Milliseconds. */
  readonly at?: readonly number[] | undefined;
  readonly probabilities?: readonly number[] | undefined;
}
