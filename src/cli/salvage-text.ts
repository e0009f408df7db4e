/** What `quorate salvage` says while it runs and at its end. */

import type { SalvagedNode } from '../kernel/salvage-batch.ts';
import { refusedIn, type SalvageTally } from './salvage-offer.ts';
import { tableText } from './table-text.ts';

export interface SalvageReport {
  readonly node: SalvagedNode;
  readonly dryRun: boolean;
  readonly tally: SalvageTally;
  /** The salvage was closed at the end. */
  readonly closed: boolean;
}

export function progressText(tally: SalvageTally): string {
  const { objects, hints, salvaged, present, reaped } = tally;
  return `${objects + hints} looked at: ${salvaged} new, ${present} already there, ${reaped} reaped since`;
}

export function salvageText(report: SalvageReport): string {
  const { node, dryRun, tally } = report;
  const { objects, hints, salvaged, present, reaped, damaged, noBucket, refused } = tally;
  const rows: [string, number, string][] = [
    ['looked at', objects + hints, `${hints} of them hints`],
    dryRun
      ? ['lacking', salvaged, 'not on all replicas; nothing was written']
      : ['salvaged', salvaged, 'new to the cluster, and on all replicas'],
    ['already there', present, 'on all replicas'],
    ['reaped since', reaped, 'too old: deleted keys of their partitions were reaped'],
    ['bucket deleted', noBucket, ''],
    ['damaged', damaged, 'failed their checksum'],
    ['other', refusedIn(tally), 'not on all replicas: see below'],
  ];
  const table = tableText(
    [node.name, 'records', ''],
    rows.map(([what, count, note]) => [what, String(count), count === 0 ? '' : note]),
  );
  const reasons = [...refused].map(([code, { count, detail }]) => `${count} ${code}: ${detail}`);
  return [table, ...reasons, 'values of raft buckets are with the metadata group', endOf(report)]
    .filter((line) => line !== '')
    .join('\n');
}

function endOf({ node: { name }, dryRun, closed }: SalvageReport): string {
  if (dryRun) return '';
  if (closed) return `the salvage of ${name} is closed, and reaping goes on`;
  return `the salvage of ${name} stays open, and nothing is reaped: run this again, or give up the rest with quorate salvage --close ${name}`;
}
