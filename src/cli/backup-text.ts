/** What `quorate backup` says while it runs and at its end. */

import { bytesText } from '../kernel/bytes-text.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { tableText } from './table-text.ts';

export function copyingText(bytes: ReadonlyMap<string, number>): string {
  return [...bytes].map(([node, n]) => `${node} ${bytesText(n)}`).join(', ');
}

export function backupText(manifest: BackupManifest, out: string): string {
  const { nodes, complete, buckets } = manifest;
  const rows = nodes.map(({ node, records, bytes, takenAt }) => [
    node,
    String(records.objects),
    String(records.hints),
    String(records.registers),
    String(records.values),
    bytesText(bytes),
    takenAt,
  ]);
  const head = ['node', 'objects', 'hints', 'registers', 'raft values', 'size', 'as of'];
  const what = complete
    ? `complete: all that was acknowledged before ${manifest.startedAt} is in it`
    : 'NOT complete';
  return [
    tableText(head, rows),
    ...lackingTexts(manifest),
    `${out}: ${buckets.length} buckets of cluster ${manifest.clusterId}, ${what}`,
  ].join('\n');
}

/** What is not in it, one line for each kind; also told before it is restored. */
export function lackingTexts(manifest: BackupManifest): readonly string[] {
  const { missing, uncoveredPartitions, partitionCount, damaged } = manifest;
  const { metadataCurrent, unsalvaged, nodes } = manifest;
  const leased = Math.max(0, ...nodes.map((node) => node.leased));
  const covered = partitionCount - uncoveredPartitions.length;
  const lines: readonly (readonly [boolean, string])[] = [
    [
      missing.length > 0,
      `missing: ${missing.join(', ')}; a write that ${missing.length + 1} or more nodes acknowledged is in it, and in ${covered} of ${partitionCount} partitions every write by quorum with sloppy=false`,
    ],
    [damaged.length > 0, `damaged: ${damaged.length} records, left out`],
    [!metadataCurrent, 'buckets and values of raft buckets may be older than its beginning'],
    [
      unsalvaged.length > 0,
      `what only ${unsalvaged.join(', ')} had, declared dead, is not in it: bring it back with quorate salvage --data, or give it up with quorate salvage --close, and make another backup`,
    ],
    [leased > 0, `${leased} values of raft buckets go with their leases: left out`],
  ];
  return lines.flatMap(([applies, text]) => (applies ? [text] : []));
}
