/**
 * The documents that the panel is drawn from. The ring itself, which may be large, is read only
 * when the cluster is at another epoch; moves are asked for more often while there are some.
 */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { ClusterStatus, GroupStatus, RingDocument } from '../../client/cluster-documents.ts';
import type { RingPlanDocument, TransfersDocument } from '../../client/ring-documents.ts';
import { type Live, useLive } from '../live.ts';
import { type Sample, sampleOf, withSample } from './progress.ts';

const CLUSTER_EVERY_MS = 2_000;
const RING_EVERY_MS = 1_000;
const GROUP_EVERY_MS = 2_000;
const PLAN_EVERY_MS = 5_000;
const MOVING_EVERY_MS = 1_000;
const RESTING_EVERY_MS = 2_000;

export interface RingWatch {
  readonly cluster: Live<ClusterStatus>;
  /** Undefined: not drawn, or not read yet. */
  readonly ring: RingDocument | undefined;
  readonly transfers: Live<TransfersDocument>;
  readonly samples: readonly Sample[];
  readonly group: Live<GroupStatus>;
  readonly plan: Live<RingPlanDocument>;
}

export function useRingWatch(): RingWatch {
  const cluster = useLive<ClusterStatus>('/cluster', CLUSTER_EVERY_MS);
  const ring = useRing(cluster.document?.epoch ?? null);
  const transfers = useTransfers();
  return {
    cluster,
    ring,
    transfers,
    samples: useSamples(transfers),
    group: useLive<GroupStatus>('/cluster/raft', GROUP_EVERY_MS),
    plan: useLive<RingPlanDocument>('/cluster/plan', PLAN_EVERY_MS),
  };
}

/** The same value as long as the ring is the same. */
function useRing(epoch: number | null): RingDocument | undefined {
  const [known, setKnown] = useState<RingDocument | undefined>(undefined);
  const isBehind = epoch !== null && epoch > (known?.epoch ?? -1);
  const { document } = useLive<RingDocument>('/cluster/ring', isBehind ? RING_EVERY_MS : Infinity);
  useEffect(() => {
    if (document !== undefined && document.epoch !== known?.epoch) setKnown(document);
  }, [document, known]);
  return epoch === null ? undefined : known;
}

function useTransfers(): Live<TransfersDocument> {
  const [everyMs, setEveryMs] = useState(RESTING_EVERY_MS);
  const transfers = useLive<TransfersDocument>('/cluster/transfers', everyMs);
  const { document } = transfers;
  const isMoving = document !== undefined && document.moves.length + document.movesLeft > 0;
  useEffect(() => setEveryMs(isMoving ? MOVING_EVERY_MS : RESTING_EVERY_MS), [isMoving]);
  return transfers;
}

function useSamples({ document, atMs }: Live<TransfersDocument>): readonly Sample[] {
  const samples = useRef<readonly Sample[]>([]);
  if (document !== undefined && atMs !== undefined) {
    samples.current = withSample(samples.current, sampleOf(document, atMs));
  }
  return samples.current;
}
