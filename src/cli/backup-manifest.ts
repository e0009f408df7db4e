/**
 * The manifest of a backup: what is in the folder, and what is not. It is written last, so a folder
 * without one is no backup.
 *
 * Its `sha256` is that of the rest as it is written here, so that a damaged manifest is found out
 * before anything is done by it.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CopiedBucket, CopyPart, DamagedCopy } from '../kernel/backup-copy.ts';

export const MANIFEST_FORMAT = 1;

export const MANIFEST_FILE = 'manifest.json';

const COPY_SUFFIX = '.copy';

export function fileOfCopy(node: string): string {
  return `${node}${COPY_SUFFIX}`;
}

export function isCopy(file: string): boolean {
  return file.endsWith(COPY_SUFFIX);
}

/** From one byte of the file on, up to another one, exclusive. */
export type Section = readonly [from: number, to: number];

export interface BackedUpNode {
  readonly node: string;
  readonly nodeNo: number;
  /** The moment that the copy is of, by the clock of the node. */
  readonly takenAt: string;
  readonly metadataIndex: number;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Where the records of each part lie. */
  readonly sections: Readonly<Record<CopyPart, Section>>;
  readonly records: Readonly<Record<CopyPart, number>>;
  /** Values of raft buckets that go with their leases: left out. */
  readonly leased: number;
}

export interface BackupManifest {
  readonly format: number;
  /** Drawn for this backup. */
  readonly backupId: string;
  /** That made it. */
  readonly program: string;
  readonly clusterId: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** All that was acknowledged before it began is in it; nothing waits to be salvaged. */
  readonly complete: boolean;
  /** Members without a copy. */
  readonly missing: readonly string[];
  /** Of which more replicas are missing than a write by quorum could do without. */
  readonly uncoveredPartitions: readonly number[];
  /** Declared dead when it was made; what only they had is not in it. */
  readonly unsalvaged: readonly string[];
  /** That failed their checksums: left out. */
  readonly damaged: readonly (DamagedCopy & { readonly node: string })[];
  /** Buckets and values of raft buckets are as this node had them. */
  readonly metadataOf: string;
  readonly metadataIndex: number;
  /** As of the beginning of the backup, or later. */
  readonly metadataCurrent: boolean;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** By partition, the nodes that reads asked. */
  readonly replicas: readonly (readonly string[])[];
  readonly buckets: readonly CopiedBucket[];
  readonly nodes: readonly BackedUpNode[];
}

export function manifestText(manifest: BackupManifest): string {
  return `${JSON.stringify({ ...manifest, sha256: hashOf(manifest) }, null, 2)}\n`;
}

/** Throws `Error` that names what is wrong. */
export function manifestOfText(text: string, name: string): BackupManifest {
  const document = parsed(text, name);
  const { sha256, ...manifest } = document;
  if (manifest.format !== MANIFEST_FORMAT) {
    throw new Error(
      `${name} is of format ${manifest.format}, and this program reads ${MANIFEST_FORMAT}`,
    );
  }
  if (sha256 !== hashOf(manifest)) throw new Error(`${name} is damaged: it fails its checksum`);
  return manifest;
}

export function readManifest(directory: string): BackupManifest {
  const path = join(directory, MANIFEST_FILE);
  return manifestOfText(textOfFile(path, directory), path);
}

function textOfFile(path: string, directory: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new Error(`${directory} is no backup that came to its end: it has no ${MANIFEST_FILE}`);
  }
}

function parsed(text: string, name: string): BackupManifest & { readonly sha256?: string } {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null) {
      return document as BackupManifest & { readonly sha256?: string };
    }
  } catch {
    // Told below.
  }
  throw new Error(`${name} is damaged: it is no JSON object`);
}

function hashOf(manifest: BackupManifest): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
}
