/**
 * Whether the folder of a backup is what its manifest says: looked at before anything of it is
 * written anywhere.
 *
 * There is one copy of each node, by the number that the cluster gave it. Copies of several nodes
 * are put together because each was removed from only after all had been begun; of two copies of
 * one node, as where folders were laid into one, the older may have what was deleted, and forgotten
 * everywhere, before the other was made, and would bring it back.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CopyHead } from '../kernel/backup-copy.ts';
import {
  type BackedUpNode,
  type BackupManifest,
  isCopy,
  MANIFEST_FILE,
  readManifest,
} from './backup-manifest.ts';
import { hashOfFile } from './copy-file.ts';
import { headOfCopy } from './copy-records.ts';

/** Throws `Error` that names what is damaged, or does not belong there. */
export async function checkedManifest(directory: string): Promise<BackupManifest> {
  const manifest = readManifest(directory);
  refuseTwins(directory, manifest);
  for (const node of manifest.nodes) await demandUndamaged(directory, manifest, node);
  return manifest;
}

function refuseTwins(directory: string, { nodes, metadataIndex }: BackupManifest): void {
  const path = join(directory, MANIFEST_FILE);
  for (const [at, one] of nodes.entries()) {
    if (one.metadataIndex > metadataIndex) {
      throw new Error(`${path} has older buckets than the copy of ${one.node}`);
    }
    const twin = nodes.slice(0, at).find((other) => isSame(one, other));
    if (twin === undefined) continue;
    throw new Error(`${path} names two copies of one node: ${one.file} and ${twin.file}`);
  }
  const files = new Set(nodes.map(({ file }) => file));
  const stray = readdirSync(directory).find((file) => isCopy(file) && !files.has(file));
  if (stray === undefined) return;
  const original = originalOf(join(directory, stray), nodes);
  const what = original === undefined ? '' : `a second copy of ${original.node}, and `;
  throw new Error(`${join(directory, stray)} is ${what}not of this backup: take it away`);
}

function isSame(one: BackedUpNode, other: BackedUpNode): boolean {
  return one.nodeNo === other.nodeNo || one.node === other.node || one.file === other.file;
}

function originalOf(path: string, nodes: readonly BackedUpNode[]): BackedUpNode | undefined {
  const head = readableHead(path);
  return nodes.find(({ nodeNo }) => nodeNo === head?.nodeNo);
}

function readableHead(path: string): CopyHead | undefined {
  try {
    return headOfCopy(path);
  } catch {
    // Whatever it is, it is not of this backup.
    return undefined;
  }
}

async function demandUndamaged(
  directory: string,
  { clusterId }: BackupManifest,
  { node, nodeNo, file, bytes, sha256 }: BackedUpNode,
): Promise<void> {
  const path = join(directory, file);
  const found = await hashOfFile(path);
  if (found.bytes !== bytes) {
    throw new Error(`${path} is damaged: it has ${found.bytes} bytes, and had ${bytes}`);
  }
  if (found.sha256 !== sha256) throw new Error(`${path} is damaged: it fails its checksum`);
  const head = headOfCopy(path);
  if (head.clusterId === clusterId && head.nodeNo === nodeNo && head.node === node) return;
  throw new Error(
    `${path} is the copy of ${head.node} (node ${head.nodeNo} of cluster ${head.clusterId}), not of ${node}`,
  );
}
