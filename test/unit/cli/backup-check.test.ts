/** A folder is restored from only where it is what its manifest says. */

import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkedManifest } from '../../../src/cli/backup-check.ts';
import {
  type BackedUpNode,
  type BackupManifest,
  fileOfCopy,
  manifestText,
} from '../../../src/cli/backup-manifest.ts';
import { hashOfFile } from '../../../src/cli/copy-file.ts';
import { type CopyHead, encodeBlock } from '../../../src/kernel/backup-copy.ts';
import { aManifest } from './a-manifest.ts';

const NONE = { objects: 0, hints: 0, registers: 0, values: 0 };
const END = encodeBlock({ kind: 'end', end: { records: NONE, leased: 0, damaged: 0 } });

let folder: string;
let n1: BackedUpNode;
let n2: BackedUpNode;

async function copy(node: string, nodeNo: number, more: Partial<CopyHead> = {}) {
  const head = { format: 1, node, nodeNo, clusterId: aManifest.clusterId, ...more } as CopyHead;
  const file = fileOfCopy(node);
  writeFileSync(join(folder, file), Buffer.concat([encodeBlock({ kind: 'head', head }), END]));
  const [like] = aManifest.nodes as [BackedUpNode];
  return { ...like, node, nodeNo, file, ...(await hashOfFile(join(folder, file))) };
}

function check(more: Partial<BackupManifest> = {}): Promise<BackupManifest> {
  const manifest = { ...aManifest, nodes: [n1, n2], ...more };
  writeFileSync(join(folder, 'manifest.json'), manifestText(manifest));
  return checkedManifest(folder);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-check-'));
  n1 = await copy('n1', 1);
  n2 = await copy('n2', 2);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the folder of a backup', () => {
  it('is taken where it has one copy of each node, whole', async () => {
    expect((await check()).nodes).toEqual([n1, n2]);
  });

  it('is refused where a copy was cut at the end of a block, or changed', async () => {
    const path = join(folder, n2.file);
    const whole = readFileSync(path);
    truncateSync(path, whole.length - END.length);
    await expect(check()).rejects.toThrow(/n2.copy is damaged: it has \d+ bytes/);
    whole[20] = (whole[20] as number) ^ 1;
    writeFileSync(path, whole);
    await expect(check()).rejects.toThrow('n2.copy is damaged: it fails its checksum');
  });

  it.each([
    ['number', () => ({ ...n2, nodeNo: 1 })],
    ['name', () => ({ ...n2, node: 'n1' })],
    ['file', () => ({ ...n2, file: 'n1.copy' })],
  ])('is refused where two of its copies have one %s', async (_, twin) => {
    await expect(check({ nodes: [n1, twin()] })).rejects.toThrow('two copies of one node');
  });

  it('is refused where another copy lies beside those of the manifest', async () => {
    copyFileSync(join(folder, n1.file), join(folder, 'n1-copy.copy'));
    await expect(check()).rejects.toThrow(
      'n1-copy.copy is a second copy of n1, and not of this backup: take it away',
    );
    writeFileSync(join(folder, 'n1-copy.copy'), 'something else');
    await expect(check()).rejects.toThrow('n1-copy.copy is not of this backup');
  });

  it.each([
    ['node', () => copy('n2', 3)],
    ['cluster', () => copy('n2', 2, { clusterId: 'fedcba9876543210' })],
  ])('is refused where a copy is that of another %s', async (_, other) => {
    n2 = { ...(await other()), nodeNo: 2 };
    await expect(check()).rejects.toThrow(/n2.copy is the copy of n2 \(node \d of .*, not of n2/);
  });

  it('is refused where a copy may have records of buckets that it does not know', async () => {
    n2 = { ...n2, metadataIndex: aManifest.metadataIndex + 1 };
    await expect(check()).rejects.toThrow('has older buckets than the copy of n2');
  });
});
