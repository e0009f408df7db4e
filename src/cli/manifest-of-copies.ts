/**
 * What the manifest of a backup says of its copies.
 *
 * Buckets are those of the copy whose node had applied most of the metadata log: whatever another
 * copy has records of, that node had heard of, so a bucket that it does not know was deleted. Where
 * any of the nodes knew that it had all, that one has it too.
 */

import { randomBytes } from 'node:crypto';
import { uncoveredPartitions } from './backup-coverage.ts';
import { type BackupManifest, fileOfCopy, MANIFEST_FORMAT } from './backup-manifest.ts';
import type { WrittenCopy } from './copy-file.ts';

export interface AboutBackup {
  /** Of the program. */
  readonly version: string;
  readonly startedAt: string;
  /** Members without a copy. */
  readonly missing: readonly string[];
}

export function manifestOfCopies(
  copies: readonly WrittenCopy[],
  { version, startedAt, missing }: AboutBackup,
): BackupManifest {
  const latest = copies.reduce((best, one) =>
    one.head.metadataIndex > best.head.metadataIndex ? one : best,
  ).head;
  const metadataCurrent = copies.some(({ head }) => head.metadataCurrent);
  const damaged = copies.flatMap(({ head, damaged }) =>
    damaged.map((one) => ({ node: head.node, ...one })),
  );
  const lacks = [missing, damaged, latest.unsalvaged].some(({ length }) => length > 0);
  return {
    format: MANIFEST_FORMAT,
    backupId: randomBytes(8).toString('hex'),
    program: version,
    clusterId: latest.clusterId,
    startedAt,
    finishedAt: new Date().toISOString(),
    complete: metadataCurrent && !lacks,
    missing,
    uncoveredPartitions: uncoveredPartitions(latest.replicas, latest.buckets, missing),
    unsalvaged: latest.unsalvaged,
    damaged,
    metadataOf: latest.node,
    metadataIndex: latest.metadataIndex,
    metadataCurrent,
    partitionCount: latest.partitionCount,
    replicationFactor: latest.replicationFactor,
    replicas: latest.replicas,
    buckets: latest.buckets,
    nodes: copies.map(({ head, end, bytes, sha256, sections }) => ({
      node: head.node,
      nodeNo: head.nodeNo,
      takenAt: new Date(head.takenAt).toISOString(),
      metadataIndex: head.metadataIndex,
      file: fileOfCopy(head.node),
      bytes,
      sha256,
      sections,
      records: end.records,
      leased: end.leased,
    })),
  };
}
