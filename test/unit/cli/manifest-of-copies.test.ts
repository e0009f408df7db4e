/** What a manifest says of copies that are not of the same moment. */

import { describe, expect, it } from 'vitest';
import type { WrittenCopy } from '../../../src/cli/copy-file.ts';
import { manifestOfCopies } from '../../../src/cli/manifest-of-copies.ts';
import type { CopiedBucket, CopyHead } from '../../../src/kernel/backup-copy.ts';
import { aManifest } from './a-manifest.ts';

const [carts] = aManifest.buckets as readonly [CopiedBucket];
const made: CopiedBucket = { ...carts, name: 'made meanwhile', number: 2 };
const NONE = { objects: 0, hints: 0, registers: 0, values: 0 };

function copyOf(node: string, nodeNo: number, more: Partial<CopyHead>): WrittenCopy {
  const [{ bytes, sha256, sections }] = aManifest.nodes as [(typeof aManifest.nodes)[number]];
  const { clusterId, partitionCount, replicationFactor, replicas } = aManifest;
  const head: CopyHead = {
    ...{ format: 1, node, nodeNo, takenAt: 0, mark: { life: 1, deletes: 0 } },
    ...{ clusterId, partitionCount, replicationFactor, replicas, members: ['n1', 'n2'] },
    ...{ metadataIndex: 40, metadataCurrent: true, unsalvaged: [], buckets: [carts] },
    ...more,
  };
  const end = { records: NONE, leased: 0, damaged: 0 };
  return { head, end, bytes, sha256, sections, damaged: [] };
}

function manifestOf(...copies: readonly WrittenCopy[]) {
  const startedAt = '2026-11-22T10:00:00.000Z';
  return manifestOfCopies(copies, { version: '0.2.0', startedAt, missing: [] });
}

describe('the buckets of a backup', () => {
  const current = copyOf('n1', 1, {});
  // It had not heard from the leader for a moment, and had applied an entry more by then.
  const ahead = { metadataIndex: 41, metadataCurrent: false };

  it('are those that any of the copies may have records of', () => {
    const later = copyOf('n2', 2, { ...ahead, buckets: [carts, made] });
    for (const copies of [
      [current, later],
      [later, current],
    ]) {
      const manifest = manifestOf(...copies);
      expect(manifest.buckets).toEqual([carts, made]);
      expect(manifest).toMatchObject({ metadataOf: 'n2', metadataIndex: 41 });
      expect(manifest).toMatchObject({ metadataCurrent: true, complete: true });
    }
  });

  it('are not those that were deleted while it was made', () => {
    const later = copyOf('n2', 2, { ...ahead, buckets: [] });
    expect(manifestOf(current, later).buckets).toEqual([]);
  });

  it('may be older than the backup where no node could tell', () => {
    const [one, other] = [1, 2].map((no) => copyOf(`n${no}`, no, { metadataCurrent: false }));
    const manifest = manifestOf(one as WrittenCopy, other as WrittenCopy);
    expect(manifest).toMatchObject({ metadataCurrent: false, complete: false });
  });
});

it('a backup is not complete while a dead node may be salvaged', () => {
  const manifest = manifestOf(copyOf('n1', 1, { unsalvaged: ['n4'] }));
  expect(manifest).toMatchObject({ complete: false, unsalvaged: ['n4'] });
});
