/** What a node is to be like while some faults strike. */

import type { DiskFaults, FaultTable, LinkFaults } from '../../src/kernel/fault-table.ts';
import type { NodeId } from '../../src/kernel/names.ts';
import type { Fault } from './fault.ts';

export interface Wanted {
  /** `doomed`: it ends by itself, sooner or later, and is not started again meanwhile. */
  readonly process: 'running' | 'paused' | 'killed' | 'doomed';
  /** What it gives to itself while it runs. */
  readonly table: FaultTable;
}

/** Of two faults of the same kind the later one counts; cuts add up. */
export function wantedOf(node: NodeId, active: readonly Fault[]): Wanted {
  const links: Record<NodeId, LinkFaults> = {};
  let disk: DiskFaults | undefined;
  let offsetMs: number | undefined;
  const kinds = new Set<Fault['type']>();
  for (const fault of active) {
    if (fault.type === 'cut') {
      for (const peer of fault.cuts[node] ?? []) links[peer] = { cut: true };
    } else if (fault.type !== 'join' && fault.nodes.includes(node)) {
      kinds.add(fault.type);
      if (fault.type === 'slow-disk') disk = { ...disk, delay: fault.delay };
      if (fault.type === 'disk-full') disk = { ...disk, full: true };
      if (fault.type === 'clock-skew') offsetMs = fault.offsetMs;
    }
  }
  const table = {
    links,
    ...(disk !== undefined && { disk }),
    ...(offsetMs !== undefined && { clock: { offsetMs } }),
  };
  return { process: processOf(kinds), table };
}

function processOf(kinds: ReadonlySet<Fault['type']>): Wanted['process'] {
  if (kinds.has('kill')) return 'killed';
  if (kinds.has('disk-full')) return 'doomed';
  return kinds.has('pause') ? 'paused' : 'running';
}
