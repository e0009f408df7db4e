/** What lies in the folder of a backup, for as long as somebody keeps it. */

import { manifestOfText, manifestText } from '../../src/cli/backup-manifest.ts';
import { type CopyBlock, decodeBlock, encodeBlock } from '../../src/kernel/backup-copy.ts';
import { utf8 } from '../../src/kernel/bytes.ts';
import { decodeContent, encodeContent } from '../../src/kernel/restored-content.ts';
import { aManifest } from '../unit/cli/a-manifest.ts';
import { describeGolden, formsOf } from './golden-forms.ts';

const head: CopyBlock = {
  kind: 'head',
  head: {
    format: 1,
    clusterId: '0123456789abcdef',
    node: 'n1',
    nodeNo: 1,
    takenAt: 1_795_000_000_000,
    mark: { life: 0x0123_4567_89ab, deletes: 3 },
    metadataIndex: 40,
    metadataCurrent: true,
    partitionCount: aManifest.partitionCount,
    replicationFactor: aManifest.replicationFactor,
    replicas: aManifest.replicas,
    members: ['n1', 'n2', 'n3'],
    unsalvaged: aManifest.unsalvaged,
    buckets: aManifest.buckets,
  },
};
const records = [
  { partition: 0, bucketNumber: 1, key: utf8('alice'), content: Buffer.alloc(5, 0xa5) },
  { partition: 300, bucketNumber: 2 ** 40, key: Buffer.of(0, 0xff), content: Buffer.alloc(0) },
];
const damaged = { part: 'hints', partition: 1, bucket: 'carts', keyBase64: 'YQ==' } as const;
const end = { records: { objects: 2, hints: 0, registers: 1, values: 1 }, leased: 1, damaged: 1 };
const content = {
  value: utf8('milk'),
  contentType: 'text/plain',
  meta: [['by', 'alice'] as const],
  expiresAt: 1_795_000_000_000,
};

describeGolden('v0.2.0', 'backups', [
  ...formsOf<CopyBlock>(
    { encode: encodeBlock, decode: decodeBlock },
    {
      'block: head': head,
      'block: objects': { kind: 'records', part: 'objects', records },
      'block: hints': { kind: 'records', part: 'hints', records },
      'block: registers': { kind: 'records', part: 'registers', records },
      'block: values': { kind: 'records', part: 'values', records },
      'block: damaged': { kind: 'damaged', damaged },
      'block: end': { kind: 'end', end },
    },
  ),
  ...formsOf(
    { encode: encodeContent, decode: decodeContent },
    { content, 'content for ever': { ...content, meta: [], expiresAt: undefined } },
  ),
  ...formsOf(
    {
      encode: (manifest) => utf8(manifestText(manifest)),
      decode: (bytes) => manifestOfText(bytes.toString(), 'manifest.json'),
    },
    { manifest: aManifest },
  ),
]);
