/** The cluster at its birth: what was chosen for it, and its first nodes. */

import { invariant } from '../kernel/invariant.ts';
import type { BucketSettings } from './buckets.ts';
import { drawing } from './drawing.ts';
import type { NodeSeed } from './node-record.ts';
import type { ClusterFacts } from './snapshot-codec.ts';
import { type Tables, tablesOf } from './tables.ts';

/** The first state is a snapshot at this index; the first entry that is applied comes after. */
export const FOUNDING_INDEX = 1;

const CLUSTER_ID = /^[0-9a-f]{16}$/;
const SECRET_BYTES = 32;

export interface FoundingOptions extends ClusterFacts {
  /** They get the numbers 1, 2, ... in this order. */
  readonly nodes: readonly NodeSeed[];
  /** Draws the ring of these nodes at once, so that a simulation begins with it. */
  readonly drawRing?: boolean;
  readonly buckets?: readonly ({ readonly name: string } & BucketSettings)[];
}

/** Throws `Error` with a text for the operator where there cannot be such a cluster. */
export function foundingTables(options: FoundingOptions): Tables {
  const { nodes, drawRing = false, buckets = [], ...cluster } = options;
  invariant(CLUSTER_ID.test(cluster.clusterId), 'a cluster id has 16 hexadecimal digits');
  invariant(cluster.secret.length === SECRET_BYTES, `a secret has ${SECRET_BYTES} bytes`);
  // Tried out even where it is drawn later: what cannot be a ring must not become a cluster.
  const draw = drawing({ ...cluster, nodes });
  const numbers = {
    planEpoch: FOUNDING_INDEX,
    nextNodeNo: 1,
    nextBucketNumber: 1,
    revision: 0,
    outcomeMark: 0,
    transferBytesPerSecond: undefined,
  };
  const tables = tablesOf({
    head: { ...cluster, index: FOUNDING_INDEX, epoch: FOUNDING_INDEX, ...numbers },
    nodes: [],
    ring: undefined,
    goal: undefined,
    staged: [],
    reapNumbers: [],
    idMarks: [],
    buckets: [],
    leases: [],
    sessions: [],
  });
  for (const node of nodes) tables.nodes.admit(node);
  if (drawRing) tables.rings.draw(draw, cluster, FOUNDING_INDEX);
  for (const { name, ...settings } of buckets)
    tables.buckets.put(name, settings, true, FOUNDING_INDEX);
  return tables;
}
