import type { BackupManifest } from '../../../src/cli/backup-manifest.ts';

/** With something in every field. */
export const aManifest: BackupManifest = {
  format: 1,
  backupId: '00112233aabbccdd',
  program: '0.2.0',
  clusterId: '0123456789abcdef',
  startedAt: '2026-11-22T10:00:00.000Z',
  finishedAt: '2026-11-22T10:00:05.000Z',
  complete: false,
  missing: ['n3'],
  uncoveredPartitions: [1],
  unsalvaged: ['n4'],
  damaged: [{ node: 'n2', part: 'objects', partition: 1, bucket: 'carts', keyBase64: 'YQ==' }],
  metadataOf: 'n1',
  metadataIndex: 40,
  metadataCurrent: true,
  partitionCount: 2,
  replicationFactor: 3,
  replicas: [
    ['n1', 'n2', 'n3'],
    ['n2', 'n3', 'n1'],
  ],
  buckets: [
    {
      ...{ name: 'carts', number: 1, mode: 'dynamo', n: 3, r: 'quorum', w: 2 },
      ...{ conflict: 'siblings', ttlMs: null },
    },
  ],
  nodes: [
    {
      node: 'n1',
      nodeNo: 1,
      takenAt: '2026-11-22T10:00:00.100Z',
      metadataIndex: 40,
      file: 'n1.copy',
      bytes: 1_000,
      sha256: 'ab'.repeat(32),
      sections: { objects: [300, 500], hints: [0, 0], registers: [500, 700], values: [700, 900] },
      records: { objects: 2, hints: 0, registers: 1, values: 1 },
      leased: 1,
    },
  ],
};
